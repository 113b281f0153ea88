"""Packs as an auditor gets them: unpacked, checked offline, tampered with."""

import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from compliance.choices import ExportState
from compliance.domain import export_job
from compliance.domain.audit import record
from compliance.domain.keys import public_key_text, signing_key
from compliance.domain.packs import job
from compliance.domain.packs.job import PERIOD, run_pack
from compliance.domain.packs.packs import (
    cancel_pack,
    drop_expired_packs,
    open_pack,
    request_pack,
)
from compliance.domain.queries import packs_to_run
from compliance.exceptions import ExportNotReady
from compliance.models import AuditEvent, Consent, EvidencePack, RetentionRun, Vendor
from compliance.registries import evidence_cases
from moderation.choices import Category
from moderation.domain.decisions import hide_comment, restore
from moderation.models import Decision
from tenants.exceptions import InvalidInput, NotAllowed, NotFound
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.ledger import fill
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_rule
from tests.factories.tenants import speaks_english

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
FILES = {
    "README.txt",
    "report.de.pdf",
    "report.en.pdf",
    "report.de.html",
    "report.en.html",
    "events.jsonl",
    "checkpoint.txt",
    "public-key.pem",
    "key-chain.txt",
    "verify_audit.py",
    "manifest.json",
    "manifest.sig",
}


@pytest.fixture
def decision(north: Brand, mo: User) -> Decision:
    with brand_scope(north.pk):
        message = make_message(
            make_conversation(make_account(north)), "Buy <b>followers</b> =now 😀"
        )
        other = make_message(message.conversation, "Another comment")
        make_rule(message)
        made = hide_comment(message, category=Category.SPAM, reason="Sells followers", actor=mo)
        hide_comment(other, category=Category.SPAM, reason="Also spam", actor=mo)
        restore(made, reason="Mistaken for somebody else", actor=mo)
    return made


def make_pack(brand: Brand, actor: User, **wanted: Any) -> EvidencePack:
    with brand_scope(brand.pk):
        pack = request_pack(brand, actor=actor, **{"purpose": "Prüfung"} | wanted)
    done = run_pack(pack.pk, brand_id=brand.pk)
    assert done is not None
    assert (done.state, done.failure) == (ExportState.DONE, "")
    return done


def unpack(pack: EvidencePack, folder: Path) -> Path:
    with zipfile.ZipFile(pack.file.path) as archive:
        archive.extractall(folder)
    return folder


def verify(folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """The program of the pack itself, without site packages, with a key from elsewhere."""
    key = tmp_path / "key.pem"
    key.write_text(public_key_text(signing_key()))
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify_audit.py", ".", "--key", str(key)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": ""},
    )


def of_decision(decision: Decision) -> dict[str, str]:
    return {"case_key": "decision", "object_ref": str(decision.pk)}


def test_the_pack_of_a_decision_proves_itself_offline(
    north: Brand, aud: User, decision: Decision, tmp_path: Path
) -> None:
    pack = make_pack(north, aud, recipient="Dr. Prüfer", **of_decision(decision))
    folder = unpack(pack, tmp_path / "pack")

    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == (
        FILES | {"files/statement-of-reasons.txt"}
    )
    answer = verify(folder, tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "every file is the one that was signed" in answer.stdout
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    kinds = [json.loads(line["leaf"])["kind"] for line in lines[1:-1]]
    assert kinds.count("moderation.decision.made") == 2  # the hiding and its reversal, no other
    assert pack.rows_done == len(kinds)
    assert lines[0]["recipient"] == "Dr. Prüfer"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {entry["file"] for entry in manifest["files"]} == (
        FILES | {"files/statement-of-reasons.txt"}
    ) - {"manifest.json", "manifest.sig"}


def test_the_reports_tell_the_case_in_two_languages_with_the_recipient(
    north: Brand, aud: User, decision: Decision, tmp_path: Path
) -> None:
    folder = unpack(
        make_pack(north, aud, recipient="Dr. Prüfer", **of_decision(decision)), tmp_path / "pack"
    )
    german = (folder / "report.de.html").read_text()
    english = (folder / "report.en.html").read_text()

    for words in ("Keine Werbung.", "Dr. Prüfer", "Mo", "Mistaken for somebody else"):
        assert words in german
    for words in ("No advertising.", "Dr. Prüfer", "Decision made", "What happened"):
        assert words in english
    assert "Buy &lt;b&gt;followers&lt;/b&gt;" in english
    assert "<b>followers" not in english
    for language in ("de", "en"):
        made = (folder / f"report.{language}.pdf").read_bytes()
        assert made.startswith(b"%PDF-1.7")
        assert b"<pdfaid:part>2</pdfaid:part>" in made
        assert f"<rdf:li>{language}</rdf:li>".encode() in made


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("events.jsonl", "row "),
        ("report.de.pdf", "report.de.pdf: was altered"),
        ("report.en.html", "report.en.html: was altered"),
        ("manifest.json", "manifest.json was altered"),
        ("checkpoint.txt", "checkpoint.txt: was altered"),
        ("files/statement-of-reasons.txt", "statement-of-reasons.txt: was altered"),
    ],
)
def test_one_flipped_bit_is_found_and_named(
    north: Brand, aud: User, decision: Decision, tmp_path: Path, name: str, said: str
) -> None:
    folder = unpack(make_pack(north, aud, **of_decision(decision)), tmp_path / "pack")
    path = folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    answer = verify(folder, tmp_path)

    assert answer.returncode == 1
    assert answer.stdout.startswith("TAMPERED")
    assert said in answer.stdout


