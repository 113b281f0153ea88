"""The platform tree in exports: a brand's place in it, what was anchored, nothing of others."""

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.domain.anchors import FileAnchor, anchor_all, anchored_sizes
from compliance.domain.export_job import run_export
from compliance.domain.exports import open_export, request_export
from compliance.domain.keys import note_key, public_key_text, signing_key
from compliance.domain.merkle import EMPTY_ROOT, leaf_hash, tree_root
from compliance.domain.notes import sign_note
from compliance.domain.platform_tree import (
    latest_platform_checkpoint,
    seal_platform,
    seal_whole_platform,
)
from compliance.domain.sequencer import seal_all
from compliance.exceptions import AnchorRefused, AppendOnly
from compliance.models import (
    AnchorRecord,
    AuditEvent,
    AuditExport,
    Checkpoint,
    PlatformCheckpoint,
    PlatformLeaf,
)
from tenants.domain.agencies import own_brand
from tenants.exceptions import InvalidInput
from tenants.models import Agency, Brand, OutgoingMail, User
from tenants.scope import agency_scope, brand_scope
from tests.compliance.evidence.verifier import verify
from tests.compliance.ledger import ENGINE, export_to, fill, lines_of, make_export, write_lines


@pytest.fixture
def key(db: None) -> str:
    return public_key_text(signing_key(), "base64").strip()


def _notes(*brands: Brand) -> dict[Any, str]:
    found = {}
    for brand in brands:
        with brand_scope(brand.pk):
            found |= dict(Checkpoint.objects.values_list("pk", "note"))
    return found


def test_tree_is_the_tree_over_the_checkpoints(north: Brand, south: Brand):
    for brand in (north, south, north):
        fill(brand, 2)
        seal_all(brand.pk)
        seal_platform()
    seal_whole_platform(looks_at_all=True)

    newest = latest_platform_checkpoint()

    assert newest is not None
    notes = _notes(north, south)
    leaves = list(PlatformLeaf.objects.order_by("index"))
    assert [leaf.index for leaf in leaves] == list(range(newest.size))
    ours = [bytes(leaf.hash) for leaf in leaves if leaf.checkpoint_ref in notes]
    assert ours == [
        leaf_hash(notes[leaf.checkpoint_ref].encode())
        for leaf in leaves
        if leaf.checkpoint_ref in notes
    ]
    assert len(ours) == len(notes) == 3
    assert bytes(newest.root) == tree_root([bytes(leaf.hash) for leaf in leaves]) != EMPTY_ROOT
    assert seal_platform() is None


def test_export_shows_its_place_and_nothing_of_other_brands(
    north: Brand, south: Brand, tmp_path: Path, key: str
):
    fill(south, 3)
    seal_all(south.pk)
    fill(north, 3)
    path = export_to(tmp_path / "north.jsonl", north)

    code, said = verify(path, key=key)

    assert code == 0, said
    assert "stands in the platform tree as no. " in said
    text = path.read_text("utf-8")
    (of_south,) = _notes(south).values()
    for secret in (str(south.pk), south.name, of_south, of_south.split("\n")[2]):
        assert secret not in text


def _tamper(path: Path, change: Any) -> Path:
    lines = lines_of(path)
    change(lines[0])
    return write_lines(path.with_name("forged.jsonl"), lines)


def _other_index(header: dict[str, Any]) -> None:
    header["platform"]["index"] += 1


def _padded(header: dict[str, Any]) -> None:
    proof = base64.b64decode(header["platform"]["proof"]) + bytes(32)
    header["platform"]["proof"] = base64.b64encode(proof).decode()


def _root_changed(header: dict[str, Any]) -> None:
    lines = header["platform"]["checkpoint"].split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    header["platform"]["checkpoint"] = "\n".join(lines)


def _own_checkpoint(header: dict[str, Any]) -> None:
    header["platform"]["checkpoint"] = header["checkpoint"]


def _no_proof(header: dict[str, Any]) -> None:
    header["platform"] = {"checkpoint": header["platform"]["checkpoint"]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_index, "does not stand in the platform tree"),
        (_padded, "does not stand in the platform tree"),
        (_root_changed, "the platform checkpoint: the signature does not fit"),
        (_own_checkpoint, "the platform checkpoint belongs to audit.engage.local/"),
        (_no_proof, "part about the platform tree cannot be read"),
        (lambda header: header.update(platform=None), "not byte for byte"),
        (lambda header: header.update(platform="x"), "cannot be read"),
    ],
)
def test_forged_place(north: Brand, tmp_path: Path, key: str, change: Any, words: str):
    fill(north, 3)
    path = export_to(tmp_path / "north.jsonl", north)

    code, said = verify(_tamper(path, change), key=key)

    assert (code, words in said) == (1, True), said


