"""Links that give a file to somebody without an account: signed, for as long as the file is kept,
at most seven days, and named after whom they were made for. Only the secret's hash is stored."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from django.core import signing
from django.utils import timezone

from compliance.exceptions import LinkSpent
from compliance.models.export import HandedOut

LIFETIME = timedelta(days=7)
_SALT = "compliance.handed_out"

type FileKind = Literal["export", "pack"]


@dataclass(frozen=True, slots=True)
class FileLink:
    """A token whose signature is right; whether it is still good says the file's row."""

    kind: FileKind
    brand_id: UUID
    pk: UUID
    secret: str


def new_link(file: HandedOut, kind: FileKind) -> str:
    """The token of a new link; an earlier one of this file ends. Saves the row."""
    secret = secrets.token_urlsafe(32)
    file.link_sha256, file.link_until = _hash(secret), timezone.now() + LIFETIME
    file.save(update_fields=["link_sha256", "link_until"])
    return signing.dumps([kind, str(file.brand_id), str(file.pk), secret], salt=_SALT)


def read_link(token: str) -> FileLink | None:
    """None for a token that we did not sign, or too long ago."""
    try:
        kind, brand_id, pk, secret = signing.loads(token, salt=_SALT, max_age=LIFETIME)
        if kind not in ("export", "pack"):
            return None
        return FileLink(kind, UUID(brand_id), UUID(pk), str(secret))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def check_link(link: FileLink, file: HandedOut | None) -> None:
    """Raises: LinkSpent (replaced, too old, or there is no such file)."""
    fits = (
        file is not None
        and file.link_until is not None
        and file.link_until >= timezone.now()
        and hmac.compare_digest(file.link_sha256, _hash(link.secret))
    )
    if not fits:
        raise LinkSpent


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