def test_a_file_taken_out_or_put_in_is_found(
    north: Brand, aud: User, decision: Decision, tmp_path: Path
) -> None:
    folder = unpack(make_pack(north, aud, **of_decision(decision)), tmp_path / "pack")
    (folder / "report.de.pdf").unlink()
    (folder / "files" / "letter.txt").write_text("We are sorry.")
    answer = verify(folder, tmp_path)
    assert answer.returncode == 1
    assert "report.de.pdf: is missing" in answer.stdout
    assert "files/letter.txt: is no part of the pack" in answer.stdout


def test_a_masked_pack_holds_no_words_of_anybody_and_still_proves_itself(
    north: Brand, aud: User, decision: Decision, tmp_path: Path
) -> None:
    open_one = unpack(make_pack(north, aud, **of_decision(decision)), tmp_path / "open")
    folder = unpack(
        make_pack(north, aud, is_masked=True, **of_decision(decision)), tmp_path / "pack"
    )
    words = ("followers", "Sells", "Mistaken")
    for word in words:
        assert any(
            word in path.read_text("utf-8", "replace")
            for path in open_one.rglob("*")
            if path.suffix in (".html", ".jsonl", ".txt")
        )
        for path in folder.rglob("*"):
            if path.is_file():
                assert word.encode() not in path.read_bytes(), path.name
    answer = verify(folder, tmp_path)
    assert answer.returncode == 0
    assert "readable values were left out: the export is masked" in answer.stdout


def test_a_period_holds_all_events_of_it(north: Brand, aud: User, tmp_path: Path) -> None:
    fill(north, 30)
    pack = make_pack(north, aud, case_key=PERIOD, since=SINCE, until=UNTIL)
    assert pack.rows_done == 31  # asking for it is the last
    assert verify(unpack(pack, tmp_path / "p"), tmp_path).returncode == 0
    past = make_pack(north, aud, case_key=PERIOD, since=SINCE, until=SINCE + timedelta(days=1))
    assert past.rows_done == 0
    assert verify(unpack(past, tmp_path / "q"), tmp_path).returncode == 0


def test_every_case_of_a_brand_makes_a_pack(north: Brand, aud: User, tmp_path: Path) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        rows = {
            "consent": Consent.objects.create(
                brand=north,
                channel="mail",
                address_hash="ab" * 32,
                purpose="marketing",
                state="granted",
                since=now,
                source="form",
            ),
            "retention": RetentionRun.objects.create(
                brand=north,
                as_of=now,
                requested_ref="x",
                requested_at=now,
                counts={"inbox.message": 3},
                receipt="Signed receipt",
            ),
            "vendor": Vendor.objects.create(brand=north, name="Cloud AG", created_at=now),
        }
        for row in rows.values():
            record("compliance.case.read", row, actor=aud)
    assert set(rows) | {"request", "erasure", "decision"} <= {case.key for case in evidence_cases}
    for key, row in rows.items():
        pack = make_pack(north, aud, case_key=key, object_ref=str(row.pk))
        assert pack.rows_done == 1
        assert verify(unpack(pack, tmp_path / key), tmp_path).returncode == 0
    assert (tmp_path / "retention" / "files" / "receipt.txt").read_text() == "Signed receipt"
    assert "Cloud AG" in (tmp_path / "vendor" / "report.de.html").read_text()


