"""Requests in turns: what is measured and its baseline feel the same noise."""

import time
from collections.abc import Callable
from typing import Any

from django.test import Client


def get(client: Client, address: str) -> None:
    """Raises: RuntimeError for any answer but 200."""
    answer: Any = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")


def in_turns(calls: list[Callable[[], None]], rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each of two calls, after one that warms up."""
    found: tuple[list[float], list[float]] = ([], [])
    for one in calls:
        one()
    for _round in range(rounds):
        for times, one in zip(found, calls, strict=True):
            began = time.perf_counter()
            one()
            times.append((time.perf_counter() - began) * 1000)
    return found
