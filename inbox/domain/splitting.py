"""From deliveries to events: each delivery is cut into its items, each item finds its brand."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from compliance.domain.audit import record
from inbox.choices import DeliveryState, EventState
from inbox.domain.erased import DROPPED, names_person, of_erased, quiet_key
from inbox.domain.plans import along_the_index
from inbox.domain.wake import wake
from inbox.models import ChannelRoute, InboundEvent, ReceivedDelivery
from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import UnreadableDelivery
from inbox.providers.events import Event, EventKind
from tenants.actors import PIPELINE
from tenants.models import Brand
from tenants.scope import agency_scope, brand_scope

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
BATCH = 25
_ID_LIMIT = 200


@dataclass(frozen=True, slots=True)
class DeliveryQueue:
    """Deliveries that came to one app and name the same account first.

    ``owner``: the brand of that account, else the queue itself; so that several queues of one brand
    share its seats.
    """

    agency_id: UUID
    app_id: UUID
    hint: str
    owner: str


def delivery_queues() -> list[DeliveryQueue]:
    """Those of the agencies in scope that have something waiting.

    Jumps from queue to queue along the index, so a queue costs one step however long it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES)
        return [
            DeliveryQueue(agency, app, hint, str(brand or f"{app}/{hint}"))
            for agency, app, hint, brand in cursor.fetchall()
        ]


_QUEUES = """
WITH RECURSIVE queue AS (
    (SELECT agency_id, app_id, account_hint FROM inbox_receiveddelivery WHERE state = 'received'
     ORDER BY agency_id, app_id, account_hint LIMIT 1)
    UNION ALL
    SELECT following.* FROM queue CROSS JOIN LATERAL (
        SELECT agency_id, app_id, account_hint FROM inbox_receiveddelivery d
        WHERE d.state = 'received' AND (d.agency_id, d.app_id, d.account_hint)
              > (queue.agency_id, queue.app_id, queue.account_hint)
        ORDER BY d.agency_id, d.app_id, d.account_hint LIMIT 1) AS following
)
SELECT queue.agency_id, queue.app_id, queue.account_hint, route.brand_id FROM queue
JOIN inbox_channelapp app ON app.id = queue.app_id
LEFT JOIN inbox_channelroute route
    ON route.channel = app.channel AND route.external_id = queue.account_hint
"""


def split_waiting(agency_id: UUID, *, limit: int = 200) -> int:
    """Split up to ``limit`` waiting deliveries of an agency; returns how many.

    A batch of each queue in turn, oldest first. Several workers may do this at once.
    """
    count = 0
    while count < limit:
        with agency_scope(agency_id), along_the_index():
            queues = delivery_queues()
        before = count
        for queue in queues:
            if count < limit:
                count += split_batch(queue, size=min(BATCH, limit - count))
        if count == before:
            break
    return count


def split_batch(
    queue: DeliveryQueue, *, size: int = BATCH, may_start: Callable[[], bool] | None = None
) -> int:
    """Split the oldest deliveries of a queue in one transaction; returns how many.

    ``may_start`` is asked inside that transaction. A batch that fails is done again one by one. A
    delivery that breaks the splitter is put aside after ``MAX_ATTEMPTS`` and stays visible; the
    others go on.
    """
    agency_id = queue.agency_id
    brand_ids = list(Brand.objects.filter(agency_id=agency_id).values_list("pk", flat=True))
    try:
        with brand_scope(brand_ids, agency_ids=[agency_id]):
            if may_start is not None and not may_start():
                return 0
            deliveries = _waiting(queue, size)
            split(deliveries, now=timezone.now())
            return len(deliveries)
    except Exception:
        logger.exception("a batch of deliveries could not be split; they are tried one by one")
        return _split_singly(queue, brand_ids, size)


def _split_singly(queue: DeliveryQueue, brand_ids: list[UUID], size: int) -> int:
    for count in range(size):
        current: UUID | None = None
        try:
            with brand_scope(brand_ids, agency_ids=[queue.agency_id]):
                deliveries = _waiting(queue, 1)
                if not deliveries:
                    return count
                current = deliveries[0].pk
                split(deliveries, now=timezone.now())
        except Exception as error:
            if current is None:
                raise
            logger.exception("delivery %s could not be split", current)
            _note_failure(queue.agency_id, current, error)
    return size


def _waiting(queue: DeliveryQueue, size: int) -> list[ReceivedDelivery]:
    """The oldest that no other worker holds."""
    found = (
        ReceivedDelivery.objects.filter(
            state=DeliveryState.RECEIVED, app_id=queue.app_id, account_hint=queue.hint
        )
        .order_by("attempts", "id")
        .select_for_update(skip_locked=True)
    )
    with along_the_index():
        return list(found[:size])


