"""The archive of a brand: whole, signed, safe for spreadsheets, checked offline; its link."""

import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from compliance import verify_brand
from compliance.choices import ExportState
from compliance.domain.closing import archive as archive_files
from compliance.domain.closing.export_job import run_brand_export
from compliance.domain.closing.exports import (
    cancel_brand_export,
    drop_expired_brand_exports,
    make_link,
    open_brand_export,
    request_brand_export,
)
from compliance.domain.closing.tables import exported_tables
from compliance.domain.keys import public_key_text, signing_key
from compliance.domain.queries import brand_exports_to_run
from compliance.exceptions import ExportNotReady
from compliance.models import AuditEvent, BrandExport
from compliance.tasks import run_brand_export as run_brand_export_task
from inbox.models import ChannelAccount, Message
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.closing.stage import archive
from tests.factories.api import make_token
from tests.factories.inbox import make_account, make_conversation, make_message


def kinds(brand: Brand) -> list[str]:
    with brand_scope(brand.pk):
        events = AuditEvent.objects.filter(kind__startswith="compliance.brand_export")
        return [k.rpartition(".")[2] for k in events.order_by("pk").values_list("kind", flat=True)]


def saved(export: BrandExport, path: Path) -> Path:
    with default_storage.open(export.file.name) as file:
        path.write_bytes(file.read())
    return path


