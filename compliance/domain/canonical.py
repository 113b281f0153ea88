"""From Python values to the exact bytes that are hashed."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785
from django.utils.functional import Promise

MAX_TEXT = 100_000
"""Characters of one value that are kept; a longer one is cut and says so."""
MAX_INT = 2**53 - 1
SALT_BYTES = 16
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

type Plain = str | int | float | bool | list[Plain] | dict[str, Plain] | None


def storable(text: str, *, limit: int = MAX_TEXT) -> str:
    """Text that PostgreSQL and UTF-8 can hold: no NUL, lone surrogates replaced, bounded."""
    kept = _LONE_SURROGATE.sub("\ufffd", text.replace("\x00", ""))
    if len(kept) <= limit:
        return kept
    return f"{kept[:limit]} […{len(kept) - limit} more characters]"


def plain(value: Any) -> Plain:
    """The value in JSON types: instants in UTC with ``Z``, keys as text, big integers as text.

    Raises: TypeError (a type that has no one way to be written).
    """
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return storable(str(value))
        case int():
            return int(value) if abs(value) <= MAX_INT else str(value)
        case float():
            return value if value == value and abs(value) != float("inf") else str(value)
        case datetime():
            return instant(value)
        case date() | time() | UUID() | Decimal() | timedelta():
            return str(value)
        case Mapping():
            return {storable(str(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=json.dumps)
    if isinstance(value, Promise):  # a lazy translation
        return storable(str(value))
    raise TypeError(f"{type(value).__name__} cannot stand in the ledger; pass text or a key")


def instant(at: datetime) -> str:
    """``2026-11-21T08:30:05.000001Z``: always microseconds, always UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: Plain) -> str:
    """RFC 8785 JSON. Raises: rfc8785.CanonicalizationError."""
    if isinstance(value, str):
        # Most values are texts; for them the standard library writes the same, ten times faster.
        return json.dumps(value, ensure_ascii=False)
    return rfc8785.dumps(value).decode()


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, value: str) -> bytes:
    """SHA-256(0x02 ‖ salt ‖ value): binds to the value without telling it, and no leaf or node hash
    begins with 0x02."""
    return hashlib.sha256(b"\x02" + salt + value.encode()).digest()
