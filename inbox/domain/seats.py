"""How many workers may work for one brand at the same time: the rest stays free for the others."""

from collections.abc import Iterable
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


_TAKEN = """
WITH held AS MATERIALIZED (
    SELECT classid::bigint << 32 | objid::bigint AS key FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT owner FROM unnest(%s::text[]) AS asked (owner)
WHERE %s <= (SELECT count(*) FROM generate_series(1, %s) AS seat JOIN held
             ON held.key = hashtextextended('seat/' || owner || '/' || seat, 0))
"""


def full_owners(owners: Iterable[str]) -> set[str]:
    """Those without a free seat at this instant. Takes none; only ``take_seat`` gives one."""
    wanted = sorted(set(owners))
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [wanted, settings.BRAND_SEATS, settings.BRAND_SEATS])
        return {owner for (owner,) in cursor.fetchall()}


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
