"""Health for load balancers and the launcher: alive, and ready to work.

``/healthz`` touches nothing; ``/readyz`` asks the parts. Answers hold no addresses and no error
texts of drivers, because anybody may read them; the details are in the log.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypedDict

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.domain.queries import oldest_unsealed
from engage.celery import app
from engage.startup import broker
from tenants.models import ProcessHeartbeat

logger = logging.getLogger(__name__)

HEARTBEAT_MAX_AGE = timedelta(seconds=45)
BROKER_TIMEOUT_S = 3


class Part(TypedDict):
    """One part of the answer; ``why`` is empty if ``ok``."""

    ok: bool
    why: str


class NotReady(Exception):
    """A part is not ready; the message is shown to everybody."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """The parts as JSON, ``{"database": {"ok", "why"}, …}``; 503 if one of them is not ready
    (but for the ledger's delay, which is only told)."""
    parts = {name: _ask(name, check) for name, check in CHECKS.items()}
    is_ready = all(part["ok"] for name, part in parts.items() if name not in TOLD_ONLY)
    return JsonResponse(parts, status=200 if is_ready else 503)


def check_database() -> None:
    """Raises: NotReady, or the driver's error."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_broker() -> None:
    """Connect to the broker anew. Raises: NotReady, or the driver's error."""
    url = settings.CELERY_BROKER_URL
    if broker.is_pgmq(url):
        # Not through kombu: its transport would open a connection pool for this one question.
        if not broker.check(url, timeout_s=BROKER_TIMEOUT_S):
            message = "the broker tables are missing"
            raise NotReady(message)
        return
    with app.connection_for_write(connect_timeout=BROKER_TIMEOUT_S) as link:
        link.ensure_connection(max_retries=0, timeout=BROKER_TIMEOUT_S)


def check_worker() -> None:
    """Raises: NotReady (no heartbeat within the last 45 seconds)."""
    newest = ProcessHeartbeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if newest is None:
        message = "no worker has reported yet"
        raise NotReady(message)
    age = timezone.now() - newest
    if age > HEARTBEAT_MAX_AGE:
        message = f"the last sign of life of a worker is {age.total_seconds():.0f} s old"
        raise NotReady(message)


def check_migrations() -> None:
    """Raises: NotReady (tables are older than the code)."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        message = f"{missing} migrations have not been applied"
        raise NotReady(message)


def check_ledger() -> None:
    """Raises: NotReady (an audit event waits longer for its seal than it may)."""
    oldest = oldest_unsealed()
    if oldest is None:
        return
    waited_s = (timezone.now() - oldest).total_seconds()
    if waited_s > settings.LEDGER_MAX_DELAY_S:
        message = f"an audit event has waited {waited_s:.0f} s for its seal"
        raise NotReady(message)


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "broker": check_broker,
    "worker": check_worker,
    "migrations": check_migrations,
    "ledger": check_ledger,
}


# Shown, and no reason to take traffic away: the product works, only its proofs are late.
TOLD_ONLY = frozenset({"ledger"})


def _ask(name: str, check: Callable[[], None]) -> Part:
    try:
        check()
    except NotReady as error:
        return {"ok": False, "why": str(error)}
    except Exception as error:  # any failure of a part is its answer, not ours
        logger.warning("readyz: %s is not ready: %s", name, error)
        return {"ok": False, "why": "does not answer"}
    return {"ok": True, "why": ""}
