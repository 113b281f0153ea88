"""The ledger's one way in: what was decided, by whom, why, in the transaction that does it.

A leaf holds keys, codes and numbers. Everything a person could be known by, and every value before
and after, stands in an erasable detail; the leaf only commits to it with a salted hash.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from compliance.choices import ActorKind
from compliance.domain.canonical import (
    Plain,
    canonical,
    commitment,
    instant,
    new_salt,
    plain,
    storable,
)
from compliance.domain.ledger_rows import insert
from compliance.domain.merkle import leaf_hash
from compliance.exceptions import NoBrandForEvent, NotInTransaction, NotPlainFact
from compliance.models import AuditDetail, AuditEvent
from compliance.scope import audit_context, clean_correlation_id
from tenants.models import ApiToken, User, uuid7
from tenants.permissions import Actor
from tenants.scope import NoBrandActive, active_brand_id, active_scope

LEAF_VERSION = 1
_KIND = re.compile(r"[a-z]+(\.[a-z][a-z_]*){2}", re.ASCII)
_CODE = re.compile(r"[a-z0-9][a-z0-9_.:@-]{0,99}", re.ASCII)

type Values = Mapping[str, Any]


@dataclass(slots=True)
class _Gathered:
    depth: int
    events: list[AuditEvent] = field(default_factory=list)
    details: list[AuditDetail] = field(default_factory=list)


_gathered: ContextVar[_Gathered | None] = ContextVar("gathered_events", default=None)


@contextmanager
def recorded_together() -> Iterator[None]:
    """Events recorded inside are written at the end, all with one statement.

    For a batch in one transaction that stands or falls as a whole. What is recorded inside an inner
    savepoint is written at once: the savepoint may be rolled back alone. An error writes nothing;
    it must end the transaction.
    """
    if _gathered.get() is not None:
        raise RuntimeError("batches do not nest")
    batch = _Gathered(_savepoints())
    token = _gathered.set(batch)
    try:
        yield
    finally:
        _gathered.reset(token)
    if batch.events:
        insert(batch.events, batch.details)


def _savepoints() -> int:
    return sum(name is not None for name in connection.savepoint_ids)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a batch. ``facts`` stand in the leaf for good; the other three can be erased."""

    kind: str
    obj: Any
    before: Values | None = None
    after: Values | None = None
    personal: Values | None = None
    facts: Values | None = None
    brand_id: UUID | None = field(default=None, kw_only=True)


def record(
    kind: str,
    obj: Any,
    /,
    *,
    actor: Actor,
    reason: str = "",
    before: Values | None = None,
    after: Values | None = None,
    personal: Values | None = None,
    facts: Values | None = None,
    correlation_id: str | None = None,
    brand_id: UUID | None = None,
) -> AuditEvent:
    """Write one event to the brand's ledger, in the caller's transaction. One statement, or its
    part of one in ``recorded_together``.

    ``kind`` is ``<app>.<noun>.<past participle>``. ``before`` and ``after`` hold the fields that
    changed, ``personal`` further readable values (addresses, names, texts), ``facts`` numbers and
    codes that are nobody's personal data. A ``reason`` in words is kept like a personal value, a
    code (lower case, no spaces) stands in the leaf. The brand is the object's, else the one in
    scope; the correlation id and the address are those of the running request or job.

    Raises: NotInTransaction, NoBrandActive, NoBrandForEvent, WrongBrand, NotPlainFact,
    ValueError (kind), TypeError (a value that JSON cannot hold).
    """
    entry = Entry(kind, obj, before, after, personal, facts, brand_id=brand_id)
    return record_many([entry], actor=actor, reason=reason, correlation_id=correlation_id)[0]


