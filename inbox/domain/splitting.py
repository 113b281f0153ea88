"""From deliveries to events: each delivery is cut into its items, each item finds its brand."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from inbox.choices import DeliveryState, EventState
from inbox.domain.wake import wake
from inbox.models import ChannelRoute, InboundEvent, ReceivedDelivery
from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import UnreadableDelivery
from inbox.providers.events import Event, EventKind
from tenants.models import Brand
from tenants.scope import agency_scope, brand_scope

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
BATCH = 25
_ID_LIMIT = 200


def split_waiting(agency_id: UUID, *, limit: int = 200) -> int:
    """Split up to ``limit`` waiting deliveries of an agency, oldest first; returns how many.

    Several workers may do this at once. Deliveries go in batches, a transaction each; a batch that
    fails is done again one by one. A delivery that breaks the splitter is put aside after
    ``MAX_ATTEMPTS`` and stays visible; the others go on.
    """
    brand_ids = list(Brand.objects.filter(agency_id=agency_id).values_list("pk", flat=True))
    count = 0
    while count < limit:
        size = min(BATCH, limit - count)
        try:
            with brand_scope(brand_ids, agency_ids=[agency_id]):
                deliveries = _waiting(size)
                split(deliveries, now=timezone.now())
                taken = len(deliveries)
        except Exception:
            logger.exception("a batch of deliveries could not be split; they are tried one by one")
            taken = _split_singly(agency_id, brand_ids, size)
        if not taken:
            break
        count += taken
    return count


def _split_singly(agency_id: UUID, brand_ids: list[UUID], size: int) -> int:
    for count in range(size):
        current: UUID | None = None
        try:
            with brand_scope(brand_ids, agency_ids=[agency_id]):
                deliveries = _waiting(1)
                if not deliveries:
                    return count
                current = deliveries[0].pk
                split(deliveries, now=timezone.now())
        except Exception as error:
            if current is None:
                raise
            logger.exception("delivery %s could not be split", current)
            _note_failure(agency_id, current, error)
    return size


def _waiting(size: int) -> list[ReceivedDelivery]:
    """The oldest that no other worker holds."""
    return list(
        ReceivedDelivery.objects.filter(state=DeliveryState.RECEIVED)
        .order_by("attempts", "id")
        .select_for_update(skip_locked=True)[:size]
    )


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
    rows, whole = [], []
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
                rows.append(_row(event, route, delivery, now=now))
        if strangers:
            names = ", ".join(name[:60] or "(none)" for name in sorted(strangers)[:5])
            logger.warning("delivery %s names an account that is not connected", delivery.pk)
            problem = f"no such account connected: {names}"
            _finish(delivery, DeliveryState.UNROUTED, problem, now=now)
        else:
            whole.append(delivery.pk)
    # In one order everywhere, so that two batches with the same items cannot deadlock.
    InboundEvent.objects.bulk_create(
        sorted(rows, key=lambda row: (row.account_id, row.dedupe_key)), ignore_conflicts=True
    )
    for brand_id in {row.brand_id for row in rows}:
        wake("inbox.process_events", brand_id=brand_id)
    if dropped:
        # What a brand at its end was sent is not kept, not even as raw bytes.
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
