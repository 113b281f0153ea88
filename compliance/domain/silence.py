"""Unexplained writes are looked at as damage to the ledger is: an alarm, a mail, an event."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance.choices import AlarmKind
from compliance.domain.ledger_alarms import close_alarm, raise_alarm
from compliance.domain.queries import brands_with_open_alarm, brands_with_silent_writes
from compliance.models import UnexplainedWrite
from compliance.models.watch import Problem
from tenants.models import Brand
from tenants.scope import brand_scope

QUIET_AFTER = timedelta(days=7)
MOST = 20


def watch_silence(*, now: datetime | None = None) -> int:
    """Open an alarm for each brand with rows that changed without an event in the last
    ``QUIET_AFTER``, name new ones, and end alarms about older ones. How many brands are concerned.

    What was found stays in its table and in the event about the alarm.
    """
    at = now or timezone.now()
    found = brands_with_silent_writes(at - QUIET_AFTER)
    for brand_id in found:
        _tell(brand_id, at)
    for brand_id in brands_with_open_alarm(AlarmKind.SILENT):
        if brand_id not in found:
            with brand_scope(brand_id):
                close_alarm(AlarmKind.SILENT, brand_id=brand_id, now=at)
    return len(found)


def _tell(brand_id: UUID, at: datetime) -> None:
    brand = Brand.including_agencies.filter(pk=brand_id).first()
    with translation.override(brand.language if brand else None), brand_scope(brand_id):
        newest = UnexplainedWrite.objects.filter(at__gt=at - QUIET_AFTER).order_by("-at")[:MOST]
        problems: list[Problem] = [
            {
                "event": str(row.pk),
                "index": None,
                "words": _("%(rows)s; database login %(login)s, transaction %(number)d.")
                % {"rows": str(row), "login": row.login, "number": row.transaction},
            }
            for row in newest
        ]
        raise_alarm(AlarmKind.SILENT, problems, brand_id=brand_id, now=at)
