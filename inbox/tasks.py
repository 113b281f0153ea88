"""Celery entry points. Messages only wake; the tables are the queue. Safe to run twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from tenants.models import Brand
from tenants.scope import brand_scope

SERVE_S = 2.0
BELLS = 8
"""One sweep wakes no more workers than this: each serves whoever waits."""
TASKS = {
    "deliveries": ("inbox.split_deliveries", "agency_id"),
    "events": ("inbox.process_events", "brand_id"),
    "outbox": ("inbox.send_outbox", "brand_id"),
}


@shared_task(name="inbox.split_deliveries")
def split_deliveries(*, agency_id: str) -> int:
    """Deliveries wait; serve whoever's turn it is."""
    return _serve("inbox.split_deliveries", agency_id=UUID(agency_id))


@shared_task(name="inbox.process_events")
def process_events(*, brand_id: str) -> int:
    """Events wait; serve whoever's turn it is."""
    return _serve("inbox.process_events", brand_id=UUID(brand_id))


@shared_task(name="inbox.send_outbox")
def send_outbox(*, brand_id: str) -> int:
    """Something is to be sent; serve whoever's turn it is."""
    return _serve("inbox.send_outbox", brand_id=UUID(brand_id))


def _serve(task: str, **key: UUID) -> int:
    """Whom the wake-up names is only whom it was about: another brand may have waited longer."""
    from inbox.domain.turns import serve  # noqa: PLC0415 -- task
    from inbox.domain.wake import wake_now  # noqa: PLC0415 -- task

    count, has_more = serve(budget_s=SERVE_S)
    if has_more:  # the worker's other tasks come first, then it goes on
        wake_now(task, stream="more", **key)
    return count


@shared_task(name="inbox.sweep")
def sweep() -> int:
    """Wake whoever was left behind by a crash, a lost wake-up or a back-off that is over."""
    from inbox.domain.turns import waiting  # noqa: PLC0415 -- task
    from inbox.domain.wake import wake_now  # noqa: PLC0415 -- task

    turns = waiting()
    for one in turns[:BELLS]:
        task, name = TASKS[one.kind]
        wake_now(task, stream=one.key, **{name: one.place})
    return len(turns)


@shared_task(name="inbox.poll_channels")
def poll_channels() -> int:
    """Wake a worker for every brand with an account to be asked."""
    from inbox.domain.turns import due_polls  # noqa: PLC0415 -- task
    from inbox.domain.wake import wake_now  # noqa: PLC0415 -- task

    brands = due_polls(now=timezone.now())
    for brand_id in brands:
        wake_now("inbox.poll_accounts", brand_id=brand_id)
    return len(brands)


@shared_task(name="inbox.poll_accounts")
def poll_accounts(*, brand_id: str) -> int:
    """Ask the networks that bring no news themselves."""
    from inbox.domain.polling import poll_due  # noqa: PLC0415 -- task

    return poll_due(UUID(brand_id))


@shared_task(name="inbox.check_clocks")
def check_clocks() -> int:
    """Note breached clocks, brand by brand."""
    from inbox.domain.clocks import mark_breached  # noqa: PLC0415 -- task

    count = 0
    for brand_id in Brand.objects.values_list("pk", flat=True):
        with brand_scope(brand_id):
            count += mark_breached(now=timezone.now())
    return count
