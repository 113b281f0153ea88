"""Celery entry points of moderation. Messages only wake; the tables say what is to be done."""

from uuid import UUID

from celery import shared_task


@shared_task(name="moderation.watch_qualities")
def watch_qualities() -> None:
    """Platform job: wake the weekly drawing of each brand that is due."""
    from django.utils import timezone  # noqa: PLC0415 -- task

    from moderation.domain.quality.watch import brands_to_watch  # noqa: PLC0415 -- task

    for brand_id in brands_to_watch(now=timezone.now()):
        watch_quality.delay(brand_id=str(brand_id))


@shared_task(name="moderation.watch_quality")
def watch_quality(brand_id: str) -> None:
    from moderation.domain.quality.watch import watch_brand  # noqa: PLC0415 -- task

    watch_brand(UUID(brand_id))


@shared_task(name="moderation.watch")
def watch() -> None:
    """Platform job: wake brands whose appeals or sanctions have days to keep."""
    from moderation.domain.watch import brands_to_watch  # noqa: PLC0415 -- task

    for brand_id in brands_to_watch():
        watch_brand.delay(brand_id=str(brand_id))


@shared_task(name="moderation.watch_brand")
def watch_brand(brand_id: str) -> None:
    from moderation.domain.watch import watch_brand as run  # noqa: PLC0415 -- task

    run(UUID(brand_id))
