"""Somebody else who writes all the while: in a process of its own, so that only the database can
make it wait."""

import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from bench.installation import superuser_url

_PAUSE_S = 0.002


@contextmanager
def writes_beside(*groups: Sequence[UUID]) -> Iterator[list[float]]:
    """Updates a conversation of each group in turn until the block ends; then the list holds how
    long each write took, in seconds."""
    context = multiprocessing.get_context("spawn")
    over, ready, waits = context.Event(), context.Event(), context.Queue()
    writer = context.Process(target=_write, args=(superuser_url(), groups, ready, over, waits))
    writer.start()
    ready.wait()
    found: list[float] = []
    try:
        yield found
    finally:
        over.set()
        found += waits.get()
        writer.join()


def _write(url: str, groups: Sequence[Sequence[UUID]], ready: Any, over: Any, waits: Any) -> None:
    chance = random.Random(1)  # noqa: S311 -- which row is touched
    took: list[float] = []
    with psycopg.connect(url, autocommit=True) as other:
        ready.set()
        while not over.is_set():
            key = chance.choice(groups[len(took) % len(groups)])
            began = time.perf_counter()
            other.execute("UPDATE inbox_conversation SET unanswered_count = 1 WHERE id = %s", [key])
            took.append(time.perf_counter() - began)
            time.sleep(_PAUSE_S)
    waits.put(took)
