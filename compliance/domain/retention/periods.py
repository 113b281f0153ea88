"""When the time of something is over. Pure arithmetic on days of the brand's time zone.

A period of months ends with the day that has the number of the day on which it began, or with the
last day of a shorter month; the day on which it began is not counted. Source: BGB section 187(1),
188(2), (3).
"""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


class ClockStart(StrEnum):
    """What starts the clock of a category."""

    LAST_MESSAGE = "last_message"
    YEAR_END = "year_end"
    NOTICE = "notice"
    LAST_USE = "last_use"
    EVENT = "event"
    WHILE_NEEDED = "while_needed"


@dataclass(frozen=True, slots=True)
class Span:
    """``months`` from the event, or from the end of the calendar year in which it was."""

    months: int
    from_year_end: bool = False


def add_months(day: date, months: int) -> date:
    """The same day of a later (or, if negative, earlier) month, or the last day of it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def last_day(began: date, span: Span) -> date:
    """The last day on which something that began on this day is kept."""
    if span.from_year_end:
        began = date(began.year, 12, 31)
    return add_months(began, span.months)


def ends_at(began: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """The instant from which it may go: the first one after ``last_day``."""
    return _midnight(last_day(began.astimezone(zone).date(), span) + _DAY, zone)


def cutoff(now: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """What began before this instant is over at ``now``, what began at it or later is not."""
    yesterday = now.astimezone(zone).date() - _DAY
    if span.from_year_end:
        year = yesterday.year - span.months // 12
        while last_day(date(year, 1, 1), span) > yesterday:
            year -= 1
        return _midnight(date(year + 1, 1, 1), zone)
    newest = add_months(yesterday, -span.months)
    if yesterday.day == monthrange(yesterday.year, yesterday.month)[1]:
        newest = newest.replace(day=monthrange(newest.year, newest.month)[1])
    return _midnight(newest + _DAY, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What speaks about one thing. ``chosen``: the span of its class, None: no rule. ``legal``: the
    minimums that the law sets for it. ``hours``: the longest its channel lets it be kept."""

    chosen: Span | None
    legal: Collection[Span] = ()
    hours: int | None = None
    held: bool = False


def due_at(began: datetime, keeping: Keeping, zone: ZoneInfo) -> datetime | None:
    """From when it may go; None: it stays. A hold wins over all, then the longest legal minimum,
    then the shorter of the channel's rule and the brand's own."""
    if keeping.held:
        return None
    wishes = [ends_at(began, keeping.chosen, zone)] if keeping.chosen else []
    if keeping.hours is not None:
        wishes.append(began + timedelta(hours=keeping.hours))
    if not wishes:
        return None
    return max([min(wishes), *(ends_at(began, span, zone) for span in keeping.legal)])
