"""When an appeal must be answered. Pure arithmetic; asks no database."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from compliance.domain.requests.clocks import calendar_of, day_of, next_working_day
from tenants.models import Brand

ANSWER_WITHIN = timedelta(days=7)
END_OF_WORK = time(17)
WARNINGS: tuple[tuple[str, timedelta], ...] = (
    ("overdue", timedelta(0)),
    ("1day", timedelta(days=1)),
    ("2days", timedelta(days=2)),
)
"""Level and the time that is left at most, gravest first."""


def due_at(received_at: datetime, brand: Brand) -> datetime:
    """Seven days later, on the next working day of the brand's calendar, at 17:00 there."""
    free = calendar_of(brand.holiday_country, brand.holiday_region)
    day = next_working_day(day_of(received_at + ANSWER_WITHIN, brand.time_zone), free)
    return datetime.combine(day, END_OF_WORK, tzinfo=ZoneInfo(brand.time_zone))


def warning_level(due: datetime, *, now: datetime) -> str:
    """The gravest warning that is due, empty if none is."""
    return next((level for level, most in WARNINGS if due - now <= most), "")


def end_of_day(day: date, time_zone: str) -> datetime:
    """Midnight after it, where the brand sits."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(time_zone))
