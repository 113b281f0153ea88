"""From events to their effect: each event once, in the order of its lane, with its own change of
state in one transaction."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from compliance.domain.audit import recorded_together
from inbox.choices import EventState
from inbox.domain.ahead import reading_ahead
from inbox.domain.effects import apply_event
from inbox.domain.wake import wake, wake_now
from inbox.models import ChannelAccount, InboundEvent
from inbox.providers.events import Event
from tenants.exceptions import InvalidState
from tenants.permissions import Actor, require
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
BATCH = 25
_LANES_AT_ONCE = 500


def process_waiting(brand_id: UUID, *, budget_s: float = 5.0) -> int:
    """Apply waiting events of one brand for about ``budget_s`` seconds; returns how many.

    A brand with more to do than that wakes its worker again and so goes behind the other brands.
    Events go in batches, a transaction each. A batch that fails leaves nothing behind and is done
    again lane by lane, so one bad event costs the others time and nothing else.
    """
    stop_at = timezone.now() + timedelta(seconds=budget_s)
    count = 0
    while lanes := _ready_lanes(brand_id):
        before = count
        for start in range(0, len(lanes), BATCH):
            part = lanes[start : start + BATCH]
            try:
                count += _process_batch(brand_id, part)
            except Exception:
                logger.exception("a batch of events failed; they are tried one by one")
                count += sum(_process_lane(brand_id, lane, stop_at=stop_at) for lane in part)
            if timezone.now() >= stop_at:
                wake_now("inbox.process_events", brand_id=brand_id)
                return count
        if count == before:  # other workers hold what is left
            break
    return count


def _ready_lanes(brand_id: UUID) -> list[str]:
    """Lanes whose first waiting event is due, oldest first."""
    now = timezone.now()
    with brand_scope(brand_id):
        heads = (
            InboundEvent.objects.filter(state=EventState.PENDING)
            .order_by("lane", "id")
            .distinct("lane")
            .values_list("id", "lane", "not_before")
        )
        ready = sorted((pk, lane) for pk, lane, not_before in heads if not_before <= now)
    return [lane for _pk, lane in ready[:_LANES_AT_ONCE]]


def _process_batch(brand_id: UUID, lanes: list[str]) -> int:
    """Apply the first events of these lanes, at most ``BATCH``, in one transaction."""
    with brand_scope(brand_id):
        rows = _due_rows(_hold_lanes(brand_id, lanes))
        accounts = ChannelAccount.objects.select_related("brand__agency").in_bulk(
            {row.account_id for row in rows}
        )
        pairs = [(accounts[row.account_id], Event.from_json(row.payload)) for row in rows]
        notes: dict[str, list[UUID]] = {}
        with reading_ahead(pairs), recorded_together():
            for row, (account, event) in zip(rows, pairs, strict=True):
                note = apply_event(event, account=account, row=row, now=timezone.now())
                notes.setdefault(note, []).append(row.pk)
        for note, done in notes.items():
            InboundEvent.objects.filter(pk__in=done).update(
                state=EventState.DONE, done_at=timezone.now(), problem=note
            )
    return len(rows)


def _due_rows(lanes: list[str]) -> list[InboundEvent]:
    """The oldest events of lanes that are held; in each lane none behind one that must wait."""
    now = timezone.now()
    waiting: set[str] = set()
    rows = []
    found = InboundEvent.objects.filter(lane__in=lanes, state=EventState.PENDING).order_by("id")
    for row in found[:BATCH] if lanes else ():
        if row.not_before > now:
            waiting.add(row.lane)
        if row.lane not in waiting:
            rows.append(row)
    return rows


def _hold_lanes(brand_id: UUID, lanes: list[str]) -> list[str]:
    """Those of the lanes that no other worker has; they are ours until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lane FROM unnest(%s::text[]) AS lane"
            " WHERE pg_try_advisory_xact_lock(hashtextextended(%s || '/' || lane, 0))",
            [lanes, str(brand_id)],
        )
        return [lane for (lane,) in cursor.fetchall()]


def _process_lane(brand_id: UUID, lane: str, *, stop_at: datetime) -> int:
    count = 0
    while timezone.now() < stop_at:
        current: UUID | None = None
        try:
            with brand_scope(brand_id):
                if not _hold_lanes(brand_id, [lane]):
                    return count
                event = (
                    InboundEvent.objects.filter(lane=lane, state=EventState.PENDING)
                    .select_related("account")
                    .order_by("id")
                    .first()
                )
                now = timezone.now()
                if event is None or event.not_before > now:
                    return count
                current = event.pk
                event.problem = apply_event(
                    Event.from_json(event.payload), account=event.account, row=event, now=now
                )
                event.state, event.done_at = EventState.DONE, now
                event.save(update_fields=["state", "done_at", "problem"])
        except Exception as error:
            if current is None:
                raise
            logger.exception("event %s failed", current)
            _note_failure(brand_id, current, error)
            return count
        count += 1
    return count


def _note_failure(brand_id: UUID, event_id: UUID, error: Exception) -> None:
    """Back off; after ``MAX_ATTEMPTS`` put the event aside, so that its lane goes on without it."""
    with brand_scope(brand_id):
        event = InboundEvent.objects.select_for_update().get(pk=event_id)
        if event.state != EventState.PENDING:
            return
        event.attempts += 1
        event.problem = f"{type(error).__name__} while processing"
        event.not_before = timezone.now() + timedelta(seconds=2**event.attempts)
        if event.attempts >= MAX_ATTEMPTS:
            event.state = EventState.DEAD
        event.save(update_fields=["attempts", "problem", "not_before", "state"])


def try_again(event: InboundEvent, *, actor: Actor) -> InboundEvent:
    """Put a dead event back in its lane. Raises: NotAllowed, InvalidState."""
    require(actor, "inbox.event.manage", event)
    event = InboundEvent.objects.select_for_update().get(pk=event.pk)
    if event.state != EventState.DEAD:
        raise InvalidState
    event.state, event.attempts, event.not_before = EventState.PENDING, 0, timezone.now()
    event.save(update_fields=["state", "attempts", "not_before"])
    wake("inbox.process_events", brand_id=event.brand_id)
    return event