def record_many(
    entries: Iterable[Entry],
    *,
    actor: Actor,
    reason: str = "",
    correlation_id: str | None = None,
) -> list[AuditEvent]:
    """The same for many events of one act, with one statement per thousand."""
    if not connection.in_atomic_block:
        raise NotInTransaction("an event is written in the transaction of what it tells")
    if active_scope() is None:
        raise NoBrandActive("enter brand_scope() before recording an event")
    now = timezone.now()
    cid = clean_correlation_id(correlation_id) or audit_context().correlation_id
    events: list[AuditEvent] = []
    details: list[AuditDetail] = []
    for entry in entries:
        event, its_details = build_event(entry, actor=actor, reason=reason, cid=cid, now=now)
        events.append(event)
        details += its_details
    batch = _gathered.get()
    if batch is not None and batch.depth == _savepoints():
        batch.events += events
        batch.details += details
    else:
        insert(events, details)
    return events


def build_event(
    entry: Entry, *, actor: Actor, reason: str, cid: str, now: datetime
) -> tuple[AuditEvent, list[AuditDetail]]:
    """The rows of one event, not stored yet. Raises: as ``record``."""
    if not _KIND.fullmatch(entry.kind) or len(entry.kind) > 80:
        raise ValueError(f"{entry.kind!r} is not <app>.<noun>.<past participle>")
    brand_id = entry.brand_id or getattr(entry.obj, "brand_id", None) or active_brand_id()
    if brand_id is None:
        raise NoBrandForEvent(f"{entry.kind}: the object has no brand and none is active")
    actor_kind, actor_ref = actor_reference(actor)
    object_type, object_ref = entry.obj._meta.label_lower, str(entry.obj.pk)
    reason_code = reason if _CODE.fullmatch(reason) else ""
    event_id = uuid7()
    details = [
        AuditDetail(
            event_id=event_id, brand_id=brand_id, name=name, value=canonical(value), salt=new_salt()
        )
        for name, value in _readable(entry, "" if reason_code else reason)
    ]
    body = canonical(
        {
            "v": LEAF_VERSION,
            "id": str(event_id),
            "brand": str(brand_id),
            "at": instant(now),
            "kind": entry.kind,
            "actor": {"kind": actor_kind, "ref": actor_ref},
            "object": {"type": object_type, "ref": object_ref},
            "reason": reason_code,
            "cid": cid,
            "facts": {name: _fact(name, value) for name, value in (entry.facts or {}).items()},
            "details": {
                detail.name: commitment(bytes(detail.salt or b""), detail.value or "").hex()
                for detail in details
            },
        }
    )
    event = AuditEvent(
        id=event_id,
        brand_id=brand_id,
        at=now,
        kind=entry.kind,
        actor_kind=actor_kind,
        actor_ref=actor_ref,
        object_type=object_type,
        object_ref=object_ref,
        reason=reason_code,
        correlation_id=cid,
        body=body,
        leaf_hash=leaf_hash(body.encode()),
    )
    return event, details


def actor_reference(actor: Actor) -> tuple[str, str]:
    """Kind and pseudonymous key of who acts."""
    if isinstance(actor, User):
        return ActorKind.USER.value, str(actor.pk)
    if isinstance(actor, ApiToken):
        return ActorKind.API.value, str(actor.pk)
    return actor.kind, storable(actor.ref, limit=120)[:120]


def _readable(entry: Entry, reason: str) -> Sequence[tuple[str, Plain]]:
    """Names and values of the details; ``before.`` and ``after.`` say which state a value is of."""
    found: list[tuple[str, Plain]] = []
    if reason:
        found.append(("reason", storable(reason)))
    if address := audit_context().address:
        found.append(("from.address", address))
    groups = (("before.", entry.before), ("after.", entry.after), ("", entry.personal))
    for prefix, values in groups:
        found += [
            (storable(f"{prefix}{name}")[:100], plain(value))
            for name, value in (values or {}).items()
        ]
    return found


def _fact(name: str, value: Any) -> Plain:
    fact = plain(value)
    parts = fact if isinstance(fact, list) else [fact]
    for part in parts:
        is_code = isinstance(part, str) and _CODE.fullmatch(part.lower())
        if not (part is None or isinstance(part, int | float) or is_code):
            raise NotPlainFact(f"{name}: words and structures go into personal, before or after")
    return fact