# Rights, life


def test_rights(
    north: Brand, south: Brand, aud: User, mo: User, gus: User, decision: Decision
) -> None:
    for user in (mo, gus):
        with brand_scope(north.pk), pytest.raises(NotAllowed):
            request_pack(north, purpose="x", actor=user, **of_decision(decision))
    pack = make_pack(north, aud, **of_decision(decision))
    with brand_scope(north.pk), pytest.raises(NotAllowed):
        open_pack(pack, actor=mo)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"case_key": "decision", "object_ref": str(uuid4())}, NotFound),
        ({"case_key": "decision", "object_ref": "'; drop"}, NotFound),
        ({"case_key": "nothing", "object_ref": "1"}, InvalidInput),
        ({"case_key": PERIOD}, InvalidInput),
        ({"case_key": PERIOD, "since": UNTIL, "until": SINCE}, InvalidInput),
        ({"case_key": PERIOD, "since": SINCE, "until": UNTIL, "purpose": " "}, InvalidInput),
    ],
)
def test_bad_requests(north: Brand, aud: User, wanted: dict[str, Any], error: Any) -> None:
    with brand_scope(north.pk), pytest.raises(error):
        request_pack(north, actor=aud, **{"purpose": "x"} | wanted)
    with brand_scope(north.pk):
        assert not EvidencePack.objects.exists()


def test_another_brands_object_is_not_found(
    north: Brand, south: Brand, olga: User, decision: Decision
) -> None:
    with brand_scope(south.pk), pytest.raises(NotFound):
        request_pack(south, purpose="x", actor=olga, **of_decision(decision))


def test_every_step_is_an_event_and_the_file_goes_after_a_week(
    north: Brand, aud: User, decision: Decision
) -> None:
    pack = make_pack(north, aud, **of_decision(decision))
    path = Path(pack.file.path)
    with brand_scope(north.pk):
        open_pack(pack, actor=aud).close()
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=5)):
        with brand_scope(north.pk), pytest.raises(ExportNotReady):
            open_pack(pack, actor=aud)
        assert (drop_expired_packs(), drop_expired_packs()) == (1, 0)
    assert not path.exists()
    with brand_scope(north.pk):
        kinds = AuditEvent.objects.filter(object_type="compliance.evidencepack").order_by("pk")
        assert list(kinds.values_list("kind", flat=True)) == [
            f"compliance.evidence.{deed}"
            for deed in ("requested", "started", "finished", "downloaded", "expired")
        ]


def test_a_cancelled_or_vanished_case_ends(
    north: Brand, aud: User, decision: Decision, monkeypatch: pytest.MonkeyPatch
) -> None:
    with brand_scope(north.pk):
        pack = request_pack(north, purpose="x", actor=aud, **of_decision(decision))
        cancel_pack(pack, actor=aud)
    assert run_pack(pack.pk, brand_id=north.pk) is None
    speaks_english(north)
    with brand_scope(north.pk):
        gone = request_pack(north, purpose="x", actor=aud, **of_decision(decision))
        EvidencePack.objects.filter(pk=gone.pk).update(object_ref=str(uuid4()))
    failed = run_pack(gone.pk, brand_id=north.pk)
    assert failed is not None
    assert (failed.state, failed.failure) == (
        ExportState.FAILED,
        "The object of the case is not there any more.",
    )


def test_a_killed_worker_is_replaced(
    north: Brand, aud: User, decision: Decision, monkeypatch: pytest.MonkeyPatch
) -> None:
    with brand_scope(north.pk):
        pack = request_pack(north, purpose="x", actor=aud, **of_decision(decision))
    with monkeypatch.context() as patch:
        patch.setattr(job, "_finish", lambda *_a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_pack(pack.pk, brand_id=north.pk)
    assert packs_to_run() == []
    with time_machine.travel(timezone.now() + export_job.LEASE + timedelta(seconds=1)):
        assert packs_to_run() == [(north.pk, pack.pk)]
        done = run_pack(pack.pk, brand_id=north.pk)
    assert done is not None
    assert (done.state, done.attempt) == (ExportState.DONE, 2)
