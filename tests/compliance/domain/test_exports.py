"""Exports as jobs: rights, filters, progress, cancelling, crashes, flat memory."""

import hashlib
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from compliance.choices import ExportState
from compliance.domain import export_job
from compliance.domain.audit import record
from compliance.domain.export_job import run_export
from compliance.domain.exports import (
    cancel_export,
    drop_expired_files,
    open_export,
    request_export,
)
from compliance.domain.queries import exports_to_run
from compliance.domain.sequencer import seal_all
from compliance.exceptions import ExportNotReady
from compliance.models import AuditEvent, AuditExport, AuditLeaf
from compliance.tasks import run_export as run_export_task
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.ledger import ENGINE, RULE, export_to, fill, lines_of, make_export


def ask(brand: Brand, actor: Any = ENGINE, **filters: Any) -> AuditExport:
    with brand_scope(brand.pk):
        return request_export(brand, actor=actor, filters=filters, purpose="Prüfung")  # type: ignore[arg-type]


def reload(export: AuditExport) -> AuditExport:
    with brand_scope(export.brand_id):
        return AuditExport.objects.get(pk=export.pk)


def kinds(brand: Brand) -> list[str]:
    with brand_scope(brand.pk):
        return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_export_holds_every_event_with_its_values(north: Brand, aud: User, tmp_path: Path):
    fill(north, 3)
    export = ask(north, aud)

    run_export_task(brand_id=str(north.pk), export_id=str(export.pk))

    done = reload(export)
    with brand_scope(north.pk), open_export(done, actor=aud) as file:
        content = file.read()
    header, *rows, footer = [json.loads(line) for line in content.splitlines()]
    assert (done.state, done.rows_done, done.rows_total) == (ExportState.DONE, 4, 4)
    assert (done.sha256, done.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert done.file.name == f"brands/{north.pk}/audit/{done.pk}.jsonl"
    assert (header["scope"], header["size"], footer["rows"]) == ("full", 4, 4)
    with brand_scope(north.pk):
        stored = AuditLeaf.objects.order_by("index").values_list("index", "event__body")
        assert [(row["index"], row["leaf"]) for row in rows] == list(stored)[:4]
    assert rows[1]["details"]["text"]["value"] == '"Nachricht 1 “ä”"'


def test_export_is_audited_from_request_to_download(north: Brand, aud: User):
    export = ask(north, aud)
    run_export(export.pk, brand_id=north.pk)
    with brand_scope(north.pk):
        open_export(reload(export), actor=aud).close()

    assert kinds(north) == [
        "compliance.export.requested",
        "compliance.export.started",
        "compliance.export.finished",
        "compliance.export.downloaded",
    ]


def test_request_wakes_a_worker_after_commit(
    north: Brand, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
):
    woken: list[dict[str, str]] = []
    monkeypatch.setattr(run_export_task, "delay", lambda **given: woken.append(given))

    with django_capture_on_commit_callbacks(execute=True):
        export = ask(north)
        assert woken == []

    assert woken == [{"brand_id": str(north.pk), "export_id": str(export.pk)}]


def test_broker_that_is_down_does_not_fail_the_request(
    north: Brand,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def no_broker(**_given: str) -> None:
        raise ConnectionError("broker is down")

    monkeypatch.setattr(run_export_task, "delay", no_broker)
    with django_capture_on_commit_callbacks(execute=True):
        export = ask(north)

    assert exports_to_run() == [(north.pk, export.pk)]
    assert "broker is down" in caplog.text


def test_rights(north: Brand, south: Brand, aud: User, ada: User, gus: User):
    done = make_export(north)
    for stranger in (ada, gus):
        with brand_scope(north.pk):
            with pytest.raises(NotAllowed):
                request_export(north, actor=stranger, filters={}, purpose="x")
            with pytest.raises(NotAllowed):
                open_export(done, actor=stranger)
            with pytest.raises(NotAllowed):
                cancel_export(done, actor=stranger)
    with brand_scope(south.pk), pytest.raises(NotAllowed):
        request_export(south, actor=aud, filters={}, purpose="x")


@pytest.mark.parametrize(
    ("filters", "purpose", "field"),
    [
        ({}, "  ", "purpose"),
        ({"colour": "red"}, "x", "colour"),
        ({"since": "yesterday"}, "x", "since"),
        ({"until": "2026-11-21T08:00:00"}, "x", "until"),
    ],
)
def test_bad_requests(in_north: Brand, filters: Any, purpose: str, field: str):
    with pytest.raises(InvalidInput) as caught:
        request_export(in_north, actor=ENGINE, filters=filters, purpose=purpose)

    assert caught.value.field == field
    assert AuditExport.objects.count() == 0


@pytest.mark.parametrize("name", ["kind", "actor", "object_type", "object_ref", "since", "until"])
def test_each_filter(north: Brand, olga: User, tmp_path: Path, name: str):
    with time_machine.travel("2026-01-01T10:00:00Z", tick=False), brand_scope(north.pk):
        record("inbox.reply.sent", north, actor=RULE)
        record("inbox.reply.sent", north, actor=RULE)
    with time_machine.travel("2026-02-01T10:00:00Z", tick=False), brand_scope(north.pk):
        wanted = record("inbox.note.added", olga, actor=olga, brand_id=north.pk)
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False):
        value, expected = {
            "kind": ("inbox.note.added", ["inbox.note.added"]),
            "actor": (str(olga.pk), ["inbox.note.added"]),
            "object_type": ("tenants.user", ["inbox.note.added"]),
            "object_ref": (str(wanted.object_ref), ["inbox.note.added"]),
            "since": ("2026-02-01T10:00:00Z", ["inbox.note.added", "compliance.export.requested"]),
            "until": ("2026-02-01T10:00:00Z", ["inbox.reply.sent", "inbox.reply.sent"]),
        }[name]
        rows = lines_of(export_to(tmp_path / "x.jsonl", north, **{name: value}))[1:-1]

    assert [json.loads(row["leaf"])["kind"] for row in rows] == expected


def test_filter_that_fits_nothing(north: Brand, tmp_path: Path):
    lines = lines_of(export_to(tmp_path / "x.jsonl", north, kind="inbox.reply.sent"))

    assert (len(lines), lines[-1]["rows"]) == (2, 0)


def test_cancelled_before_it_runs(north: Brand, aud: User):
    export = ask(north, aud)
    with brand_scope(north.pk):
        cancel_export(export, actor=aud)
        cancel_export(export, actor=aud)

    assert run_export(export.pk, brand_id=north.pk) is None
    assert reload(export).state == ExportState.CANCELLED
    assert kinds(north).count("compliance.export.cancelled") == 1


def test_cancelled_while_it_runs(north: Brand, aud: User, monkeypatch: pytest.MonkeyPatch):
    fill(north, 10)
    export = ask(north, aud)
    monkeypatch.setattr(export_job, "CHUNK", 3)
    written = export_job._write_chunk

    def cancel_after(*args: Any) -> Any:
        rows = written(*args)
        if rows[-1].index == 5:
            with brand_scope(north.pk):
                cancel_export(export, actor=aud)
        return rows

    monkeypatch.setattr(export_job, "_write_chunk", cancel_after)

    assert run_export(export.pk, brand_id=north.pk) is None
    stopped = reload(export)
    assert (stopped.state, stopped.rows_done, stopped.file.name) == (ExportState.CANCELLED, 3, "")


def test_second_worker_leaves_a_running_export_alone(north: Brand, monkeypatch: pytest.MonkeyPatch):
    export = ask(north)
    seen: list[object] = []
    written = export_job._write_lines

    def meanwhile(*args: Any) -> Any:
        seen.append(run_export(export.pk, brand_id=north.pk))
        return written(*args)

    monkeypatch.setattr(export_job, "_write_lines", meanwhile)
    run_export(export.pk, brand_id=north.pk)

    assert seen == [None]
    assert reload(export).attempt == 1


def test_killed_worker_is_replaced_and_starts_cleanly(
    north: Brand, monkeypatch: pytest.MonkeyPatch
):
    fill(north, 5)
    export = ask(north)
    with monkeypatch.context() as patch:
        patch.setattr(export_job, "CHUNK", 2)
        patch.setattr(
            export_job, "_finish", lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            run_export(export.pk, brand_id=north.pk)
    assert (exports_to_run(), reload(export).rows_done) == ([], 6)

    with time_machine.travel(timezone.now() + export_job.LEASE + timedelta(seconds=1)):
        assert exports_to_run() == [(north.pk, export.pk)]
        done = run_export(export.pk, brand_id=north.pk)

    assert done is not None
    assert (done.state, done.rows_done, done.attempt) == (ExportState.DONE, 6, 2)


def test_export_that_never_survives_ends_as_failed(north: Brand):
    export = ask(north)
    with brand_scope(north.pk):
        AuditExport.objects.filter(pk=export.pk).update(attempt=export_job.MAX_ATTEMPTS)

    assert run_export(export.pk, brand_id=north.pk) is None
    assert (reload(export).state, reload(export).failure) == (
        ExportState.FAILED,
        "The export was interrupted too often.",
    )


def test_changed_leaves_are_reported(north: Brand, monkeypatch: pytest.MonkeyPatch):
    fill(north, 3)
    export = ask(north)
    monkeypatch.setattr("compliance.domain.proofs.Prover.root", lambda _self: bytes(32))

    failed = run_export(export.pk, brand_id=north.pk)

    assert failed is not None
    assert failed.state == ExportState.FAILED
    assert "do not have the root that was signed" in failed.failure


def test_expired_export_is_gone(north: Brand, aud: User):
    done = make_export(north)
    path = Path(done.file.path)
    assert path.is_file()

    with time_machine.travel(timezone.now() + export_job.LIFETIME + timedelta(seconds=1)):
        with brand_scope(north.pk), pytest.raises(ExportNotReady):
            open_export(done, actor=aud)
        assert drop_expired_files() == 1
        assert drop_expired_files() == 0

    assert not path.exists()
    assert kinds(north)[-1] == "compliance.export.expired"


def test_memory_does_not_grow_with_the_rows(north: Brand, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export_job, "CHUNK", 50)
    monkeypatch.setattr("compliance.domain.proofs.CHUNK", 256)
    make_export(north)  # warms caches
    peaks = []
    for count in (300, 900):
        fill(north, count)
        export = ask(north)
        seal_all(north.pk)  # works in batches of its own
        tracemalloc.start()
        run_export(export.pk, brand_id=north.pk)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    # Four times the rows; without chunks the peak would be about four times as high too.
    assert peaks[1] < peaks[0] * 1.5


def test_command_writes_a_file_that_names_its_brand(
    north: Brand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    fill(north, 2)
    out = tmp_path / "out.jsonl"

    call_command("export_audit", workspace="acme/north", out=out)

    assert capsys.readouterr().out == (
        f"3 events, SHA-256 {hashlib.sha256(out.read_bytes()).hexdigest()}\n"
    )
    assert lines_of(out)[0]["origin"] == f"audit.engage.local/{north.pk}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"workspace": "acme/west"}, "There is no workspace acme/west."),
        ({"since": "soon"}, "Give a date and time with its time zone."),
        ({"out": Path("/nowhere/x")}, "/nowhere/x: No such file or directory"),
    ],
)
def test_command_says_what_is_wrong(north: Brand, tmp_path: Path, options: Any, said: str):
    given = {"workspace": "acme/north", "out": tmp_path / "x"} | options

    with pytest.raises(CommandError, match=said):
        call_command("export_audit", **given)


@pytest.mark.parametrize(("form", "start"), [("pem", "-----BEGIN PUBLIC KEY"), ("note", "audit.")])
def test_key_command(db: None, capsys: pytest.CaptureFixture[str], form: str, start: str):
    call_command("audit_key", format=form)

    assert capsys.readouterr().out.startswith(start)
