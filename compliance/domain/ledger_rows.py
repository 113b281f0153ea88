"""The ledger's rows in one statement.

Every verb pays for its audit event, some several; three round trips through the ORM cost more than
the rest of a small verb. Columns are named here once more; a test compares them with the models.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
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


def _arrays_of(columns: dict[str, str]) -> str:
    return ", ".join(f"%s::{kind}[]" for kind in columns.values())


def _insert(table: str, columns: dict[str, str]) -> str:
    arrays = _arrays_of(columns)
    # Only names from this file; every value is a parameter.
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608


_EVENTS = _insert("compliance_auditevent", EVENT_COLUMNS)
_DETAILS = _insert("compliance_auditdetail", DETAIL_COLUMNS)
_QUEUE = "INSERT INTO compliance_auditpending (event_id, brand_id) SELECT id, brand_id FROM event"
_WITHOUT_DETAILS = f"WITH event AS ({_EVENTS} RETURNING id, brand_id) {_QUEUE}"
_STATEMENT = f"WITH event AS ({_EVENTS} RETURNING id, brand_id), detail AS ({_DETAILS}) {_QUEUE}"

# The same for what is told once in a while: left out if this person's last such event about this
# object is young, or if too many of the kind came from them within a minute.
_UNLESS_TOLD = f"""
WITH wanted AS (SELECT * FROM unnest({_arrays_of(EVENT_COLUMNS)}) AS w({", ".join(EVENT_COLUMNS)})),
given AS (SELECT * FROM unnest({_arrays_of(DETAIL_COLUMNS)}) AS d({", ".join(DETAIL_COLUMNS)})),
event AS (
    INSERT INTO compliance_auditevent ({", ".join(EVENT_COLUMNS)})
    SELECT w.* FROM wanted w WHERE NOT EXISTS (
        SELECT FROM compliance_auditevent e
        WHERE e.brand_id = w.brand_id AND e.object_type = w.object_type
            AND e.object_ref = w.object_ref AND e.at > w.at - %s::interval AND e.at <= w.at
            AND e.kind = w.kind AND e.actor_ref = w.actor_ref AND e.reason = w.reason
            AND NOT EXISTS (
                SELECT FROM given d WHERE d.event_id = w.id AND d.name = 'term' AND NOT EXISTS (
                    SELECT FROM compliance_auditdetail x
                    WHERE x.event_id = e.id AND x.name = d.name AND x.value = d.value)))
    AND (%s::int IS NULL OR (
        SELECT count(*) FROM (
            SELECT FROM compliance_auditevent f
            WHERE f.brand_id = w.brand_id AND f.actor_ref = w.actor_ref
                AND f.at > w.at - interval '1 minute' AND f.kind = w.kind
            LIMIT %s::int) AS lately) < %s::int)
    RETURNING id, brand_id),
detail AS (
    INSERT INTO compliance_auditdetail ({", ".join(DETAIL_COLUMNS)})
    SELECT d.* FROM given d WHERE d.event_id IN (SELECT id FROM event))
{_QUEUE}
"""  # noqa: S608 -- names from this file; every value is a parameter


def insert_unless_told(
    events: Sequence[AuditEvent],
    details: Sequence[AuditDetail],
    *,
    within: timedelta,
    most_per_minute: int | None = None,
) -> int:
    """Store those events that tell something new, in one statement; how many.

    Told already: the same kind by the same actor about the same object with the same reason (and
    the same detail ``term``, if there is one) less than ``within`` ago. ``most_per_minute``: of a
    kind and actor in a brand. Raises: as ``insert``.
    """
    for event in events:
        check_write(event)
    parameters: list[Any] = [*_arrays(events, EVENT_COLUMNS), *_arrays(details, DETAIL_COLUMNS)]
    with connection.cursor() as cursor:
        parameters += [within, *[most_per_minute] * 3]
        cursor.execute(_UNLESS_TOLD, parameters)
        return int(cursor.rowcount)


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