def _mail_text() -> str:
    """As somebody saves it from their mail program."""
    mail = OutgoingMail.objects.order_by("pk").first()
    assert mail is not None
    return "Subject: " + mail.subject + "\r\n\r\n" + mail.text.replace("\n", "\r\n")


def test_mailed_checkpoint_is_extended_by_later_exports(
    north: Brand, olga: User, aud: User, ada: User, tmp_path: Path, key: str
):
    fill(north, 3)
    seal_all(north.pk)
    assert anchor_all() == 2
    assert anchor_all() == 0  # once a day
    assert {mail.to for mail in OutgoingMail.objects.all()} == {olga.email, aud.email}
    mail = tmp_path / "mail.txt"
    mail.write_bytes(_mail_text().encode())
    fill(north, 5)

    path = export_to(tmp_path / "later.jsonl", north)

    code, said = verify(path, "--platform", str(mail), key=key)
    assert (code, "extends the platform checkpoint of " in said) == (0, True), said


def test_rewritten_and_shrunk_platform_tree(north: Brand, olga: User, tmp_path: Path, key: str):
    fill(north, 3)
    seal_all(north.pk)
    anchor_all()
    held = PlatformCheckpoint.objects.get(size=anchored_sizes(north.pk)[0])
    signer = signing_key()

    def forge(size: int, root: bytes) -> str:
        origin = held.note.split("\n")[0]
        text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ntime 2026-01-01T00:00:00Z\n"
        note = tmp_path / "note.txt"
        note.write_text(
            sign_note(text, key=note_key(signer), private_key=signer.open_private_key())
        )
        return str(note)

    for _more in range(2):
        fill(north, 1)
        seal_all(north.pk)
        seal_platform()
    path = export_to(tmp_path / "later.jsonl", north)

    assert "was rewritten" in verify(path, "--platform", forge(held.size, bytes(32)), key=key)[1]
    assert "has shrunk" in verify(path, "--platform", forge(999, bytes(32)), key=key)[1]
    code, said = verify(path, "--platform", forge(held.size + 1, bytes(32)), key=key)
    assert (code, "has no proof for the platform checkpoint" in said) == (2, True), said
    brand_note = tmp_path / "brand.txt"
    brand_note.write_text(lines_of(path)[0]["checkpoint"])
    code, said = verify(path, "--platform", str(brand_note), key=key)
    assert (code, "the platform checkpoint you hold belongs to" in said) == (1, True), said


def test_anchor_is_told_to_each_agency_alone(
    north: Brand, main: Brand, olga: User, gus: User, settings: Any
):
    fill(north, 1)
    fill(main, 1)
    seal_all(north.pk)
    seal_all(main.pk)

    assert anchor_all() == 4

    (path,) = settings.ANCHOR_DIR.glob("*.txt")
    newest = latest_platform_checkpoint()
    assert newest is not None
    for agency in (north.agency, main.agency):
        own = own_brand(agency)
        with agency_scope(agency.pk):
            rows = AnchorRecord.objects.order_by("sink")
            assert [(row.sink, row.recipients, row.agency_id) for row in rows] == [
                ("file", 0, agency.pk),
                ("mail", 1, agency.pk),
            ]
            assert path.read_text("utf-8") == rows[0].checkpoint.note
        with brand_scope(own.pk):
            events = AuditEvent.objects.filter(kind="compliance.checkpoint.anchored")
            facts = [json.loads(event.body)["facts"] for event in events.order_by("at")]
        assert [fact["sink"] for fact in facts] == ["mail", "file"]
        assert {fact["size"] for fact in facts} == {newest.size}


def test_sink_that_refuses_is_tried_again(north: Brand, olga: User, settings: Any):
    fill(north, 1)
    seal_all(north.pk)
    settings.ANCHOR_DIR.parent.mkdir(exist_ok=True)
    settings.ANCHOR_DIR.write_text("in the way of the folder")

    assert anchor_all() == 1
    settings.ANCHOR_DIR.unlink()
    assert anchor_all() == 1
    assert OutgoingMail.objects.count() == 1


