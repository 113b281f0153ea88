"""When a data request is due. Pure arithmetic over dates and data; asks no database.

GDPR: one month from receipt, two more with notice. The month ends on the same date, else on the
last day of the month; on a Saturday, Sunday or public holiday with the next working day. Pauses
push the end back by whole days. Source: GDPR Art. 12(3); Reg. 1182/71 Art. 3(1), (2)(c), (4).
CCPA: 45 calendar days from receipt, 45 more with notice; nothing stops the clock; ten business days
to confirm receipt, fifteen to stop selling. Source: 11 CCR 7021(a), (b), 7026.
"""

from calendar import monthrange
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from compliance.choices import Regime, RequestKind

CCPA_ANSWER = timedelta(days=45)
CCPA_EXTENDED = timedelta(days=90)
CCPA_CONFIRM_DAYS = 10
CCPA_OPT_OUT_DAYS = 15
GDPR_MONTHS, GDPR_EXTENDED_MONTHS = 1, 3
_DAY = timedelta(days=1)

type Holidays = Container[date]


@dataclass(frozen=True, slots=True)
class Clock:
    """``confirm_on``: receipt must be confirmed by then; None where no law asks for it.
    ``extended_due_on``: what an extension would lead to; None where there is none."""

    due_on: date
    extended_due_on: date | None
    confirm_on: date | None


@dataclass(frozen=True, slots=True)
class Span:
    """A pause, in whole days; ``until`` None while it lasts."""

    since: date
    until: date | None


@lru_cache(maxsize=64)
def calendar_of(country: str, region: str = "") -> Holidays:
    """Public holidays of a country (ISO 3166-1) or a Land (``DE-BY``), any year.

    Unknown or empty: none, so that a day is rather too early than too late.
    """
    if not country:
        return frozenset()
    subdivision = region.partition("-")[2] or None
    try:
        return holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        return calendar_of(country) if subdivision else frozenset()


def day_of(at: datetime, time_zone: str) -> date:
    """The calendar day where the controller sits."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def add_months(day: date, months: int) -> date:
    """The same date, else the last day of the month. Source: Reg. 1182/71 Art. 3(2)(c)."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def next_working_day(day: date, free: Holidays) -> date:
    """``day`` itself if people work then. Source: Reg. 1182/71 Art. 3(4)."""
    while day.weekday() >= 5 or day in free:
        day += _DAY
    return day


def business_days_after(day: date, count: int, free: Holidays) -> date:
    """The ``count``-th working day after ``day``, which itself does not count."""
    while count:
        day += _DAY
        if day.weekday() < 5 and day not in free:
            count -= 1
    return day


def paused_days(pauses: Iterable[Span], *, today: date) -> int:
    """Days that do not count; overlapping pauses count once."""
    days: set[date] = set()
    for pause in pauses:
        end = pause.until if pause.until is not None else today
        days.update(pause.since + n * _DAY for n in range((end - pause.since).days))
    return len(days)


def clock(
    received_on: date,
    *,
    regime: str,
    kind: str,
    free: Holidays = frozenset(),
    pauses: Iterable[Span] = (),
    today: date | None = None,
) -> Clock:
    """The days of one request. ``pauses`` count under the GDPR only."""
    if regime == Regime.CCPA:
        confirm_on = business_days_after(received_on, CCPA_CONFIRM_DAYS, free)
        if kind == RequestKind.OBJECTION:
            due = business_days_after(received_on, CCPA_OPT_OUT_DAYS, free)
            return Clock(due, None, confirm_on)
        return Clock(received_on + CCPA_ANSWER, received_on + CCPA_EXTENDED, confirm_on)
    days = timedelta(days=paused_days(pauses, today=today or received_on))
    return Clock(
        next_working_day(add_months(received_on, GDPR_MONTHS) + days, free),
        next_working_day(add_months(received_on, GDPR_EXTENDED_MONTHS) + days, free),
        None,
    )


def free_days_of(regime: str, country: str, region: str) -> Holidays:
    """GDPR: of the brand's Land. CCPA: federal holidays of the United States."""
    return calendar_of("US") if regime == Regime.CCPA else calendar_of(country, region)
