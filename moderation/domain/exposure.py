"""How much of what is hard to bear somebody has seen, and when a break would do good. M10.

Counted per person, day and severity, for the person and for who leads them. People are never
compared: nothing here is ordered by a number.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.utils import timezone

from moderation.choices import Severity
from moderation.domain.queue_settings import settings_of
from moderation.models import Case, Exposure
from tenants.models import Brand, User
from tenants.permissions import require

KEPT_DAYS = 91
WEEK = 7


@dataclass(slots=True)
class Seen:
    """``today`` and ``week`` (the last seven days): cases by severity."""

    person: User | None = None
    today: Counter[int] = field(default_factory=Counter)
    week: Counter[int] = field(default_factory=Counter)

    @property
    def opened_today(self) -> int:
        return self.today.total()

    @property
    def severe_today(self) -> int:
        return severe(self.today)


def severe(counts: Mapping[int, int]) -> int:
    """How many of these were of the two gravest grades."""
    return sum(n for grade, n in counts.items() if grade >= Severity.HIGH)


def day_of(brand: Brand, now: datetime) -> date:
    """The day it is where the brand is."""
    return now.astimezone(ZoneInfo(brand.time_zone)).date()


def count_exposure(cases: Iterable[Case], *, person: User, now: datetime) -> None:
    """Add cases that the person has just opened. In the transaction that leased them."""
    for case in cases:
        day = day_of(case.brand, now)
        key = {"person": person, "day": day, "severity": case.severity}
        mine = Exposure.objects.filter(brand_id=case.brand_id)
        if mine.filter(**key).update(items=F("items") + 1):
            continue
        _row, is_new = Exposure.objects.get_or_create(
            brand_id=case.brand_id, **key, defaults={"items": 1}
        )
        if is_new:
            mine.filter(day__lt=day - timedelta(days=KEPT_DAYS)).delete()
        else:
            mine.filter(**key).update(items=F("items") + 1)


def seen_by(person: User, *, now: datetime | None = None) -> Seen:
    """What somebody saw themselves, in all brands in scope. One query."""
    found = Seen(person)
    _add_up(Exposure.objects.filter(person=person), {person.pk: found}, now or timezone.now())
    return found


def seen_by_team(brand: Brand, *, actor: User, now: datetime | None = None) -> list[Seen]:
    """Everybody who saw anything in the last week, by name.

    Raises: NotAllowed.
    """
    require(actor, "moderation.exposure.oversee", brand)
    now = now or timezone.now()
    rows = Exposure.objects.filter(brand=brand, day__gt=day_of(brand, now) - timedelta(days=WEEK))
    people = User.objects.filter(pk__in=rows.values("person"))
    found = {one.pk: Seen(one) for one in people}
    _add_up(rows, found, now)
    return sorted(found.values(), key=lambda one: str(one.person).casefold())


def _add_up(rows: QuerySet[Exposure], into: Mapping[UUID, Seen], now: datetime) -> None:
    recent = rows.filter(day__gt=now.date() - timedelta(days=WEEK + 1)).values_list(
        "person", "day", "severity", "items", "brand__time_zone"
    )
    for person, day, severity, items, zone in recent:
        today = now.astimezone(ZoneInfo(zone)).date()
        if day > today - timedelta(days=WEEK):
            into[person].week[severity] += items
        if day == today:
            into[person].today[severity] += items


def break_is_due(case: Case, *, person: User, now: datetime) -> int:
    """How many severe cases the person saw today, where a break would do good just now; else 0.

    Said at every full ``pause_after`` cases, so it is a hint and never in the way.
    """
    if case.severity < Severity.HIGH:
        return 0
    after = settings_of(case.brand_id).pause_after
    if not after:
        return 0
    count = seen_by(person, now=now).severe_today
    return count if count and count % after == 0 else 0
