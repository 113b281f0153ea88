"""What a brand's log was at one moment, as a signed text.

The text has the lines origin, number of leaves, base64 root, and one extension line with the time
of signing. The origin names the log, so one brand's checkpoint never passes for another's.
Source: C2SP tlog-checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.domain.merkle import HASH_BYTES
from compliance.domain.notes import NoteKey, NoteRefused, open_note, sign_note

SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
TIME_LINE = "time "


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """The content of a checkpoint note: ``size`` leaves with this 32-byte ``root``."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime

    def to_text(self) -> str:
        root = base64.b64encode(self.root).decode()
        stamp = self.signed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self.origin}\n{self.size}\n{root}\n{TIME_LINE}{stamp}\n"


def origin_of(audit_host: str, brand_id: UUID) -> str:
    """The name of a brand's log, for example ``engage.example/0199…``."""
    return f"{audit_host}/{brand_id}"


def sign_checkpoint(checkpoint: SignedRoot, *, key: NoteKey, private_key: Ed25519PrivateKey) -> str:
    return sign_note(checkpoint.to_text(), key=key, private_key=private_key)


def open_checkpoint(note: str, *, key: NoteKey, origin: str) -> SignedRoot:
    """The content of a checkpoint of this log that ``key`` has signed.

    Raises: NoteRefused (signature, another log, or not a checkpoint).
    """
    lines = open_note(note, key=key).splitlines()
    if len(lines) < 4 or not SIZE.fullmatch(lines[1]) or not lines[3].startswith(TIME_LINE):
        raise NoteRefused("the text is not a checkpoint")
    if lines[0] != origin:
        raise NoteRefused(f"the checkpoint belongs to {lines[0]}, not to {origin}")
    try:
        root = base64.b64decode(lines[2], validate=True)
        stamp = lines[3].removeprefix(TIME_LINE)
        signed_at = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (ValueError, binascii.Error) as error:
        raise NoteRefused("the text is not a checkpoint") from error
    if len(root) != HASH_BYTES:
        raise NoteRefused("the root is not a SHA-256 hash")
    return SignedRoot(lines[0], int(lines[1]), root, signed_at)
