"""Celery entry points. Messages only wake; the tables are the queue. Safe to run twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from inbox.choices import DeliveryState, EventState, OutboxState
from inbox.models import InboundEvent, OutboxItem, ReceivedDelivery
from tenants.models import Brand
from tenants.scope import all_brands, brand_scope  # noqa: TID251 -- the sweep, a platform job


@shared_task(name="inbox.split_deliveries")
def split_deliveries(*, agency_id: str) -> int:
    """Cut waiting deliveries of an agency into events."""
    from inbox.domain.splitting import split_waiting  # noqa: PLC0415 -- task
    from inbox.domain.wake import wake_now  # noqa: PLC0415 -- task

    count = split_waiting(UUID(agency_id), limit=200)
    if count >= 200:
        wake_now("inbox.split_deliveries", agency_id=UUID(agency_id))
    return count


@shared_task(name="inbox.process_events")
def process_events(*, brand_id: str) -> int:
    """Apply waiting events of a brand."""
    from inbox.domain.pipeline import process_waiting  # noqa: PLC0415 -- task

    return process_waiting(UUID(brand_id))


@shared_task(name="inbox.send_outbox")
def send_outbox(*, brand_id: str) -> int:
    """Send what a brand owes the networks."""
    from inbox.domain.sending import send_waiting  # noqa: PLC0415 -- task
    from inbox.domain.wake import wake_now  # noqa: PLC0415 -- task

    count = send_waiting(UUID(brand_id), limit=50)
    if count >= 50:
        wake_now("inbox.send_outbox", brand_id=UUID(brand_id))
    return count


@shared_task(name="inbox.sweep")
def sweep() -> int:
    """Wake whoever was left behind by a crash, a lost wake-up or a back-off that is over."""
    from inbox.domain.wake import wake_now  # noqa: PLC0415 -- task

    now = timezone.now()
    with all_brands(reason="find agencies and brands with work left behind"):
        agencies = set(
            ReceivedDelivery.objects.filter(state=DeliveryState.RECEIVED)
            .values_list("agency_id", flat=True)
            .distinct()
        )
        events = set(
            InboundEvent.objects.filter(state=EventState.PENDING, not_before__lte=now)
            .values_list("brand_id", flat=True)
            .distinct()
        )
        outbox = set(
            OutboxItem.objects.filter(
                state__in=[OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN],
                not_before__lte=now,
            )
            .exclude(state=OutboxState.SENDING, lease_until__gt=now)
            .values_list("brand_id", flat=True)
            .distinct()
        )
    for agency_id in agencies:
        wake_now("inbox.split_deliveries", agency_id=agency_id)
    for brand_id in events:
        wake_now("inbox.process_events", brand_id=brand_id)
    for brand_id in outbox:
        wake_now("inbox.send_outbox", brand_id=brand_id)
    return len(agencies) + len(events) + len(outbox)


@shared_task(name="inbox.check_clocks")
def check_clocks() -> int:
    """Note breached clocks, brand by brand."""
    from inbox.domain.clocks import mark_breached  # noqa: PLC0415 -- task

    count = 0
    for brand_id in Brand.objects.values_list("pk", flat=True):
        with brand_scope(brand_id):
            count += mark_breached(now=timezone.now())
    return count
