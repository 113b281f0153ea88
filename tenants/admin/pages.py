"""Keyset pages: the next page starts after the last row seen, so a long list costs no more."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

PAGE_SIZE = 50
_LONGEST_CURSOR = 600


@dataclass(frozen=True, slots=True)
class Page[T]:
    """``next_cursor`` is empty on the last page."""

    rows: list[T]
    next_cursor: str
    is_first: bool


def page_of(
    queryset: QuerySet[Any],
    *,
    order: Sequence[str],
    cursor: str,
    size: int = PAGE_SIZE,
) -> Page[Any]:
    """One page of ``queryset`` in ``order`` (field names, ``-`` for falling), in one query.

    The fields must not be null and together be unique. A cursor nobody gave out shows the first
    page.
    """
    is_first = _read(queryset, order, cursor) is None
    rows = list(beyond(queryset, order=order, cursor=cursor)[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size]
    next_cursor = _write(rows[-1], order) if has_more else ""
    return Page(rows, next_cursor, is_first=is_first)


def beyond(queryset: QuerySet[Any], *, order: Sequence[str], cursor: str) -> QuerySet[Any]:
    """In ``order``, the rows after those that ``cursor`` has shown; all for one nobody gave out."""
    after = _read(queryset, order, cursor)
    ordered = queryset.order_by(*order)
    return ordered if after is None else ordered.filter(_after(order, after))


def _after(order: Sequence[str], after: Sequence[Any]) -> Q:
    """Lexicographic comparison with mixed directions."""
    later = Q()
    equal = Q()
    for name, value in zip(order, after, strict=True):
        field, operator = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        later |= equal & Q(**{f"{field}__{operator}": value})
        equal &= Q(**{field: value})
    return later


def _write(row: Any, order: Sequence[str]) -> str:
    values = [getattr(row, name.removeprefix("-")) for name in order]
    plain = [v.isoformat() if isinstance(v, datetime) else str(v) for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(queryset: QuerySet[Any], order: Sequence[str], cursor: str) -> list[Any] | None:
    if not cursor or len(cursor) > _LONGEST_CURSOR:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(plain, list) or len(plain) != len(order):
            return None
        fields = [queryset.model._meta.get_field(name.removeprefix("-")) for name in order]
        values = [field.to_python(value) for field, value in zip(fields, plain, strict=True)]
    except (ValueError, binascii.Error, ValidationError, TypeError):
        return None
    return None if any(value is None for value in values) else values


def code_of_page(cursor: str) -> str:
    """A short code that tells this page from the others of a list; empty for the first."""
    return f"page.{sha256(cursor.encode()).hexdigest()[:12]}" if cursor else ""
