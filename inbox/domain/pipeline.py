"""From events to their effect: each event once, in the order of its lane, with its own change of
state in one transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from compliance.domain.audit import recorded_together
from inbox.choices import EventState
from inbox.domain.ahead import reading_ahead
from inbox.domain.effects import apply_event
from inbox.domain.erased import DROPPED
from inbox.domain.plans import along_the_index
from inbox.domain.wake import wake
from inbox.models import ChannelAccount, InboundEvent
from inbox.providers.events import Event
from tenants.exceptions import InvalidState
from tenants.permissions import Actor, require
from tenants.scope import active_brand_id, brand_scope

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
BATCH = 25
SINGLY_S = 1.0
_WINDOW = 4 * BATCH


def process_waiting(brand_id: UUID, *, budget_s: float = 5.0) -> int:
    """Apply waiting events of one brand for about ``budget_s`` seconds; returns how many."""
    stop_at = timezone.now() + timedelta(seconds=budget_s)
    count = 0
    while timezone.now() < stop_at:
        done = process_batch(brand_id)
        if not done.moved:  # nothing is due, or other workers hold it
            break
        count += done.count
    return count


@dataclass(slots=True)
class Done:
    """``parked``: events that were put behind the head of their lane, which has to wait."""

    count: int = 0
    parked: int = 0

    @property
    def moved(self) -> int:
        return self.count + self.parked


def process_batch(
    brand_id: UUID,
    *,
    share: Callable[[], int] = lambda: BATCH,
    after: Callable[[int], object] = lambda _count: None,
) -> Done:
    """Apply the oldest due events of one brand, at most ``share()``, in one transaction.

    ``share`` is asked and ``after`` told inside that transaction. A batch that fails leaves nothing
    behind and is done again lane by lane, so one bad event costs the others time and nothing else.
    What this costs does not depend on how much waits, for this brand or for others.
    """
    lanes = _due_lanes(brand_id)
    if not lanes:
        return Done()
    try:
        with brand_scope(brand_id):
            size = share()
            done = _apply_batch(brand_id, lanes, size) if size else Done()
            if done.count:
                after(done.count)
            return done
    except Exception:
        logger.exception("a batch of events failed; they are tried one by one")
    stop_at = timezone.now() + timedelta(seconds=SINGLY_S)
    return Done(sum(_process_lane(brand_id, lane, stop_at=stop_at) for lane in lanes[:BATCH]), 1)


def _due_lanes(brand_id: UUID) -> list[str]:
    """Lanes of the oldest due events."""
    with brand_scope(brand_id):
        lanes = (
            InboundEvent.objects.filter(state=EventState.PENDING, not_before__lte=timezone.now())
            .order_by("not_before", "id")
            .values_list("lane", flat=True)[:_WINDOW]
        )
        with along_the_index():
            return list(dict.fromkeys(lanes))


def _apply_batch(brand_id: UUID, lanes: list[str], size: int) -> Done:
    rows, parked = _due_rows(_hold_lanes(brand_id, lanes, size), size)
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
            state=EventState.DONE,
            done_at=timezone.now(),
            problem=note,
            **({"payload": {}, "lane": ""} if note == DROPPED else {}),
        )
    for lane in {row.lane for row in rows if row.attempts}:
        _release_lane(lane)
    return Done(len(rows), parked)


def _due_rows(lanes: list[str], size: int) -> tuple[list[InboundEvent], int]:
    """The first events of lanes that are held, oldest first; how many others were parked.

    Only the head of a lane can have failed before. While it has to wait, so does its lane: those
    behind it are put off until then, so that they do not stand in the way of other lanes.
    """
    if not lanes:
        return [], 0
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT head.id, held.lane, head.attempts > 0 AND head.not_before > %s, head.not_before"
            " FROM unnest(%s::text[]) AS held (lane) CROSS JOIN LATERAL ("
            "SELECT e.id, e.attempts, e.not_before FROM inbox_inboundevent e"
            " WHERE e.brand_id = %s AND e.lane = held.lane AND e.state = 'pending'"
            " ORDER BY e.id LIMIT %s) AS head",
            [now, lanes, active_brand_id(), size],
        )
        heads = cursor.fetchall()
    waiting = {lane: until for _pk, lane, must_wait, until in heads if must_wait}
    parked = sum(_park_lane(lane, until=until, now=now) for lane, until in waiting.items())
    due = sorted(pk for pk, lane, _must_wait, _until in heads if lane not in waiting)[:size]
    return list(InboundEvent.objects.filter(pk__in=due).order_by("id")) if due else [], parked


def _park_lane(lane: str, *, until: datetime, now: datetime) -> int:
    """Put what stands behind the head of a lane off until the head may go."""
    behind = InboundEvent.objects.filter(
        lane=lane, state=EventState.PENDING, attempts=0, not_before__lte=now
    )
    return behind.update(not_before=until)


def _release_lane(lane: str) -> None:
    """The head is out of the way: those parked behind it may go."""
    now = timezone.now()
    InboundEvent.objects.filter(
        lane=lane, state=EventState.PENDING, attempts=0, not_before__gt=now
    ).update(not_before=now)


def _hold_lanes(brand_id: UUID, lanes: list[str], size: int = 1) -> list[str]:
    """At most ``size`` of the lanes, none that another worker has; ours until the transaction
    ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lane FROM unnest(%s::text[]) AS lane"
            " WHERE pg_try_advisory_xact_lock(hashtextextended(%s || '/' || lane, 0)) LIMIT %s",
            [lanes, str(brand_id), size],
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
                if event is None or (event.attempts and event.not_before > now):
                    return count
                current = event.pk
                event.problem = apply_event(
                    Event.from_json(event.payload), account=event.account, row=event, now=now
                )
                event.state, event.done_at = EventState.DONE, now
                if event.problem == DROPPED:
                    event.payload, event.lane = {}, ""
                event.save(update_fields=["state", "done_at", "problem", "payload", "lane"])
                if event.attempts:
                    _release_lane(lane)
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
            _release_lane(event.lane)
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
