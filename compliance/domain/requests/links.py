"""Signed links and codes of data requests. A link names the case and its brand and ends by itself;
a code is a few digits, kept as a keyed hash and good for a few tries."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core import signing

from compliance.models import DataRequest

STATUS_LIFETIME = timedelta(days=183)
PACKAGE_LIFETIME = timedelta(days=7)
CODE_LIFETIME = timedelta(hours=24)
CODE_TRIES = 5
_STATUS, _PACKAGE = "compliance.request.status", "compliance.request.package"


def status_token(case: DataRequest) -> str:
    """A signed link's secret part: shows the case's state to whoever got it by mail."""
    return signing.dumps([str(case.brand_id), str(case.pk)], salt=_STATUS, compress=True)


def read_status_token(token: str) -> tuple[UUID, UUID]:
    """(brand id, case id). Raises: signing.BadSignature, signing.SignatureExpired."""
    brand_id, case_id = signing.loads(token, salt=_STATUS, max_age=STATUS_LIFETIME)
    return UUID(brand_id), UUID(case_id)


def package_token(case: DataRequest) -> str:
    """For seven days, and for this very package only."""
    named = [str(case.brand_id), str(case.pk), case.package_sha256[:16]]
    return signing.dumps(named, salt=_PACKAGE, compress=True)


def read_package_token(token: str) -> tuple[UUID, UUID, str]:
    """(brand id, case id, start of the package's SHA-256).

    Raises: signing.BadSignature, signing.SignatureExpired.
    """
    brand_id, case_id, begins = signing.loads(token, salt=_PACKAGE, max_age=PACKAGE_LIFETIME)
    return UUID(brand_id), UUID(case_id), str(begins)


def status_url(case: DataRequest) -> str:
    return f"{settings.PUBLIC_URL}/privacy/request/{status_token(case)}/"


def package_url(case: DataRequest) -> str:
    return f"{settings.PUBLIC_URL}/privacy/package/{package_token(case)}/"


def form_url(workspace: str) -> str:
    """``workspace``: ``<agency>/<brand>``."""
    return f"{settings.PUBLIC_URL}/privacy/{workspace}/"


def new_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def keyed(*parts: object) -> str:
    """Keyed hash: without the key the few possible codes cannot be tried."""
    text = "|".join(map(str, parts))
    return hmac.new(settings.SECRET_KEY.encode(), f"requests|{text}".encode(), sha256).hexdigest()


def code_hash(case: DataRequest, code: str) -> str:
    return keyed("code", case.pk, digits_of(code))


def fits(case: DataRequest, code: str, wanted: str) -> bool:
    """Whether the code is the one whose hash is ``wanted``; compared in constant time."""
    return bool(wanted) and hmac.compare_digest(code_hash(case, code), wanted)


def channel_code(case: DataRequest) -> str:
    """Eight digits that only this case has: shown to whoever asked, to be sent from their account.

    Made from the case, so nothing has to be kept.
    """
    return f"{int(keyed('channel', case.brand_id, case.pk)[:12], 16) % 100_000_000:08d}"


def channel_code_hash(brand_id: UUID, code: str) -> str:
    return keyed("channel-code", brand_id, digits_of(code))


def digits_of(code: str) -> str:
    """``123 456`` and ``123-456`` are ``123456``; no more than twelve."""
    return "".join(c for c in code[:40] if c.isascii() and c.isdigit())[:12]


def in_time(until: datetime | None, *, now: datetime) -> bool:
    return until is not None and until > now
