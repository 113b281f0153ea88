"""Sealed events in the order of the log, a chunk at a time: what every form of an export reads."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from compliance.models import AuditDetail, AuditLeaf
from compliance.models.export import ExportFilters
from tenants.scope import brand_scope

FILTER_COLUMNS = {
    "since": "event__at__gte",
    "until": "event__at__lt",
    "kind": "event__kind",
    "actor": "event__actor_ref",
    "object_type": "event__object_type",
    "object_ref": "event__object_ref",
    "cid": "event__correlation_id",
}
_COLUMNS = (
    "index",
    "event_id",
    "event__body",
    "event__at",
    "event__kind",
    "event__actor_kind",
    "event__actor_ref",
    "event__object_type",
    "event__object_ref",
    "event__reason",
    "event__correlation_id",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One event with its place in the log and its readable values."""

    index: int
    event_id: UUID
    body: str
    at: datetime
    kind: str
    actor_kind: str
    actor_ref: str
    object_type: str
    object_ref: str
    reason: str
    correlation_id: str
    details: list[AuditDetail]


def condition_of(wanted: ExportFilters) -> Q:
    """The rows an export is limited to; all of them for no filter."""
    return Q(**{FILTER_COLUMNS[name]: value for name, value in wanted.items()})


def count_rows(condition: Q, size: int) -> int:
    """How many of the first ``size`` events fit. Runs in the brand's scope."""
    return AuditLeaf.objects.filter(condition, index__lt=size).count() if condition else size


def read_rows(brand_id: UUID, condition: Q, *, size: int, after: int, limit: int) -> list[Row]:
    """The next rows behind leaf ``after`` (-1 for the first). Enters the brand's scope; two
    queries."""
    with brand_scope(brand_id):
        found = list(
            AuditLeaf.objects.filter(condition, index__gt=after, index__lt=size)
            .order_by("index")
            .values_list(*_COLUMNS)[:limit]
        )
        details = _details_of([row[1] for row in found])
    return [Row(*row, details.get(row[1], [])) for row in found]  # type: ignore[call-arg]  # as many as _COLUMNS


def _details_of(events: list[UUID]) -> Mapping[UUID, list[AuditDetail]]:
    details: dict[UUID, list[AuditDetail]] = defaultdict(list)
    for detail in AuditDetail.objects.filter(event__in=events):
        details[detail.event_id].append(detail)
    return details
