"""What stands in the way of an erasure, and what a killed worker leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from compliance.domain.exports import request_export
from compliance.domain.holds import Coverage, place_hold, release_hold
from compliance.domain.ledger_check import ledger_problems
from compliance.domain.sequencer import seal_all
from compliance.domain.subjects import erasing, plans
from compliance.domain.subjects.sources import all_sources
from compliance.models import SubjectErasure
from inbox.models import Contact, Conversation, Message, OutboxItem
from tenants.models import Brand, User
from tests import databases
from tests.compliance.subjects.stage import (
    LENA,
    MAX,
    REFERENCE,
    SETUP,
    Stage,
    build,
    write_all,
)
from tests.compliance.subjects.test_erasing import everything

ROOT = Path(__file__).parents[3]


def hold(stage: Stage, olga: User, **covers: Any) -> Any:
    with stage.scope():
        return place_hold(stage.brand, reason="Lawsuit", actor=olga, covers=Coverage(**covers))


def test_a_hold_on_the_person_blocks_every_source_that_would_change(
    stage: Stage, olga: User
) -> None:
    subject = stage.subject(LENA)
    before = everything(stage, LENA.word)
    placed = hold(stage, olga, contact_ref=min(subject.contact_ids))

    plan = plans.make_plan(subject, holds=[placed])
    results = erasing.execute(plan, subject, reference=REFERENCE, actor=SETUP)

    actions = {source["key"]: source["action"] for source in plan["sources"]}
    assert actions["inbox.message"] == "blocked"
    assert actions["inbox.slaclock"] == "retained"
    assert plan["holds"] == [str(placed.pk)]
    assert not results.complete
    assert results.blocked["inbox.message"].startswith("A legal hold stands since")
    assert everything(stage, LENA.word) == before
    with stage.scope():
        assert Contact.objects.exclude(erased_at=None).count() == 0
        release_hold(placed, reason="Settled", actor=olga)
    assert stage.erase(subject).complete


@pytest.mark.parametrize("kind", ["other", "conversation"])
def test_a_hold_on_a_conversation_or_on_somebody_else(stage: Stage, olga: User, kind: str) -> None:
    person = LENA if kind == "conversation" else MAX
    with stage.scope():
        mine = Conversation.objects.filter(contact__in=stage.subject(person).contact_ids)
        ref = mine.order_by("pk")[0].pk
    hold(stage, olga, conversation_ref=ref)

    assert stage.erase(stage.subject(LENA)).complete is (kind == "other")


def test_a_hold_placed_in_flight_stops_the_run_before_its_next_chunk(
    stage: Stage, olga: User
) -> None:
    subject, placed = stage.subject(LENA), []

    def place(_rows: int) -> None:
        if not placed:
            placed.append(hold(stage, olga))

    results = stage.erase(subject, limit=1, progress=place)

    assert placed
    assert results.blocked
    assert "inbox.message.text" in everything(stage, LENA.word)
    with stage.scope():
        run = SubjectErasure.objects.get()
        assert run.finished_at is None
        assert run.traces  # so that the rest can be found later
        release_hold(placed[0], reason="Settled", actor=olga)
    assert stage.erase(subject).complete
    assert everything(stage, LENA.word) == []


def test_a_message_that_may_be_on_its_way_blocks_and_one_that_waits_is_cancelled(
    stage: Stage,
) -> None:
    subject = stage.subject(LENA)
    with stage.scope():
        thread = Conversation.objects.filter(contact__in=subject.contact_ids).order_by("pk")[0]
        common = {
            "brand": stage.brand, "account": thread.account, "conversation": thread,
            "action": "message", "actor_ref": "x", "created_at": timezone.now(),
            "not_before": timezone.now(), "text": "Lieber Zorblatt",
        }  # fmt: skip
        waits = OutboxItem.objects.create(**common, state="queued", idempotency_key="a")
        unclear = OutboxItem.objects.create(**common, state="unknown", idempotency_key="b")

    first = stage.erase(subject)

    assert list(first.blocked) == ["inbox.outboxitem"]
    assert "may or may not have reached" in first.blocked["inbox.outboxitem"]
    with stage.scope():
        OutboxItem.objects.filter(pk=unclear.pk).update(state="sent")
    second = stage.erase(subject)
    assert second.complete
    with stage.scope():
        waits.refresh_from_db()
        assert (waits.state, waits.text) == ("cancelled", "")
    assert everything(stage, LENA.word) == []


def test_an_export_that_is_being_made_blocks(stage: Stage, olga: User) -> None:
    subject = stage.subject(LENA)
    with stage.scope():
        export = request_export(stage.brand, actor=olga, filters={}, purpose="x", wake=False)

    results = stage.erase(subject)

    assert list(results.blocked) == ["export_files"]
    with stage.scope():
        type(export).objects.update(state="cancelled")
    assert stage.erase(subject).complete


def test_a_source_that_fails_is_blocked_never_complete(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = [one for one in all_sources() if one.key == "inbox.triage"]

    def fail(*_args: Any, **_options: Any) -> Any:
        raise OSError("the disk is gone")

    monkeypatch.setattr(source, "erase", fail)
    results = stage.erase(stage.subject(LENA))

    assert results.blocked == {"inbox.triage": "It failed: OSError."}
    with stage.scope():
        assert SubjectErasure.objects.get().finished_at is None
    erasing.give_up(stage.brand.pk, reference=REFERENCE, actor=SETUP)
    with stage.scope():
        assert SubjectErasure.objects.get().traces == ""


CODE = """
import time
import django; django.setup()
from uuid import UUID
from compliance.domain.subjects import erasing, plans
from compliance.domain.subjects.subject import subject_of
from tenants.actors import SystemActor
subject = subject_of(UUID("{brand}"), [{contacts}])
def told(rows):
    print(rows, flush=True)
    time.sleep(0.02)
