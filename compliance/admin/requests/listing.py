"""The list of data requests: open ones by days left, ended ones by time."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, DateField, F, Q, QuerySet, When
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from compliance.choices import RequestState
from compliance.domain.requests.watch import days_left
from compliance.models import DataRequest, RequestPause

MOST = 200
PAGE = 50
_GROUPS: tuple[tuple[str, int | None], ...] = (
    ("late", -1),
    ("soon", 2),
    ("week", 7),
    ("later", None),
)


@dataclass(frozen=True, slots=True)
class Line:
    """``left``: days, negative once over. ``tone``: of the chip."""

    case: DataRequest
    left: int
    is_paused: bool

    @property
    def tone(self) -> str:
        if self.left < 0:
            return "chip-bad"
        return "chip-warn" if self.left <= 7 else ""


@dataclass(slots=True)
class Group:
    key: str
    title: StrOrPromise
    lines: list[Line] = field(default_factory=list)


def counting_day() -> Any:
    """The day that counts, for the database: the extended one once the person was told."""
    return Case(
        When(extended_at__isnull=False, then=F("extended_due_on")),
        default=F("due_on"),
        output_field=DateField(),
    )


def open_groups(cases: QuerySet[DataRequest], *, now: datetime) -> tuple[list[Group], bool]:
    """Open cases by urgency, the next due first; and whether there are more than ``MOST``."""
    found = list(
        cases.filter(ended_at=None)
        .annotate(counts_on=counting_day())
        .select_related("brand")
        .order_by("counts_on", "id")[: MOST + 1]
    )
    paused = set(
        RequestPause.objects.filter(
            request__in=[case.pk for case in found], ended_at=None
        ).values_list("request_id", flat=True)
    )
    titles = {
        "late": _("Overdue"),
        "soon": _("Due within 2 days"),
        "week": _("Due within 7 days"),
        "later": _("Later"),
    }
    groups = {key: Group(key, titles[key]) for key, _most in _GROUPS}
    for case in found[:MOST]:
        left = days_left(case, case.brand, now=now)
        key = next(key for key, most in _GROUPS if most is None or left <= most)
        groups[key].lines.append(Line(case, left, case.pk in paused))
    return [group for group in groups.values() if group.lines], len(found) > MOST


def ended_page(cases: QuerySet[DataRequest], after: str) -> tuple[list[DataRequest], str]:
    """Fifty ended cases, newest first, and the cursor of the next page."""
    found = cases.exclude(ended_at=None).select_related("brand").order_by("-ended_at", "-id")
    at, _bar, pk = after.partition("|")
    if at and pk:
        try:
            since, key = datetime.fromisoformat(at), UUID(pk)
            found = found.filter(Q(ended_at__lt=since) | Q(ended_at=since, pk__lt=key))
            rows = list(found[: PAGE + 1])
        except (ValueError, TypeError, OverflowError):
            rows = list(cases.none())
    else:
        rows = list(found[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    cursor = f"{last.ended_at.isoformat()}|{last.pk}" if last and last.ended_at else ""
    return rows[:PAGE], cursor


WAITING_FOR_A_WORKER = frozenset({RequestState.COLLECTING, RequestState.EXECUTING})
