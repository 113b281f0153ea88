"""What comes up while a run is on its way: holds, other policies, people. Requirements C4, C5."""

from collections.abc import Callable
from typing import Any

import pytest

from compliance.choices import RunState
from compliance.domain.holds import Coverage, place_hold
from compliance.domain.retention import run_job
from compliance.domain.retention.in_effect import Line
from compliance.domain.retention.preview import preview
from compliance.domain.retention.receipts import read_receipt
from compliance.domain.retention.runs import pause_run, request_run, resume_run, stop_run
from compliance.models import AuditEvent
from inbox.models import (
    Conversation,
    Message,
)
from tenants.domain.freezing import freeze_brand
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.retention.stage import (
    carry_out,
    give_policy,
)
from tests.factories.tenants import speaks_english

Aged = Callable[..., Conversation]


def _stop_after(monkeypatch: pytest.MonkeyPatch, does: Callable[[], Any]) -> None:
    """Something happens between the first chunk and the second."""
    real, state = run_job._Job.chunk, {"done": False}

    def chunk(self: Any, key: str, source: Any) -> int:
        self.limit = 1
        rows = real(self, key, source)
        if rows and not state["done"]:
            state["done"] = True
            does()
        return rows

    monkeypatch.setattr(run_job._Job, "chunk", chunk)


@pytest.mark.parametrize(
    ("what", "words"),
    [("hold", "legal hold was placed"), ("policy", "policy was changed"), ("freeze", "frozen")],
)
def test_what_comes_up_in_flight_ends_the_run(
    north: Brand,
    policy: dict[str, Line],
    aged: Aged,
    olga: User,
    aud: User,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    words: str,
) -> None:
    aged(7)
    speaks_english(north)

    def happens() -> None:
        with brand_scope(north.pk):
            if what == "hold":
                place_hold(north, reason="Case 8", actor=aud, covers=Coverage())
            elif what == "policy":
                give_policy(north, actor=olga, general_conversation=Line(9, "erase"))
            else:
                freeze_brand(north, reason="x", actor=olga)

    _stop_after(monkeypatch, happens)
    run = carry_out(north, actor=olga)

    assert run.state == RunState.STOPPED
    assert words in run.stop_reason
    assert run.chunks == 1
    assert run.rows_done == sum(run.counts.values()) < run.rows_total
    assert read_receipt(run.receipt)["run"]["stop_reason"] == run.stop_reason
    with brand_scope(north.pk):
        assert Message.objects.count() == 1
        assert AuditEvent.objects.filter(kind="compliance.retention_run.stopped").count() == 1


def test_a_run_pauses_goes_on_and_stops(
    north: Brand,
    policy: dict[str, Line],
    aged: Aged,
    olga: User,
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aged(7)
    with brand_scope(north.pk):
        run = request_run(north, typed=str(preview(north).rows), actor=olga)

    def pause() -> None:
        with brand_scope(north.pk):
            pause_run(run, actor=olga)

    with monkeypatch.context() as patch:
        _stop_after(patch, pause)
        assert run_job.run_retention(run.pk, brand_id=north.pk) is None
    with brand_scope(north.pk):
        run.refresh_from_db()
        assert (run.state, run.chunks) == (RunState.PAUSED, 1)
        assert run_job.run_retention(run.pk, brand_id=north.pk) is None
        for verb in (pause_run, resume_run):
            with pytest.raises(NotAllowed):
                verb(run, actor=ada)
        with pytest.raises(InvalidState):
            pause_run(run, actor=olga)
        resume_run(run, actor=olga)
    with monkeypatch.context() as patch:
        _stop_after(patch, pause)
        assert run_job.run_retention(run.pk, brand_id=north.pk) is None
    with brand_scope(north.pk):
        with pytest.raises(InvalidInput, match="reason"):
            stop_run(run, reason=" ", actor=olga)
        stopped = stop_run(run, reason="Enough", actor=olga)
        assert (stopped.state, stopped.stop_reason) == (RunState.STOPPED, "Enough")
        assert read_receipt(stopped.receipt)["tables"] == stopped.counts
        for verb in (pause_run, resume_run):
            with pytest.raises(InvalidState):
                verb(run, actor=olga)
    assert run_job.run_retention(run.pk, brand_id=north.pk) is None
