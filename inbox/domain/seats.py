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
