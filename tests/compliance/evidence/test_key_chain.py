"""A new signing key: who held the old one follows, nobody follows a broken chain."""

import io
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from compliance.domain.key_chain import (
    chain_notes,
    every_key,
    followed,
    rotate_signing_key,
    succession_text,
)
from compliance.domain.keys import note_key, public_key_text, signing_key
from compliance.domain.ledger_check import ledger_problems
from compliance.domain.notes import NoteKey, NoteRefused, cosign_note, sign_note
from compliance.domain.sequencer import seal_all
from compliance.models import AuditEvent
from tenants.domain.agencies import own_brand
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.compliance.evidence.verifier import verify
from tests.compliance.ledger import export_to, fill, lines_of, write_lines


def _public() -> str:
    return public_key_text(signing_key(), "base64").strip()


def _stranger() -> tuple[NoteKey, Ed25519PrivateKey]:
    private_key = Ed25519PrivateKey.generate()
    raw = private_key.public_key().public_bytes_raw()
    return NoteKey("audit.engage.local", raw), private_key


def test_who_holds_the_first_key_follows_two_changes(north: Brand, tmp_path: Path):
    fill(north, 3)
    old_export = export_to(tmp_path / "old.jsonl", north)
    keys = [_public()]
    for reason in ("yearly", "yearly again"):
        rotate_signing_key(reason=reason)
        keys.append(_public())
    fill(north, 3)

    new_export = export_to(tmp_path / "new.jsonl", north)

    assert len(set(keys)) == 3
    for known in keys:
        code, said = verify(new_export, key=known)
        assert code == 0, said
    assert verify(new_export, key=keys[0])[1].count("followed the change of keys") == 2
    # What the old key signed stays good for who holds it, and is no business of the new key.
    assert verify(old_export, key=keys[0])[0] == 0
    assert "not signed by the given key" in verify(old_export, key=keys[2])[1]
    code, said = verify(new_export, "--since", str(old_export), key=keys[0])
    assert (code, "extends the previous checkpoint" in said) == (0, True), said
    assert list(ledger_problems(north.pk)) == []


def test_old_private_key_is_gone_and_every_agency_is_told(north: Brand, main: Brand):
    old = signing_key()

    new = rotate_signing_key(reason="yearly")

    old.refresh_from_db()
    assert (old.private_key, old.retired_at is not None) == ("", True)
    assert [key.pk for key in every_key()] == [old.pk, new.pk]
    for agency in (north.agency, main.agency):
        with brand_scope(own_brand(agency).pk):
            event = AuditEvent.objects.get(kind="compliance.key.rotated")
        assert (note_key(old).key_id in event.body, note_key(new).key_id in event.body) == (
            True,
            True,
        )


def _break_signature(chain: list[str]) -> list[str]:
    return [chain[0].replace("time 2", "time 3"), *chain[1:]]


def _by_a_stranger(chain: list[str]) -> list[str]:
    """A stranger writes the change from the old key to a key of theirs."""
    old = note_key(every_key()[0])
    new, private_key = _stranger()
    text = succession_text(old, new, at=timezone.now())
    return [sign_note(text, key=new, private_key=private_key), *chain[1:]]


def _without_the_new_key(chain: list[str]) -> list[str]:
    """The old key names a key whose owner never signed."""
    return [chain[0].rpartition("\u2014 ")[0], *chain[1:]]


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        (_break_signature, "change of keys no. 1: the signature does not fit"),
        (_by_a_stranger, "change of keys no. 1 is not signed by the given key"),
        (_without_the_new_key, "change of keys no. 1 is not signed by the given key"),
        (lambda chain: chain[1:], "the checkpoint is not signed by the given key"),
        (lambda chain: chain[:1], "the checkpoint is not signed by the given key"),
        (lambda _chain: ["x"], "is not the note of a change of keys"),
        (lambda _chain: "x", "not a list of notes"),
        (lambda _chain: None, "the checkpoint is not signed by the given key"),
    ],
)
def test_broken_chain(north: Brand, tmp_path: Path, breaking: Any, words: str):
    first = _public()
    rotate_signing_key(reason="one")
    rotate_signing_key(reason="two")
    fill(north, 2)
    lines = lines_of(export_to(tmp_path / "export.jsonl", north))
    assert len(lines[0]["keys"]) == 2
    lines[0]["keys"] = breaking(lines[0]["keys"])

    code, said = verify(write_lines(tmp_path / "forged.jsonl", lines), key=first)

    assert (code, words in said) == (1, True), said


def test_domain_follows_and_refuses_likewise(north: Brand):
    first = note_key(signing_key())
    rotate_signing_key(reason="one")
    second = note_key(signing_key())
    rotate_signing_key(reason="two")
    third = note_key(signing_key())
    chain = chain_notes()

    assert followed([first], chain) == [first, second, third]
    assert followed([second], chain) == [second, third]
    assert followed([first], chain[1:]) == [first]
    stranger, private_key = _stranger()
    text = succession_text(first, stranger, at=timezone.now())
    forged = cosign_note(
        sign_note(text, key=stranger, private_key=private_key),
        key=stranger,
        private_key=private_key,
    )
    with pytest.raises(NoteRefused):
        followed([first], [forged])
    with pytest.raises(NoteRefused):
        NoteKey.from_line(first.verifier_line()[:-4])


def test_commands(north: Brand):
    said = io.StringIO()

    call_command("rotate_signing_key", reason="yearly", yes=True, stdout=said)

    assert said.getvalue().startswith(public_key_text(signing_key(), "note"))
    with pytest.raises(CommandError, match="Say why"):
        call_command("rotate_signing_key", reason=" ", yes=True, stdout=io.StringIO())
    assert len(every_key()) == 2


def test_public_keys_need_no_account(north: Brand, client: Client):
    fill(north, 1)
    seal_all(north.pk)
    old = note_key(signing_key())
    rotate_signing_key(reason="nobody's business")
    new = note_key(signing_key())

    page = client.get("/audit/keys/").content.decode()

    assert (page.index(new.key_id) < page.index(old.key_id), "nobody" in page) == (True, False)
    for form in ("pem", "base64", "note"):
        suffix = "b64" if form == "base64" else form
        answer = client.get(f"/audit/keys/{old.key_id}.{suffix}")
        assert answer.content.decode() == public_key_text(every_key()[0], form)  # type: ignore[arg-type]
        assert "attachment" in answer["Content-Disposition"]
    assert client.get("/audit/keys/chain.txt").content.decode() == chain_notes()[0]
    assert client.get("/audit/keys/00000000.pem").status_code == 404
    assert client.get(f"/audit/keys/{old.key_id}.exe").status_code == 404
    assert client.post("/audit/keys/").status_code == 405
