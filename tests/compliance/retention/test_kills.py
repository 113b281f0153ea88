"""Real workers, killed with SIGKILL in the middle: nothing is lost, doubled or counted wrong; nor
does anybody wait for their locks. Requirement C4."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone

from compliance.choices import RunState
from compliance.domain.holds import place_hold
from compliance.domain.ledger_check import ledger_problems
from compliance.domain.retention.in_effect import Line
from compliance.domain.retention.preview import preview
from compliance.domain.retention.receipts import read_receipt
from compliance.domain.retention.run_job import run_retention
from compliance.domain.retention.runs import request_run
from compliance.domain.sequencer import seal_all
from compliance.models import RetentionRun
from inbox.models import Contact, Conversation, Message
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.closing.test_kills import kill_after
from tests.compliance.retention.stage import whole

Aged = Callable[..., Conversation]
WORK = """
import time
import django; django.setup()
from uuid import UUID
from compliance.domain.retention import run_job
run_job.FIRST = run_job.LEAST = run_job.MOST = 2
real = run_job._Job.chunk
def chunk(self, key, source):
    rows = real(self, key, source)
    if rows:
        print(rows, flush=True)
        time.sleep(0.02)
    return rows
run_job._Job.chunk = chunk
run_job.run_retention(UUID("{run}"), brand_id=UUID("{brand}"))
"""


def left_of(brand: Brand) -> int:
    with whole(brand):
        return preview(brand).rows


def test_a_run_killed_again_and_again(
    committed: None,
    north: Brand,
    policy: dict[str, Line],
    aged: Aged,
    olga: User,
    tmp_path: Path,
) -> None:
    for _number in range(4):
        aged(8, messages=8)
    stays = aged(1)
    with brand_scope(north.pk):
        run = request_run(north, typed=str(preview(north).rows), actor=olga)
    planned = run.planned
    code = WORK.format(run=run.pk, brand=north.pk)

    for lines in (3, 6, 2):
        kill_after(code, lines, tmp_path)
        assert run_retention(run.pk, brand_id=north.pk) is None  # the dead worker's lease
        with brand_scope(north.pk):
            held = RetentionRun.objects.get(pk=run.pk)
            assert held.state == RunState.RUNNING
            assert held.rows_done == sum(held.counts.values()) >= lines
            RetentionRun.objects.update(lease_until=timezone.now())
        assert held.rows_done + left_of(north) == sum(planned.values())

    done = run_retention(run.pk, brand_id=north.pk)

    assert done is not None
    assert (done.state, done.attempt) == (RunState.DONE, 4)
    assert done.counts == planned
    assert read_receipt(done.receipt)["tables"] == done.counts
    with brand_scope(north.pk):
        assert list(Conversation.objects.all()) == [stays]
        assert list(Contact.objects.values_list("pk", flat=True)) == [stays.contact_id]
    seal_all(north.pk)
    assert list(ledger_problems(north.pk)) == []


def test_a_hold_placed_while_a_worker_is_killed_ends_the_run(
    committed: None,
    north: Brand,
    policy: dict[str, Line],
    aged: Aged,
    olga: User,
    aud: User,
    tmp_path: Path,
) -> None:
    aged(8, messages=20)
    with brand_scope(north.pk):
        run = request_run(north, typed=str(preview(north).rows), actor=olga)
    kill_after(WORK.format(run=run.pk, brand=north.pk), 2, tmp_path)
    with brand_scope(north.pk):
        place_hold(north, reason="Case 9", actor=aud)
        left = Message.objects.count()
        RetentionRun.objects.update(lease_until=timezone.now())

    ended = run_retention(run.pk, brand_id=north.pk)

    assert ended is not None
    assert ended.state == RunState.STOPPED
    with brand_scope(north.pk):
        assert Message.objects.count() == left > 0


@pytest.mark.parametrize("rows", [600])
def test_nobody_waits_for_a_run(
    committed: None, north: Brand, policy: dict[str, Line], aged: Aged, olga: User, rows: int
) -> None:
    """A writer who touches the brand's rows all the while is never kept waiting for long."""
    conversation = aged(8, messages=1)
    other = aged(1)
    with brand_scope(north.pk):
        make = [
            Message(
                brand=north, account=conversation.account, conversation=conversation,
                direction="in", text="Zorblatt", external_id=f"x{n}",
                occurred_at=conversation.last_message_at, received_at=timezone.now(),
            )
            for n in range(rows)
        ]  # fmt: skip
        Message.objects.bulk_create(make)
        run = request_run(north, typed=str(preview(north).rows), actor=olga)
    over = threading.Event()
    waits: list[float] = []

    def write() -> None:
        try:
            while not over.is_set():
                began = time.perf_counter()
                with brand_scope(north.pk):
                    with connection.cursor() as cursor:
                        cursor.execute("SET LOCAL lock_timeout = '1s'")
                    Conversation.objects.filter(pk=other.pk).update(unanswered_count=1)
                    Brand.objects.filter(pk=north.pk).update(legal_name="North")
                    Conversation.objects.filter(pk=conversation.pk).update(unanswered_count=1)
                waits.append(time.perf_counter() - began)
                time.sleep(0.02)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    done = run_retention(run.pk, brand_id=north.pk)
    over.set()
    writer.join()

    assert done is not None
    assert done.state == RunState.DONE
    assert done.counts["inbox.message"] == rows + 1
    assert done.chunks > 2
    assert len(waits) > 3
    assert sorted(waits)[len(waits) // 2] < 0.1
