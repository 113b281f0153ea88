"""Wake-ups for the workers: cheap, merged, and never a reason to fail.

The tables are the queue of record. A wake-up that is lost, doubled or late costs time, never work:
the sweeps find what was left behind. So nothing here raises, waits or keeps a request open.
"""

import logging
import threading
import time
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

MERGE_S = 0.02
PAUSE_S = 0.25
"""A stream of the same wake-up is sent at once, then this often: one finds all work before it."""
type _Call = tuple[str, str, str, str]
_lock = threading.Lock()
_pending: set[_Call] = set()
_due = threading.Event()
_thread: threading.Thread | None = None


def wake(task: str, *, stream: str = "", **key: UUID) -> None:
    """Start ``task(**key)`` soon after the current transaction commits.

    ``stream`` is not sent: it keeps one flood of wake-ups from holding up another one's first.
    """
    ((name, value),) = key.items()
    transaction.on_commit(lambda: _enqueue((task, name, str(value), stream)))


def wake_now(task: str, *, stream: str = "", **key: UUID) -> None:
    """The same outside a transaction."""
    ((name, value),) = key.items()
    _enqueue((task, name, str(value), stream))


def _enqueue(call: _Call) -> None:
    global _thread
    with _lock:
        _pending.add(call)
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="wake", daemon=True)
            _thread.start()
    _due.set()


def _run() -> None:
    sent_at: dict[_Call, float] = {}
    while True:
        _due.wait()
        time.sleep(MERGE_S)
        now = time.monotonic()
        sent_at = {key: at for key, at in sent_at.items() if now - at < PAUSE_S}
        with _lock:
            batch = sorted(_pending - sent_at.keys())
            _pending.difference_update(batch)
            if not _pending:
                _due.clear()
        for key in batch:
            sent_at[key] = time.monotonic()
            task, name, value, _stream = key
            _send(task, {name: value})


def _send(task: str, kwargs: dict[str, Any]) -> None:
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False)
    except Exception as error:
        logger.warning("wake-up %s not sent (%s); the sweep will", task, type(error).__name__)
