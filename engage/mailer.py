"""Which server takes our mail: ``EMAIL_URL`` as Django's ``MAILERS`` wants it."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TIMEOUT_S = 20
_BACKENDS = "django.core.mail.backends"
# Scheme -> (port without another one, STARTTLS, TLS from the first byte)
_SCHEMES = {"smtp": (25, False, False), "smtp+tls": (587, True, False), "smtps": (465, False, True)}


def mailer_from(url: str, data_dir: Path) -> dict[str, Any]:
    """One entry of ``MAILERS``. Without a URL each mail becomes a file in ``<data_dir>/mail``.

    Raises: ImproperlyConfigured (another scheme than smtp, smtp+tls, smtps; no host).
    """
    if not url:
        folder = data_dir / "mail"
        return {
            "BACKEND": f"{_BACKENDS}.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(folder)},
        }
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL: write smtp://, smtp+tls:// or smtps:// with [user:password@]host[:port]"
        )
    port, use_tls, use_ssl = _SCHEMES[parts.scheme]
    options = {
        "host": parts.hostname,
        "port": parts.port or port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": use_tls,
        "use_ssl": use_ssl,
        "timeout": TIMEOUT_S,
    }
    return {"BACKEND": f"{_BACKENDS}.smtp.EmailBackend", "OPTIONS": options}
