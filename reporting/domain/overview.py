"""How each brand in scope stands: what is open, due and late. Three grouped queries."""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from inbox.choices import ConversationState
from inbox.models import Conversation
from moderation.choices import AppealState, CaseState, Severity
from moderation.models import Appeal, Case
from tenants.choices import BrandState
from tenants.models import Brand
from tenants.permissions import reach_of
from tenants.scope import active_brand_ids

SOON = timedelta(minutes=30)
APPEAL_SOON = timedelta(days=2)
ROWS = 30
_LONGEST_CURSOR = 2_000


@dataclass(slots=True)
class Figures:
    """Counts of one brand, or of several added up. What a person may not see is counted nowhere."""

    open: int = 0
    unassigned: int = 0
    soon: int = 0
    late: int = 0
    cases: int = 0
    cases_high: int = 0
    cases_late: int = 0
    appeals: int = 0
    appeals_soon: int = 0
    appeals_late: int = 0
    first_due_at: datetime | None = None

    @property
    def breached(self) -> int:
        """Everything past its promised time: answers, cases and appeals."""
        return self.late + self.cases_late + self.appeals_late

    @property
    def waiting(self) -> int:
        return self.open + self.cases + self.appeals

    def add(self, other: "Figures") -> None:
        """Take the other's counts in, and the earlier of both due times."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.meet(other.first_due_at)

    def meet(self, due_at: datetime | None) -> None:
        if due_at is not None and (self.first_due_at is None or due_at < self.first_due_at):
            self.first_due_at = due_at


_COUNTS = tuple(one.name for one in fields(Figures) if one.name != "first_due_at")
_STATES = frozenset(BrandState.values)


@dataclass(frozen=True, slots=True)
class Row:
    """A brand of the overview."""

    brand: Brand
    figures: Figures

    @property
    def is_frozen(self) -> bool:
        return self.brand.state == BrandState.FROZEN

    @property
    def rank(self) -> tuple[int, int, int, int, str, str]:
        """Worst first; the name and the key make it unique."""
        one = self.figures
        is_stopped = self.brand.sending_stopped_at is not None
        return (
            -one.breached,
            -int(is_stopped),
            -one.soon - one.appeals_soon - one.cases_high,
            -one.waiting,
            self.brand.name.casefold(),
            str(self.brand.pk),
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """One page of brands. ``found`` counts those that match the filter. ``next_cursor`` is empty on
    the last page."""

    rows: list[Row]
    found: int
    next_cursor: str
    is_first: bool


def figures_of(actor: Any) -> dict[UUID, Figures]:
    """By brand, for the brands in scope that have anything open the person may see.

    Raises: NoBrandActive.
    """
    now = timezone.now()
    found: dict[UUID, Figures] = {}
    is_late, is_soon = Q(due_at__lt=now), Q(due_at__gte=now, due_at__lt=now + SOON)
    conversations = seen_by(Conversation.objects.all(), actor, "inbox.conversation.view")
    if conversations is not None:
        for row in _by_brand(
            conversations.filter(state=ConversationState.OPEN),
            unassigned=Count("pk", filter=Q(assignee=None)),
            late=Count("pk", filter=is_late),
            soon=Count("pk", filter=is_soon),
        ):
            one = found.setdefault(row["brand_id"], Figures())
            one.open, one.unassigned = row["n"], row["unassigned"]
            one.late, one.soon = row["late"], row["soon"]
            one.meet(row["first"])
    cases = seen_by(Case.objects.all(), actor, "moderation.case.view")
    if cases is not None:
        for row in _by_brand(
            cases.filter(state=CaseState.OPEN),
            late=Count("pk", filter=is_late),
            high=Count("pk", filter=Q(severity__gte=Severity.HIGH)),
        ):
            one = found.setdefault(row["brand_id"], Figures())
            one.cases, one.cases_late, one.cases_high = row["n"], row["late"], row["high"]
            one.meet(row["first"])
    appeals = seen_by(Appeal.objects.all(), actor, "moderation.appeal.view")
    if appeals is not None:
        for row in _by_brand(
            appeals.filter(state=AppealState.RECEIVED),
            late=Count("pk", filter=is_late),
            soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=now + APPEAL_SOON)),
        ):
            one = found.setdefault(row["brand_id"], Figures())
            one.appeals, one.appeals_late, one.appeals_soon = row["n"], row["late"], row["soon"]
            one.meet(row["first"])
    return found


def seen_by(queryset: QuerySet[Any], actor: Any, *capabilities: str) -> QuerySet[Any] | None:
    """Rows of the brands where the person holds one of them; None if that is nowhere."""
    everywhere = active_brand_ids()
    brands: frozenset[UUID] = frozenset()
    for capability in capabilities:
        held = reach_of(actor, capability).brand_ids
        if held is everywhere or held == everywhere:
            return queryset
        brands |= held
    if not brands:
        return None
    return queryset if brands == everywhere else queryset.filter(brand__in=brands)


def _by_brand(queryset: QuerySet[Any], **counts: Count) -> Iterable[dict[str, Any]]:
    found: QuerySet[Any, dict[str, Any]] = (
        queryset.order_by()
        .values("brand_id")
        .annotate(n=Count("pk"), first=Min("due_at"), **counts)
    )
    return found


def total_of(figures: Iterable[Figures]) -> Figures:
    total = Figures()
    for one in figures:
        total.add(one)
    return total


def overview(
    brands: Sequence[Brand],
    figures: dict[UUID, Figures],
    *,
    term: str = "",
    state: str = "",
    cursor: str = "",
    size: int = ROWS,
) -> Overview:
    """``brands`` with their figures, worst first, from after ``cursor``. Costs no query.

    ``term`` matches names; ``state`` is a ``BrandState``, ``stopped`` or ``late``. A cursor nobody
    gave out shows the first page.
    """
    rows = [Row(brand, figures.get(brand.pk) or Figures()) for brand in brands]
    words = term.casefold().split()
    rows = [
        row
        for row in rows
        if all(word in row.brand.name.casefold() for word in words) and _is_in(row, state)
    ]
    ranked = sorted((row.rank, row) for row in rows)
    after = _read(cursor)
    if after is not None:
        ranked = ranked[bisect_right(ranked, after, key=lambda one: one[0]) :]
    shown = [row for _rank, row in ranked[:size]]
    return Overview(
        rows=shown,
        found=len(rows),
        next_cursor=_write(shown[-1]) if len(ranked) > size else "",
        is_first=after is None,
    )


def _is_in(row: Row, state: str) -> bool:
    if state == "late":
        return row.figures.breached > 0
    if state == "stopped":
        return row.brand.sending_stopped_at is not None
    return state not in _STATES or row.brand.state == state


def _write(row: Row) -> str:
    return (
        base64.urlsafe_b64encode(json.dumps(row.rank, ensure_ascii=False).encode())
        .decode()
        .rstrip("=")
    )


def _read(cursor: str) -> tuple[Any, ...] | None:
    if not cursor or len(cursor) > _LONGEST_CURSOR:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        return None
    kinds = [int, int, int, int, str, str]
    if not isinstance(plain, list) or [type(one) for one in plain] != kinds:
        return None
    return tuple(plain)
