"""CSV and PDF, masking, and going on after a kill."""

import csv
import io
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from compliance.choices import ExportState
from compliance.domain import export_job
from compliance.domain.audit import record
from compliance.domain.export_job import run_export
from compliance.domain.exports import ExportForm, cancel_export, request_export
from compliance.domain.keys import public_key_text, signing_key
from compliance.models import AuditExport
from compliance.verify_audit import main as verify
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests import databases
from tests.compliance.ledger import ENGINE, fill

ROOT = Path(__file__).parents[3]


def ask(brand: Brand, form: ExportForm, **filters: str) -> AuditExport:
    with brand_scope(brand.pk):
        return request_export(brand, actor=ENGINE, filters=filters, purpose="Prüfung", form=form)  # type: ignore[arg-type]


def make(brand: Brand, form: ExportForm, **filters: str) -> AuditExport:
    done = run_export(ask(brand, form, **filters).pk, brand_id=brand.pk)
    assert done is not None
    assert (done.state, done.failure) == (ExportState.DONE, "")
    return done


def table(export: AuditExport) -> list[dict[str, str]]:
    data = Path(export.file.path).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def changed(north: Brand, ada: User) -> None:
    with brand_scope(north.pk):
        record(
            "tenants.brand.changed",
            north,
            actor=ada,
            reason="=cmd|' /C calc'!A1",
            before={"name": "Old"},
            after={"name": "+49 30"},
            personal={"note": "Für Lena"},
            correlation_id="cid-1",
        )


def test_csv_has_a_safe_line_for_every_event(north: Brand, changed: None) -> None:
    fill(north, 25)
    rows = table(make(north, ExportForm(format="csv", language="en", recipient="Dr. Prüfer")))
    assert len(rows) == 27  # and the request itself
    first = rows[0]
    assert (first["Name of who acted"], first["What was done"]) == ("Ada", "Brand changed")
    assert first["Reason"] == "'=cmd|' /C calc'!A1"
    assert (first["Before"], first["After"]) == ("name: Old", "name: +49 30")
    assert first["Further values"] == "note: Für Lena"
    assert {row["Exported for"] for row in rows} == {"Dr. Prüfer"}
    assert [row["Number in the log"] for row in rows] == [str(n) for n in range(1, 28)]


def test_csv_of_chosen_columns_in_german_with_a_filter(north: Brand, changed: None) -> None:
    fill(north, 5)
    form = ExportForm(format="csv", columns=("did", "at"), language="de")
    rows = table(make(north, form, cid="cid-1"))
    assert len(rows) == 1
    assert len(rows[0]) == 2


@pytest.mark.parametrize("kind", ["csv", "jsonl", "pdf"])
def test_masked_files_name_nobody(
    north: Brand, changed: None, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_open = Path(make(north, ExportForm(format=kind)).file.path).read_bytes()
    masked = Path(make(north, ExportForm(format=kind, is_masked=True)).file.path)
    for words in (b"Lena", b"Ada", b"+49 30", b"/C calc"):
        if kind == "csv" or (kind == "jsonl" and words != b"Ada"):
            assert words in made_open
        assert words not in masked.read_bytes()
    if kind == "jsonl":
        key = public_key_text(signing_key(), "base64").strip()
        assert verify([str(masked), "--key", key]) == 0
        assert "readable values were left out" in capsys.readouterr().out


@pytest.mark.parametrize(("language", "word"), [("de", "de"), ("en", "en")])
def test_the_summary_is_a_tagged_pdf_of_its_language(
    north: Brand, changed: None, language: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(north, 40)
    told: dict[str, Any] = {}
    real = export_job.summary

    def spy(export: Any, brand: Any, checkpoint: Any, tally: Any, *, origin: str) -> bytes:
        told.update(kinds=dict(tally.kinds), rows=tally.rows, first=tally.first, last=tally.last)
        return real(export, brand, checkpoint, tally, origin=origin)

    monkeypatch.setattr(export_job, "summary", spy)
    monkeypatch.setattr(export_job, "STEP", 16)
    done = make(north, ExportForm(format="pdf", language=language, recipient="Dr. Prüfer"))
    assert told["kinds"] == {
        "inbox.message.received": 40,
        "tenants.brand.changed": 1,
        "compliance.export.requested": 1,
    }
    assert told["rows"] == done.rows_done == 42
    assert told["first"] < told["last"]
    made = Path(done.file.path).read_bytes()
    assert made.startswith(b"%PDF-1.7")
    assert f"<rdf:li>{word}</rdf:li>".encode() in made
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in made


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (ExportForm(format="exe"), "format"),
        (ExportForm(format="csv", columns=("at", "password")), "columns"),
        (ExportForm(language="xx"), "language"),
    ],
)
def test_forms_that_are_none(north: Brand, form: ExportForm, field: str) -> None:
    with brand_scope(north.pk), pytest.raises(InvalidInput) as refused:
        request_export(north, actor=ENGINE, filters={}, purpose="x", form=form)
    assert refused.value.field == field


