"""Signed notes: what is accepted, and everything that must not be."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.checkpoints import (
    SignedRoot,
    open_checkpoint,
    origin_of,
    sign_checkpoint,
)
from compliance.domain.merkle import leaf_hash
from compliance.domain.notes import NoteKey, NoteRefused, open_note, sign_note

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = NoteKey("engage.example", PRIVATE.public_key().public_bytes_raw())
NORTH = origin_of("engage.example", UUID(int=1))
SOUTH = origin_of("engage.example", UUID(int=2))
AT = datetime(2026, 11, 21, 8, 30, 5, tzinfo=UTC)
ROOT = SignedRoot(NORTH, 17, leaf_hash(b"x"), AT)


@pytest.fixture(scope="module")
def note() -> str:
    return sign_checkpoint(ROOT, key=KEY, private_key=PRIVATE)


def test_checkpoint_is_a_text_that_people_can_read(note: str):
    root = base64.b64encode(leaf_hash(b"x")).decode()

    assert note.splitlines()[:5] == [
        "engage.example/00000000-0000-0000-0000-000000000001",
        "17",
        root,
        "time 2026-11-21T08:30:05Z",
        "",
    ]
    assert note.splitlines()[5].startswith("\u2014 engage.example ")
    assert open_checkpoint(note, key=KEY, origin=NORTH) == ROOT


def test_key_line_published_example():
    # Source: the example key of Go's sumdb/note documentation.
    line = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, key_id, body = line.split("+", 2)
    key = NoteKey(name, base64.b64decode(body)[1:])
    signed = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfq"
        "dngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert key.key_id == key_id
    assert key.verifier_line() == line
    assert open_note(signed, key=key).startswith("If you think")


def test_another_brand_is_refused(note: str):
    with pytest.raises(NoteRefused, match=r"belongs to .*001, not to .*002"):
        open_checkpoint(note, key=KEY, origin=SOUTH)


def test_another_key_is_refused(note: str):
    other = NoteKey(KEY.name, Ed25519PrivateKey.generate().public_key().public_bytes_raw())

    with pytest.raises(NoteRefused, match=f"not signed by engage.example .key {other.key_id}"):
        open_checkpoint(note, key=other, origin=NORTH)


def test_another_algorithm_is_refused(note: str):
    text, _, line = note.rpartition("\n\n")
    signature = base64.b64decode(line.split()[-1])[4:]
    ecdsa_hash = hashlib.sha256(b"engage.example\n\x02" + KEY.public_key).digest()[:4]
    stamp = base64.b64encode(ecdsa_hash + signature).decode()

    with pytest.raises(NoteRefused, match="not signed by"):
        open_checkpoint(f"{text}\n\n\u2014 engage.example {stamp}\n", key=KEY, origin=NORTH)


def test_a_second_signature_by_a_stranger_does_no_harm(note: str):
    stamp = base64.b64encode(bytes(68)).decode()

    assert open_checkpoint(f"{note}\u2014 witness {stamp}\n", key=KEY, origin=NORTH) == ROOT


@pytest.mark.parametrize(
    "lines",
    [
        [NORTH, "17", "AAAA", "time 2026-11-21T08:30:05Z"],
        [NORTH, "017", base64.b64encode(bytes(32)).decode(), "time 2026-11-21T08:30:05Z"],
        [NORTH, "-1", base64.b64encode(bytes(32)).decode(), "time 2026-11-21T08:30:05Z"],
        [NORTH, "17", base64.b64encode(bytes(32)).decode(), "time yesterday"],
        [NORTH, "17", base64.b64encode(bytes(32)).decode()],
        [NORTH, "17", "no base64!", "time 2026-11-21T08:30:05Z"],
    ],
)
def test_signed_texts_that_are_no_checkpoint(lines: list[str]):
    note = sign_note("\n".join(lines) + "\n", key=KEY, private_key=PRIVATE)

    with pytest.raises(NoteRefused):
        open_checkpoint(note, key=KEY, origin=NORTH)


@pytest.mark.parametrize(
    "note", ["", "\n\n", "text\n", "text\n\n\u2014 engage.example", "a\n\nb\n"]
)
def test_things_that_are_no_note(note: str):
    with pytest.raises(NoteRefused):
        open_note(note, key=KEY)


@pytest.mark.parametrize("name", ["", "with space", "a+b", "line\nfeed"])
def test_key_names_that_a_note_cannot_carry(name: str):
    with pytest.raises(NoteRefused):
        NoteKey(name, bytes(32))


@pytest.mark.parametrize("text", ["no line feed", "a\n\nb\n", "\n"])
def test_texts_that_a_note_cannot_carry(text: str):
    with pytest.raises(NoteRefused):
        sign_note(text, key=KEY, private_key=PRIVATE)


@given(st.data())
def test_any_changed_character_is_refused(data: st.DataObject):
    note = sign_checkpoint(ROOT, key=KEY, private_key=PRIVATE)
    place = data.draw(st.integers(0, len(note) - 1))
    char = data.draw(st.characters(codec="utf-8").filter(lambda c: c != note[place]))

    with pytest.raises(NoteRefused):
        open_checkpoint(note[:place] + char + note[place + 1 :], key=KEY, origin=NORTH)
