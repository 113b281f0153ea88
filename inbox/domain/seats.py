"""How many workers may work for one brand at the same time: the rest stays free for the others."""

from uuid import UUID

from django.conf import settings
from django.db import connection


def take_seat(owner: UUID | str) -> bool:
    """Whether one of the owner's seats was free; it is ours until the transaction ends.

    ``settings.BRAND_SEATS`` per brand (or per queue whose brand is not known). An advisory lock,
    so that a killed worker leaves no seat taken.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seat FROM generate_series(1, %s) AS seat WHERE pg_try_advisory_xact_lock("
            "hashtextextended('seat/' || %s || '/' || seat, 0)) LIMIT 1",
            [settings.BRAND_SEATS, str(owner)],
        )
        return cursor.fetchone() is not None


class Seat:
    """One attempt at a seat, remembered: no seat is something else than nothing to do."""

    NONE = -1

    def __init__(self, owner: UUID | str) -> None:
        self._owner = owner
        self._was_refused = False

    def take(self) -> bool:
        """See ``take_seat``."""
        self._was_refused = not take_seat(self._owner)
        return not self._was_refused

    def said(self, count: int) -> int:
        """``count``, or ``NONE`` if nothing was done for want of a seat."""
        return self.NONE if not count and self._was_refused else count
