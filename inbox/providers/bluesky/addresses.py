"""Addresses of records, and record keys made from our own references.

Source: AT Protocol specifications "AT URI scheme" and "Timestamp identifier (TID)".
"""

import re
from uuid import UUID

from inbox.providers.errors import ErrorClass, PlatformFailure

POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"

_POST = re.compile(
    r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,150})/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]{1,60})"
)
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def post_parts(uri: str) -> tuple[str, str]:
    """(did, record key). Raises: PlatformFailure(INVALID)."""
    match = _POST.fullmatch(uri)
    if match is None:
        raise PlatformFailure(ErrorClass.INVALID, "bad_id", f"{uri[:80]!r} is no post")
    return match[1], match[2]


def owner_of(uri: str) -> str:
    """The DID whose post it is; "" if it is no post."""
    match = _POST.fullmatch(uri)
    return match[1] if match else ""


def key_of(reference: str) -> str:
    """A record key that is the same for the same reference (a version 7 UUID): a post written
    twice is written once. Raises: ValueError (no UUID)."""
    number = UUID(reference).int
    micros = (number >> 80) * 1000 + ((number >> 64) & 0x0FFF) % 1000
    value = ((micros & ((1 << 53) - 1)) << 10) | (number & 0x3FF)
    return "".join(_DIGITS[(value >> shift) & 31] for shift in range(60, -1, -5))
