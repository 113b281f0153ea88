"""The clock of an incident. Pure. Source: GDPR Art. 33(1): hours from becoming aware, no pause."""

from collections.abc import Collection
from datetime import datetime, timedelta

WARN_BEFORE_HOURS = (24, 6)
OVERDUE = "overdue"


def due_at(aware_at: datetime, hours: int) -> datetime:
    """When the authority must have been told at the latest."""
    return aware_at + timedelta(hours=hours)


def is_late(due: datetime, at: datetime) -> bool:
    """Exactly at the last instant is in time."""
    return at > due


def warnings_due(due: datetime, *, now: datetime, sent: Collection[str]) -> list[str]:
    """Warnings to send now, the gravest last; what was sent is not sent again, and of several that
    were missed only the gravest is new."""
    reached = [str(hours) for hours in WARN_BEFORE_HOURS if now >= due - timedelta(hours=hours)]
    if is_late(due, now):
        reached.append(OVERDUE)
    return [one for one in reached[-1:] if one not in sent]


def left(due: datetime, now: datetime) -> tuple[int, int]:
    """Whole hours and minutes until then; negative hours once it is over (minutes 0-59)."""
    minutes = int((due - now).total_seconds() // 60)
    return minutes // 60, minutes % 60
