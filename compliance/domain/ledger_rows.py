"""The ledger's rows in one statement.

Every verb pays for its audit event, some several; three round trips through the ORM cost more than
the rest of a small verb. Columns are named here once more; a test compares them with the models.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from compliance.models import AuditDetail, AuditEvent
from tenants.models.base import check_write

BATCH = 1000
EVENT_COLUMNS = {
    "id": "uuid",
    "brand_id": "uuid",
    "at": "timestamptz",
    "kind": "text",
    "actor_kind": "text",
    "actor_ref": "text",
    "object_type": "text",
    "object_ref": "text",
    "reason": "text",
    "correlation_id": "text",
    "body": "text",
    "leaf_hash": "bytea",
}
DETAIL_COLUMNS = {
    "id": "uuid",
    "brand_id": "uuid",
    "event_id": "uuid",
    "name": "text",
    "value": "text",
    "salt": "bytea",
    "erased_reference": "text",
}


def _insert(table: str, columns: dict[str, str]) -> str:
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    # Only names from this file; every value is a parameter.
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608


_EVENTS = _insert("compliance_auditevent", EVENT_COLUMNS)
_DETAILS = _insert("compliance_auditdetail", DETAIL_COLUMNS)
_QUEUE = "INSERT INTO compliance_auditpending (event_id, brand_id) SELECT id, brand_id FROM event"
_WITHOUT_DETAILS = f"WITH event AS ({_EVENTS} RETURNING id, brand_id) {_QUEUE}"
_STATEMENT = f"WITH event AS ({_EVENTS} RETURNING id, brand_id), detail AS ({_DETAILS}) {_QUEUE}"


def insert(events: Sequence[AuditEvent], details: Sequence[AuditDetail]) -> None:
    """Store new events, their details and their places in the queue.

    Raises: NoBrandActive, WrongBrand, as saving the models would.
    """
    for event in events:
        check_write(event)
    by_event: dict[UUID, list[AuditDetail]] = defaultdict(list)
    for detail in details:
        by_event[detail.event_id].append(detail)
    with connection.cursor() as cursor:
        for start in range(0, len(events), BATCH):
            batch = events[start : start + BATCH]
            its_details = [detail for event in batch for detail in by_event[event.pk]]
            parameters = _arrays(batch, EVENT_COLUMNS)
            if its_details:
                parameters += _arrays(its_details, DETAIL_COLUMNS)
            cursor.execute(_STATEMENT if its_details else _WITHOUT_DETAILS, parameters)
    for row in (*events, *details):
        row._state.adding, row._state.db = False, connection.alias


def _arrays(rows: Sequence[Any], columns: dict[str, str]) -> list[list[Any]]:
    return [[getattr(row, name) for row in rows] for name in columns]