# Progress and going on


def test_progress_is_told_from_the_start_and_in_every_chunk(
    north: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(north, 30)
    monkeypatch.setattr(export_job, "CHUNK", 10)
    told: list[tuple[int, int | None]] = []
    real = export_job._Job.tell

    def tell(self: Any, *args: Any, **kwargs: Any) -> None:
        real(self, *args, **kwargs)
        told.append((self.rows, self.total))

    monkeypatch.setattr(export_job._Job, "tell", tell)
    make(north, ExportForm(format="csv"))
    assert told[0] == (0, 31)
    assert sorted({rows for rows, _total in told}) == [0, 10, 20, 30, 31]


KILLED = """
import django; django.setup()
from uuid import UUID
from compliance.domain import export_job
export_job.CHUNK, export_job.PART_ROWS = 10, 20
real = export_job._keep_part
def keep(job, file, *, rows, last):
    real(job, file, rows=rows, last=last)
    print(last, flush=True)
    if last > 0:
        import time; time.sleep(0.3)
export_job._keep_part = keep
export_job.run_export(UUID("{export}"), brand_id=UUID("{brand}"))
"""


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_an_export_killed_again_and_again_goes_on_where_it_was(
    committed: None,
    north: Brand,
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(north, 100)
    export = ask(north, ExportForm(format=kind))
    read: list[int] = []
    for attempt in range(1, 4):
        read += _killed_after_a_part(export, tmp_path)
        with brand_scope(north.pk):
            left = AuditExport.objects.get(pk=export.pk)
            assert (left.state, left.attempt) == (ExportState.RUNNING, attempt)
            AuditExport.objects.filter(pk=export.pk).update(lease_until=timezone.now())
    assert read == sorted(read)  # no piece was made twice
    before = left.parts
    assert len(before) >= 3
    fill(north, 5)  # later than the checkpoint of the export

    seen: list[int] = []
    real = export_job.read_rows

    def reading(*args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["after"])
        return real(*args, **kwargs)

    monkeypatch.setattr(export_job, "read_rows", reading)
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        done = run_export(export.pk, brand_id=north.pk)

    assert done is not None
    assert (done.state, done.rows_done) == (ExportState.DONE, 101)
    assert seen[0] == before[-1]["last"]
    assert not any(default_storage.exists(part["path"]) for part in before)
    if kind == "csv":
        numbers = [int(row[next(iter(row))]) for row in table(done)]
        assert numbers == list(range(1, 102))
    else:
        key = public_key_text(signing_key(), "base64").strip()
        assert verify([str(done.file.path), "--key", key]) == 0


def _killed_after_a_part(export: AuditExport, folder: Path) -> list[int]:
    env = os.environ | {
        "DATABASE_URL": databases.url("APP", connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "engage.settings_test",
        "DATA_DIR": str(folder),
    }
    code = KILLED.format(export=export.pk, brand=export.brand_id)
    found: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while not found or found[-1] < 0:
            line = process.stdout.readline()
            assert line, "it ended before it could be killed"
            found.append(int(line))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    return [last for last in found if last >= 0]


def test_pieces_of_a_cancelled_export_go(
    north: Brand,
    aud: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    fill(north, 30)
    monkeypatch.setattr(export_job, "CHUNK", 5)
    monkeypatch.setattr(export_job, "PART_ROWS", 10)
    export = ask(north, ExportForm(format="csv"))
    with monkeypatch.context() as patch:
        patch.setattr(export_job, "_finish", lambda *_a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_export(export.pk, brand_id=north.pk)
    with brand_scope(north.pk):
        parts = AuditExport.objects.get(pk=export.pk).parts
        assert all(default_storage.exists(part["path"]) for part in parts)
        assert len(parts) == 5
        with django_capture_on_commit_callbacks(execute=True):
            cancel_export(export, actor=aud)
    assert not any(default_storage.exists(part["path"]) for part in parts)