erasing.execute(plans.make_plan(subject), subject, reference="{reference}",
    actor=SystemActor("system", "tests"), limit=1, progress=told)
"""


def test_a_run_killed_again_and_again(committed: None, north: Brand, tmp_path: Path) -> None:
    stage = build(north)
    write_all(stage, LENA)
    write_all(stage, MAX)
    before = everything(stage, MAX.word)
    subject = stage.subject(LENA)
    plan = plans.make_plan(subject)
    code = CODE.format(
        brand=north.pk,
        contacts=", ".join(f'UUID("{one}")' for one in sorted(subject.contact_ids)),
        reference=REFERENCE,
    )
    for lines in (1, 8, 5):
        kill_after(code, lines, Path(django_settings.DATA_DIR))
        with stage.scope():
            assert SubjectErasure.objects.get().finished_at is None

    results = erasing.execute(plan, subject, reference=REFERENCE, actor=SETUP)

    assert results.complete
    assert everything(stage, LENA.word) == []
    assert everything(stage, MAX.word) == before
    planned = {source["key"]: source["rows"] for source in plan["sources"]}
    assert {
        key: told["rows"]
        for key, told in results.sources.items()
        if key not in ("ledger", "compliance.erasedaddress", "cache")
    } == {
        key: rows
        for key, rows in planned.items()
        if key not in ("ledger", "compliance.erasedaddress", "cache")
    }
    with stage.scope():
        assert Message.objects.filter(conversation__contact__in=subject.contact_ids).count() == 6
    seal_all(north.pk)
    assert list(ledger_problems(north.pk)) == []


def kill_after(code: str, lines: int, folder: Path) -> None:
    """Run the code in a process of its own and kill it once it has printed so many lines."""
    env = os.environ | {
        "DATABASE_URL": databases.url("APP", connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "engage.settings_test",
        "DATA_DIR": str(folder),
        "FIELD_KEYS": ",".join(django_settings.FIELD_KEYS),
    }
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _line in range(lines):
            assert process.stdout.readline(), "it ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
