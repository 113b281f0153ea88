"""Threads that use the database: each gives its connection back at its end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def run_parallel(*calls: Callable[[], Any]) -> list[Any]:
    """All at once; results in order. Raises what the first failing call raises."""

    def guarded(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(guarded, call) for call in calls]]
