"""Which export runs next: a worker held by an export is one less for everybody's inbox.

Exports take minutes. On one installation no more than ``settings.EXPORTS_AT_ONCE`` run, of one
brand no more than its quota; the rest wait their turn, a brand that runs none before one that does.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from compliance.choices import ExportState
from compliance.models import AuditExport
from tenants.choices import Quota
from tenants.domain.quotas import limit_of
from tenants.scope import all_brands  # noqa: TID251 -- exports of all brands share the workers


def running_exports() -> Mapping[UUID, int]:
    """By brand in scope: those that a worker holds."""
    held = AuditExport.objects.filter(state=ExportState.RUNNING, lease_until__gt=timezone.now())
    return Counter(held.values_list("brand_id", flat=True))


def exports_in_turn(waiting: list[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    """Of ``waiting`` (brand id, export id; oldest first) those to start now, at most as many as
    there is room for: brands with fewest running first."""
    with all_brands(reason="share the workers between the exports of all brands"):
        running = Counter(running_exports())
    chosen = []
    left = list(waiting)
    while left and sum(running.values()) < settings.EXPORTS_AT_ONCE:
        brand_id, export_id = min(left, key=lambda one: running[one[0]])
        left.remove((brand_id, export_id))
        running[brand_id] += 1
        chosen.append((brand_id, export_id))
    return chosen


def may_run(brand_id: UUID, *, now: datetime) -> bool:
    """Whether the brand in scope may have one more running. One claim of a brand at a time: held
    until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('exports/' || %s, 0))", [str(brand_id)]
        )
    running = AuditExport.objects.filter(
        Q(state=ExportState.RUNNING), brand_id=brand_id, lease_until__gt=now
    )
    return running.count() < limit_of(brand_id, Quota.EXPORTS)