def lines(path: Path, table: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as opened:
        return [json.loads(line) for line in opened.read(f"tables/{table}.jsonl").splitlines()]


@pytest.fixture
def key(db: None, tmp_path: Path) -> str:
    path = tmp_path / "key.pem"
    path.write_text(public_key_text(signing_key()))
    return str(path)


def test_everything_of_the_brand_is_in_it_and_nothing_of_others(
    north: Brand, south: Brand, account: ChannelAccount, olga: User, tmp_path: Path
) -> None:
    with brand_scope(south.pk):
        make_message(make_conversation(make_account(south, external_id="777")), "Süd")
    make_token(north, "inbox.conversation.view")

    path = saved(archive(north, actor=olga), tmp_path / "a.zip")

    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        stored = {t.label: t.rows(north).count() for t in exported_tables()}
        texts = set(Message.objects.values_list("text", flat=True))
    manifest = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    told = {f["table"]: f["rows"] for f in manifest["files"] if f["file"].startswith("tables/")}
    assert told["inbox.message"] == 3
    late = {"compliance.auditexport": stored["compliance.auditexport"]}  # made by the archive
    assert told | late == stored
    assert {row["text"] for row in lines(path, "inbox.message")} == texts
    assert {row["brand_id"] for row in lines(path, "inbox.contact")} == {str(north.pk)}
    assert "token" not in path.read_bytes().decode("latin-1").split("PK")[0]
    accounts, tokens = lines(path, "inbox.channelaccount"), lines(path, "tenants.apitoken")
    assert "access_token" not in accounts[0]
    assert accounts[0]["external_id"] == "5551"
    assert "token_sha256" not in tokens[0]
    withheld = {entry["column"] for entry in manifest["withheld"]}
    assert {"inbox.channelaccount.access_token", "tenants.apitoken.token_sha256"} <= withheld
    assert all(entry["why"] for entry in manifest["withheld"] + manifest["left_out"])
    readme = zipfile.ZipFile(path).read("README.txt").decode()
    assert "ENGLISH" in readme
    assert "DEUTSCH" in readme


def test_spreadsheets_do_not_run_what_a_person_wrote(
    north: Brand, olga: User, tmp_path: Path
) -> None:
    wicked = ["=1+1", "+49 170", "-2", "@SUM(A1)", " =cmd", "\t=x", "harmless", 'a"b\nc']
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        for text in wicked:
            make_message(conversation, text)

    path = saved(archive(north, actor=olga), tmp_path / "a.zip")

    raw = zipfile.ZipFile(path).read("readable/inbox.message.csv").decode("utf-8-sig")
    shown = {row["text"] for row in csv.DictReader(io.StringIO(raw, newline=""))}
    assert shown == {*(f"'{text}" for text in wicked[:6]), *wicked[6:]}


def _replace(path: Path, name: str, change: Callable[[bytes], bytes | None]) -> Path:
    """A copy of the archive with one file changed, or left out."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for entry in old.namelist():
            content: bytes | None = old.read(entry)
            if entry == name:
                content = change(old.read(entry))
            if content is not None:
                new.writestr(entry, content)
    return copy


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("tables/inbox.message.jsonl", lambda b: b.replace(b"grunkle", b"gronkle"), "was changed"),
        ("tables/inbox.contact.jsonl", lambda _b: None, "is missing"),
        ("README.txt", lambda b: b + b"!", "was changed"),
        ("manifest.json", lambda b: b.replace(b"North", b"South"), "belongs to something else"),
        ("manifest.sig", lambda b: b.replace(b"\n", b"\n\n", 1), "sign"),
        ("manifest.sig", lambda _b: None, "no single manifest.sig"),
    ],
)
def test_every_change_is_found(
    north: Brand,
    account: ChannelAccount,
    olga: User,
    key: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    change: Callable[[bytes], bytes | None],
    words: str,
) -> None:
    path = saved(archive(north, actor=olga), tmp_path / "a.zip")
    assert verify_brand.main([str(path), "--key", key]) == 0
    assert "GENUINE: nothing was changed" in capsys.readouterr().out

    assert verify_brand.main([str(_replace(path, name, change)), "--key", key]) == 1
    assert words in capsys.readouterr().out


def test_what_was_added_and_what_is_no_archive(
    north: Brand, account: ChannelAccount, olga: User, key: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = saved(archive(north, actor=olga), tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr("tables/forged.jsonl", "{}\n")
    assert verify_brand.main([str(path), "--key", key]) == 1
    assert "is not in the manifest" in capsys.readouterr().out
    for text in ("", "[]", "{}", "PK\x03\x04"):
        path.write_text(text)
        assert verify_brand.main([str(path), "--key", key]) == 2
    assert verify_brand.main([str(tmp_path / "nothing"), "--key", key]) == 2


def test_each_step_is_an_event_and_the_parts_are_gone(
    north: Brand, account: ChannelAccount, olga: User
) -> None:
    export = archive(north, actor=olga)

    assert kinds(north) == ["requested", "started", "finished", "downloaded"]
    assert (export.downloads, export.rows_done) == (1, export.rows_total)
    folders, files = default_storage.listdir(f"brands/{north.pk}/closing")
    assert files == [f"{export.pk}.zip"]
    assert [default_storage.listdir(f"brands/{north.pk}/closing/{f}")[1] for f in folders] == [[]]


def test_rights_and_bad_input(
    north: Brand, account: ChannelAccount, olga: User, ada: User, aud: User, gus: User
) -> None:
    done = archive(north, actor=olga)
    with brand_scope(north.pk):
        for person in (ada, aud, gus):
            for verb in (
                lambda who: request_brand_export(north, purpose="x", actor=who),
                lambda who: cancel_brand_export(done, actor=who),
                lambda who: open_brand_export(done, actor=who),
                lambda who: make_link(done, actor=who),
            ):
                with pytest.raises(NotAllowed):
                    verb(person)
        with pytest.raises(InvalidInput):
            request_brand_export(north, purpose=" ", actor=olga)


def test_asked_twice_cancelled_and_swept(north: Brand, account: ChannelAccount, olga: User) -> None:
    with brand_scope(north.pk):
        export = request_brand_export(north, purpose="x", actor=olga)
        assert request_brand_export(north, purpose="y", actor=olga) == export
    assert brand_exports_to_run() == [(north.pk, export.pk)]
    with brand_scope(north.pk):
        assert cancel_brand_export(export, actor=olga).state == ExportState.CANCELLED

    run_brand_export_task(brand_id=str(north.pk), export_id=str(export.pk))

    with brand_scope(north.pk):
        export.refresh_from_db()
        assert (export.state, bool(export.file)) == (ExportState.CANCELLED, False)
        with pytest.raises(ExportNotReady):
            open_brand_export(export, actor=olga)
    assert brand_exports_to_run() == []


def test_cancelled_in_the_middle_leaves_no_files(
    north: Brand, account: ChannelAccount, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with brand_scope(north.pk):
        export = request_brand_export(north, purpose="x", actor=olga)

    def write(table: Any, *args: Any, **kwargs: Any) -> Any:
        if table.label == "inbox.message":
            with brand_scope(north.pk):
                cancel_brand_export(export, actor=olga)
        return archive_files.write_table(table, *args, **kwargs)

    monkeypatch.setattr("compliance.domain.closing.export_job.write_table", write)
    assert run_brand_export(export.pk, brand_id=north.pk) is None

    left = default_storage.listdir(f"brands/{north.pk}/closing/{export.pk}")[1]
    assert left in ([], ["inbox.message.jsonl"])


def test_the_file_goes_after_two_weeks(north: Brand, account: ChannelAccount, olga: User) -> None:
    export = archive(north, actor=olga)
    assert drop_expired_brand_exports() == 0

    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert drop_expired_brand_exports() == 1

    assert not default_storage.exists(export.file.name)
    assert kinds(north)[-1] == "expired"


def test_memory_stays_flat(
    north: Brand, olga: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        rows = [
            Message(
                brand=north, account_id=conversation.account_id, conversation=conversation,
                direction="in", external_id=f"m{n}", text="x" * 5000,
                occurred_at=timezone.now(), received_at=timezone.now(),
            )
            for n in range(4000)
        ]  # fmt: skip
        Message.objects.bulk_create(rows)
    del rows
    monkeypatch.setattr(archive_files, "CHUNK", 200)

    tracemalloc.start()
    export = archive(north, actor=olga)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert export.rows_done >= 4000
    assert peak < 12_000_000  # the texts alone are 20 MB


def test_the_link_works_once_without_an_account(
    client: Client, north: Brand, account: ChannelAccount, olga: User
) -> None:
    export = archive(north, actor=olga)
    with brand_scope(north.pk):
        old, token = make_link(export, actor=olga), make_link(export, actor=olga)
    url = f"/archive/{token}/"

    assert client.get(url).status_code == 200
    looked = client.get(url)
    assert export.sha256 in looked.content.decode()
    assert "no-store" in looked["Cache-Control"]
    taken = client.post(url)
    content = b"".join(taken.streaming_content)  # type: ignore[attr-defined]

    assert taken["Content-Type"] == "application/zip"
    assert len(content) == export.size_bytes
    assert [client.post(url).status_code, client.get(url).status_code] == [410, 410]
    assert client.get(f"/archive/{old}/").status_code == 410
    assert client.get(f"/archive/{token[:-2]}/").status_code == 404
    assert kinds(north)[-3:] == ["link_made", "link_made", "downloaded"]
    with brand_scope(north.pk):
        assert BrandExport.objects.get(pk=export.pk).downloads == 2


def test_the_link_ends_after_three_days(
    client: Client, north: Brand, account: ChannelAccount, olga: User
) -> None:
    export = archive(north, actor=olga)
    with brand_scope(north.pk):
        token = make_link(export, actor=olga)

    with time_machine.travel(timezone.now() + timedelta(hours=72, minutes=1)):
        assert client.get(f"/archive/{token}/").status_code == 404
        assert client.post(f"/archive/{token}/").status_code == 404