def test_anchor_file_is_never_overwritten(north: Brand, acme: Agency, settings: Any):

    fill(north, 1)
    seal_all(north.pk)
    newest = seal_whole_platform()
    assert newest is not None
    FileAnchor().hand_over(newest, acme)
    (path,) = settings.ANCHOR_DIR.glob("*.txt")
    path.write_text("another")

    with pytest.raises(AnchorRefused, match="holds another checkpoint"):
        FileAnchor().hand_over(newest, acme)

    assert path.read_text() == "another"


@pytest.mark.parametrize("table", ["platformleaf", "platformcheckpoint"])
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "UPDATE {} SET root = root", "TRUNCATE {} CASCADE"]
)
def test_platform_tree_is_append_only(north: Brand, table: str, statement: str):
    fill(north, 1)
    seal_all(north.pk)
    seal_platform()
    column = "hash" if table == "platformleaf" else "root"
    text = statement.format(f"compliance_{table}").replace("root", column)

    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute(text)

    for model in (PlatformLeaf, PlatformCheckpoint):
        with pytest.raises(AppendOnly):
            model.objects.all().delete()
        with pytest.raises(AppendOnly):
            model.objects.update(**({"hash": b""} if model is PlatformLeaf else {"root": b""}))
        assert model.objects.exists()


def test_zip_with_one_export(north: Brand, tmp_path: Path, key: str):
    fill(north, 3)
    path = export_to(tmp_path / "audit.jsonl", north)
    archive = tmp_path / "pack.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(path, "audit/audit.jsonl")
        file.writestr("other.jsonl", "{}\n")

    assert verify(archive, key=key)[0] == 0
    whole = archive.read_bytes()
    for broken in (whole[:-40], whole[:200], b"PK\x03\x04" + bytes(50)):
        archive.write_bytes(broken)
        code, said = verify(archive, key=key)
        assert (code, "the archive is broken" in said) == (2, True), said
    flipped = bytearray(whole)
    flipped[300] ^= 0xFF
    archive.write_bytes(bytes(flipped))
    code, said = verify(archive, key=key)
    assert (code, "the archive is broken" in said) == (2, True), said
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "nothing")
    assert "holds 0 exports" in verify(archive, key=key)[1]


def test_held_checkpoint_is_proven_by_a_filtered_export(
    north: Brand, south: Brand, tmp_path: Path, key: str
):
    fill(north, 4)
    seal_all(north.pk)
    fill(south, 4)
    seal_all(south.pk)
    (held,) = _notes(north).values()
    (other,) = _notes(south).values()
    fill(north, 3)
    wanted: Any = {"kind": "compliance.export.requested"}
    with brand_scope(north.pk):
        for text, words in (
            (other, "belongs to"),
            ("nonsense", "no checkpoint"),
            (held.replace("\n4\n", "\n5\n"), "does not fit"),
        ):
            with pytest.raises(InvalidInput, match=words):
                request_export(
                    north, actor=ENGINE, filters=wanted, purpose="x", held_checkpoint=text
                )
        request_export(
            north,
            actor=ENGINE,
            filters=wanted,
            purpose="x",
            held_checkpoint=f"Dear all,\r\n\r\n{held}\r\nBye",
        )
    note = tmp_path / "held.txt"
    note.write_text(held)
    with brand_scope(north.pk):
        pk = AuditExport.objects.get().pk
    done = run_export(pk, brand_id=north.pk)
    assert done is not None
    path = tmp_path / "some.jsonl"
    with brand_scope(north.pk), open_export(done, actor=ENGINE) as file:
        path.write_bytes(file.read())

    code, said = verify(path, "--since", str(note), key=key)

    assert (code, "extends the previous checkpoint of 4 events" in said) == (0, True), said


def test_without_the_request_a_filtered_export_has_no_proof_for_it(
    north: Brand, tmp_path: Path, key: str
):
    fill(north, 4)
    seal_all(north.pk)
    note = tmp_path / "held.txt"
    (held,) = _notes(north).values()
    note.write_text(held)
    path = export_to(tmp_path / "some.jsonl", north, kind="compliance.export.requested")

    code, said = verify(path, "--since", str(note), key=key)

    assert (code, "has no proof for the previous checkpoint" in said) == (2, True), said
    assert make_export(north).state == "done"