def split(deliveries: Sequence[ReceivedDelivery], *, now: datetime) -> None:
    """Write the deliveries' events, once each, and mark them. Runs inside the agency's scope.

    Unreadable: dead. An item for an account that no brand of this agency has connected is not
    taken; the delivery keeps it and says so, and can be split again once the account exists. An
    item for a brand whose intake is stopped is dropped, and so are the raw bytes of its delivery.
    """
    readable: list[tuple[ReceivedDelivery, list[Event]]] = []
    for delivery in deliveries:
        try:
            body, received_at = bytes(delivery.body), delivery.received_at
            events = list(CONNECTORS[delivery.channel].split(body, received_at=received_at))
        except UnreadableDelivery as error:
            _finish(delivery, DeliveryState.DEAD, f"cannot be read: {error}", now=now)
        else:
            readable.append((delivery, events))
    routes = _routes(readable)
    taken: list[tuple[Event, ChannelRoute, ReceivedDelivery]] = []
    whole = []
    dropped: set[UUID] = set()
    for delivery, events in readable:
        strangers = set()
        for event in events:
            route = routes.get((delivery.channel, event.account_id))
            # Only accounts of the agency whose app signed: a signature proves nothing for others.
            if route is None or route.brand.agency_id != delivery.agency_id:
                strangers.add(event.account_id)
            elif route.brand.intake_stopped_at is not None:
                dropped.add(delivery.pk)
            else:
                taken.append((event, route, delivery))
        if strangers:
            names = ", ".join(name[:60] or "(none)" for name in sorted(strangers)[:5])
            logger.warning("delivery %s names an account that is not connected", delivery.pk)
            problem = f"no such account connected: {names}"
            _finish(delivery, DeliveryState.UNROUTED, problem, now=now)
        else:
            whole.append(delivery.pk)
    erased = of_erased([(event, route) for event, route, _delivery in taken])
    rows = [
        _row(*one, now=now) if place not in erased else _dropped_row(*one, now=now)
        for place, one in enumerate(taken)
    ]
    # What belongs to the erased is not kept, not even as raw bytes; the others' stands in events.
    dropped |= {taken[place][2].pk for place in erased}
    _tell_dropped([taken[place][1].brand_id for place in sorted(erased)])
    # In one order everywhere, so that two batches with the same items cannot deadlock.
    InboundEvent.objects.bulk_create(
        sorted(rows, key=lambda row: (row.account_id, row.dedupe_key)), ignore_conflicts=True
    )
    for brand_id in {row.brand_id for row in rows}:
        wake("inbox.process_events", brand_id=brand_id)
    if dropped:
        # Nor is what a brand at its end was sent.
        ReceivedDelivery.objects.filter(pk__in=dropped).update(body=b"", signature="")
    if whole:
        ReceivedDelivery.objects.filter(pk__in=whole).update(
            state=DeliveryState.SPLIT, problem="", split_at=now
        )


def _routes(
    readable: Sequence[tuple[ReceivedDelivery, list[Event]]],
) -> dict[tuple[str, str], ChannelRoute]:
    """By channel and account id. One query per channel."""
    wanted: dict[str, set[str]] = {}
    for delivery, events in readable:
        ids = {event.account_id for event in events if len(event.account_id) <= _ID_LIMIT}
        wanted.setdefault(delivery.channel, set()).update(ids)
    return {
        (route.channel, route.external_id): route
        for channel, ids in wanted.items()
        for route in ChannelRoute.objects.select_related("brand").filter(
            channel=channel, external_id__in=ids
        )
    }


def _row(
    event: Event, route: ChannelRoute, delivery: ReceivedDelivery, *, now: datetime
) -> InboundEvent:
    state, problem = EventState.PENDING, event.problem
    if event.kind is EventKind.MALFORMED:
        state = EventState.DEAD
    elif event.kind is EventKind.UNSUPPORTED:
        state = EventState.KEPT
    elif _too_long(event):
        state, problem = EventState.DEAD, "an id of this item is longer than 200 characters"
    return InboundEvent(
        brand_id=route.brand_id,
        account_id=route.account_ref,
        delivery_ref=delivery.pk,
        kind=event.kind.value,
        dedupe_key=event.dedupe_key[:400],
        lane=event.lane[:300],
        payload=event.to_json(),
        occurred_at=event.occurred_at,
        received_at=delivery.received_at,
        state=state,
        not_before=now,
        problem=problem,
    )


def _dropped_row(
    event: Event, route: ChannelRoute, delivery: ReceivedDelivery, *, now: datetime
) -> InboundEvent:
    """Only that it came; it is done."""
    row = _row(event, route, delivery, now=now)
    row.lane, row.payload, row.problem = "", {}, DROPPED
    row.state, row.done_at = EventState.DONE, now
    if names_person(event):
        row.dedupe_key = quiet_key(route.brand_id, event.channel, row.dedupe_key)
    return row


def _tell_dropped(brand_ids: Sequence[UUID]) -> None:
    for brand_id, count in Counter(brand_ids).items():
        record(
            "inbox.event.dropped",
            Brand(pk=brand_id),
            actor=PIPELINE,
            reason="of_an_erased_person",
            facts={"events": count},
            brand_id=brand_id,
        )


def _too_long(event: Event) -> bool:
    ids = (
        event.external_id,
        event.parent_external_id,
        event.root_external_id,
        event.thread_id,
        event.author.external_id if event.author else "",
    )
    return max(map(len, ids)) > _ID_LIMIT or len(event.dedupe_key) > 400 or len(event.lane) > 300


def _finish(
    delivery: ReceivedDelivery, state: DeliveryState, problem: str, *, now: datetime
) -> None:
    delivery.state, delivery.problem, delivery.split_at = state, problem, now
    delivery.save(update_fields=["state", "problem", "split_at"])


def _note_failure(agency_id: UUID, delivery_id: UUID, error: Exception) -> None:
    with agency_scope(agency_id):
        delivery = ReceivedDelivery.objects.select_for_update().get(pk=delivery_id)
        delivery.attempts += 1
        delivery.problem = f"{type(error).__name__} while splitting"
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.state = DeliveryState.DEAD
        delivery.save(update_fields=["attempts", "problem", "state"])


def split_again(delivery: ReceivedDelivery) -> None:
    """Put a dead or unrouted delivery back in the queue; what it already caused stays once."""
    delivery.state, delivery.attempts = DeliveryState.RECEIVED, 0
    delivery.save(update_fields=["state", "attempts"])
    wake("inbox.split_deliveries", agency_id=delivery.agency_id)
