"""The Celery app: the worker's wake-ups and the fixed schedule.

Tables are the queue of record. Every entry of the schedule is a sweep over such a table, so a
message may be lost, doubled or late without harm.
"""

import logging
import os
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.utils import timezone

from engage.startup import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engage.settings")

HEARTBEAT_NAME = "worker"
HEARTBEAT_TASK = "engage.heartbeat"

# Task name -> seconds between two runs.
SCHEDULE: dict[str, float] = {
    HEARTBEAT_TASK: 10.0,
    "inbox.sweep": 5.0,
    "inbox.poll_channels": 5.0,
    "inbox.check_clocks": 60.0,
    "compliance.seal_ledgers": 10.0,
    "compliance.seal_platform": 60.0,
    "compliance.anchor_checkpoints": 3600.0,
    "compliance.watch_ledgers": 30.0,
    "compliance.watch_secrets": 3600.0,
    "compliance.sweep_exports": 10.0,
    "compliance.sweep_closing": 10.0,
    "compliance.sweep_requests": 30.0,
    "compliance.sweep_retention": 300.0,
    "compliance.sweep_consent_jobs": 10.0,
    "compliance.watch_registers": 300.0,
    "compliance.fold_transfers": 3600.0,
    "moderation.watch_qualities": 3600.0,
    "moderation.watch": 60.0,
    "tenants.deliver_post": 15.0,
    "tenants.forget_sessions": 3600.0,
}

app = Celery("engage")
# For every thread: Celery otherwise shows the app only to the thread that made it, and a request
# thread of the web server would publish to a broker of Celery's own default.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # Their messages come again anyway; two runs at the same time help nobody.
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_prefetch_multiplier=1,
    # Remote control keeps a queue per worker host in the broker; readiness uses the heartbeat.
    worker_enable_remote_control=False,
    enable_utc=True,
    timezone="UTC",
    broker_connection_retry_on_startup=True,
    # An old wake-up tells nothing new: it is dropped unread after three intervals.
    task_routes={name: {"queue": "schedule"} for name in SCHEDULE},
    beat_schedule={
        name: {"task": name, "schedule": every_s, "options": {"expires": 3 * every_s}}
        for name, every_s in SCHEDULE.items()
    },
)
app.add_defaults(
    lambda: {"broker_transport_options": broker.transport_options(settings.CELERY_BROKER_URL)}
)
app.autodiscover_tasks()


@app.task(name=HEARTBEAT_TASK)
def heartbeat() -> None:
    """Write down that a worker takes tasks off the broker and reaches the database."""
    from tenants.models import ProcessHeartbeat  # noqa: PLC0415 -- task

    ProcessHeartbeat.objects.update_or_create(
        name=HEARTBEAT_NAME, defaults={"seen_at": timezone.now()}
    )


@signals.worker_init.connect
@signals.beat_init.connect
def prepare_broker(**_: Any) -> None:
    """Put missing broker tables back before the first connection."""
    broker.prepare(settings.CELERY_BROKER_URL)


@signals.worker_ready.connect
def announce(**_: Any) -> None:
    """Send the first heartbeat through the broker at once instead of after the first interval."""
    heartbeat.apply_async(expires=60)


@signals.setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Log as ``settings.LOGGING`` says; leave out the lines Celery writes per wake-up."""
    quiet = ("worker.strategy", "worker.request", "app.trace", "beat", "redirected")
    for name in (f"celery.{part}" for part in quiet):
        logging.getLogger(name).setLevel(logging.WARNING)
