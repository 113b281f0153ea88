"""The verifier as an auditor runs it: a separate process, on real exports, with each tampering."""

import ast
import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.domain.erasure import erase_details
from compliance.domain.keys import note_key, public_key_text, signing_key
from compliance.domain.notes import NoteKey, sign_note
from compliance.models import AuditDetail
from compliance.verify_audit import signature_fits
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.compliance.ledger import ENGINE, Tamper, export_to, fill, lines_of, write_lines

SCRIPT = Path(__file__).parents[2] / "compliance" / "verify_audit.py"
COUNT = 40
type Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def key(db: None) -> str:
    return public_key_text(signing_key(), "base64").strip()


@pytest.fixture
def verify(key: str, tmp_path: Path) -> Verify:
    def run(path: Path | str, *options: str, given: str = key) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(SCRIPT), str(path), "--key", given, *options],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={},
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def full(north: Brand, tmp_path: Path) -> Path:
    """41 rows: forty events and the request of the export."""
    fill(north, COUNT)
    return export_to(tmp_path / "full.jsonl", north)


@pytest.fixture
def filtered(north: Brand, tmp_path: Path) -> Path:
    """Five of 26 events."""
    fill(north, 10)
    fill(north, 5, kind="moderation.decision.made")
    fill(north, 10)
    return export_to(tmp_path / "some.jsonl", north, kind="moderation.decision.made")


def test_full_export_verifies(verify: Verify, full: Path, north: Brand):
    code, said = verify(full)

    assert (code, said.splitlines()[0].partition(", ")[0]) == (
        0,
        f"verified: 41 of 41 events of audit.engage.local/{north.pk}",
    )


def test_filtered_export_verifies(verify: Verify, filtered: Path):
    code, said = verify(filtered)

    assert code == 0, said
    assert said.startswith("verified: 5 of 26 events")
    assert [line["index"] for line in lines_of(filtered)[1:-1]] == [10, 11, 12, 13, 14]


@pytest.mark.parametrize("form", ["pem", "base64", "note"])
@pytest.mark.parametrize("in_file", [True, False])
def test_key_in_every_form(verify: Verify, full: Path, tmp_path: Path, form: Any, in_file: bool):
    given = public_key_text(signing_key(), form)
    if in_file:
        path = tmp_path / "key.txt"
        path.write_text(given)
        given = str(path)

    assert verify(full, given=given)[0] == 0


def test_log_with_one_event_verifies(verify: Verify, north: Brand, tmp_path: Path):
    path = export_to(tmp_path / "one.jsonl", north)

    code, said = verify(path)

    assert (code, said.partition(" events")[0]) == (0, "verified: 1 of 1")


def _flip_leaf(lines: list[dict[str, Any]]) -> None:
    leaf = lines[18]["leaf"]
    at = leaf.index('"n":')
    lines[18]["leaf"] = leaf[: at + 4] + chr(ord(leaf[at + 4]) ^ 1) + leaf[at + 5 :]


def _swap(one: int, two: int) -> Tamper:
    def swap(lines: list[dict[str, Any]]) -> None:
        lines[one], lines[two] = lines[two], lines[one]

    return swap


def _swap_events(lines: list[dict[str, Any]]) -> None:
    """The events change places, numbers stay: a reader sees no gap."""
    for name in ("leaf", "details", "proof"):
        lines[18][name], lines[19][name] = lines[19][name], lines[18][name]


def _renumber_after_drop(lines: list[dict[str, Any]]) -> None:
    del lines[18]
    for row, line in enumerate(lines[1:-1]):
        line["index"], line["row"] = row, row + 1


def _edit_value(lines: list[dict[str, Any]]) -> None:
    lines[18]["details"]["text"]["value"] = '"Nachricht 99"'


def _drop_value(lines: list[dict[str, Any]]) -> None:
    del lines[18]["details"]["text"]


def _add_value(lines: list[dict[str, Any]]) -> None:
    lines[18]["details"]["after.state"] = {"value": '"x"', "salt": "00" * 16}


def _pretend_erased(lines: list[dict[str, Any]]) -> None:
    lines[18]["details"]["text"] = {"erased": "2026-11-21T08:00:00Z", "reference": "art17.1"}


def _pad_proof(lines: list[dict[str, Any]]) -> None:
    proof = base64.b64decode(lines[18]["proof"])
    lines[18]["proof"] = base64.b64encode(proof + bytes(32)).decode()


def _insert_copy(lines: list[dict[str, Any]]) -> None:
    lines.insert(19, dict(lines[18]))


def _insert_at_end(lines: list[dict[str, Any]]) -> None:
    lines.insert(-1, {**lines[-2], "index": 41, "row": 42})


def _cut_size(size: int) -> Tamper:
    def cut(lines: list[dict[str, Any]]) -> None:
        header = lines[0]
        note = header["checkpoint"].split("\n")
        note[1] = str(size)
        header["checkpoint"], header["size"] = "\n".join(note), size
        del lines[size + 1 : -1]

    return cut


def _set_header(name: str, value: object) -> Tamper:
    return lambda lines: lines[0].update({name: value})


def _other_algorithm_in_the_note(lines: list[dict[str, Any]]) -> None:
    """The key hash says ECDSA (0x02) instead of Ed25519; text and signature stay."""
    key = note_key(signing_key())
    head, mark, stamp = lines[0]["checkpoint"].rpartition(" ")
    claimed = hashlib.sha256(key.name.encode() + b"\n\x02" + key.public_key).digest()[:4]
    stamp = base64.b64encode(claimed + base64.b64decode(stamp)[4:]).decode()
    lines[0]["checkpoint"] = f"{head}{mark}{stamp}\n"


def _other_name_in_the_note(lines: list[dict[str, Any]]) -> None:
    head, _dash, stamp = lines[0]["checkpoint"].rpartition("\u2014 ")
    lines[0]["checkpoint"] = f"{head}\u2014 other.example {stamp.partition(' ')[2]}"


TAMPERINGS: dict[str, tuple[Tamper, list[str]]] = {
    "wrong algorithm in the note": (
        _other_algorithm_in_the_note,
        ["the checkpoint is not signed by the given key with Ed25519"],
    ),
    "wrong key name in the note": (
        _other_name_in_the_note,
        ["the checkpoint is not signed by the given key with Ed25519"],
    ),
    "flipped bit": (_flip_leaf, ["row 17 (event {17}, line 19): was altered"]),
    "removed last event": (lambda lines: lines.pop(-2), ["row 40 (the last): missing"]),
    "removed event": (lambda lines: lines.pop(18), ["row 17: missing"]),
    "removed first event": (lambda lines: lines.pop(1), ["row 0: missing"]),
    "removed and renumbered": (
        _renumber_after_drop,
        [
            "row 17 (event {18}, line 19): is really the event of row 18",
            "row 40 (the last): missing",
        ],
    ),
    "swapped rows": (_swap(18, 19), ["row 17 (event {17}, line 20): is in the wrong order"]),
    "swapped events": (
        _swap_events,
        [
            "row 17 (event {18}, line 19): is really the event of row 18",
            "row 18 (event {17}, line 20): is really the event of row 17",
        ],
    ),
    "copied row": (_insert_copy, ["row 17 (event {17}, line 20): stands twice"]),
    "inserted row": (_insert_at_end, ["row 41 (event {40}, line 43): was inserted"]),
    "edited value": (_edit_value, ["row 17 (event {17}, line 19): the value of text was altered"]),
    "value taken out": (_drop_value, ["row 17 (event {17}, line 19): the value of text was taken"]),
    "value added": (
        _add_value,
        ["row 17 (event {17}, line 19): the value of after.state was added"],
    ),
    "value made look erased": (_pretend_erased, ["not byte for byte"]),
    "padded proof": (_pad_proof, ["row 17 (event {17}, line 19): its proof has the wrong length"]),
    "size 0": (_cut_size(0), ["the checkpoint: the signature does not fit"]),
    "size 1": (_cut_size(1), ["the checkpoint: the signature does not fit"]),
    "last event cut, size lowered": (_cut_size(40), ["the checkpoint: the signature does not fit"]),
    "wrong algorithm": (_set_header("algorithm", "md5-rsa"), ["names the algorithm 'md5-rsa'"]),
    "full made filtered": (_set_header("scope", "filtered"), ["contradict", "not byte for byte"]),
    "size only in the header": (_set_header("size", 7), ["the header says 7 events"]),
    "end removed": (lambda lines: lines.pop(), ["the end of the export is missing"]),
    "line after the end": (lambda lines: lines.append({}), ["line 44: stands after the end"]),
    "terminal escape": (
        lambda lines: lines[18]["details"].update({"\x1b[2J\ud800": {}}),
        ["row 17 (event {17}, line 19): the value of \\x1b[2J\\ud800 was added"],
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_named(verify: Verify, full: Path, tmp_path: Path, name: str):
    tamper, expected = TAMPERINGS[name]
    lines = lines_of(full)
    ids = {str(line["index"]): json.loads(line["leaf"])["id"] for line in lines[1:-1]}
    tamper(lines)
    forged = tmp_path / "forged.jsonl"
    if name == "terminal escape":
        forged.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        write_lines(forged, lines)

    code, said = verify(forged)

    for number, event_id in ids.items():
        expected = [text.replace("{" + number + "}", event_id) for text in expected]
    assert code == 1, said
    assert [text for text in expected if text not in said] == [], said


def test_every_flipped_bit_of_a_row_names_the_row(verify: Verify, full: Path, tmp_path: Path):
    whole = full.read_bytes()
    rows = whole.splitlines(keepends=True)
    start = sum(len(row) for row in rows[:18])
    for step, at in enumerate(range(start, start + len(rows[18]) - 1, 151)):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << (step % 8)
        forged = tmp_path / "forged.jsonl"
        forged.write_bytes(bytes(flipped))

        code, said = verify(forged)

        assert code == 1, f"byte {at - start}: {said}"
        named = ("row 17" in said) or ("line 19" in said) or ("row 16" in said)
        assert named or "not byte for byte" in said, f"byte {at - start}: {said}"


def test_checkpoint_of_another_brand(verify: Verify, full: Path, south: Brand, tmp_path: Path):
    fill(south, COUNT)
    other = lines_of(export_to(tmp_path / "south.jsonl", south))[0]["checkpoint"]
    lines = lines_of(full)
    lines[0]["checkpoint"] = other

    code, said = verify(write_lines(tmp_path / "forged.jsonl", lines))

    assert (code, f"the checkpoint belongs to audit.engage.local/{south.pk}" in said) == (1, True)


def test_rows_of_another_brand(verify: Verify, full: Path, south: Brand, tmp_path: Path):
    fill(south, COUNT)
    path = export_to(tmp_path / "south.jsonl", south)

    assert verify(path, "--brand", str(south.pk))[0] == 0
    code, said = verify(full, "--brand", str(south.pk))
    assert (code, f"not to {south.pk}" in said) == (1, True)


def test_wrong_key(verify: Verify, full: Path):
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()

    code, said = verify(full, given=base64.b64encode(other).decode())

    assert (code, "the checkpoint is not signed by the given key" in said) == (1, True), said


@pytest.mark.parametrize("keep", [1, 100, 700, 5_000])
def test_truncated_anywhere(verify: Verify, full: Path, tmp_path: Path, keep: int):
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(full.read_bytes()[:keep])

    code, said = verify(cut)

    assert code in {1, 2}, said
    assert said.startswith(("TAMPERED: ", "unusable: ")), said


def test_resigned_by_a_stranger(verify: Verify, full: Path, tmp_path: Path):
    stranger = Ed25519PrivateKey.generate()
    lines = lines_of(full)
    text = lines[0]["checkpoint"].rpartition("\n\n")[0] + "\n"
    key = NoteKey(note_key(signing_key()).name, stranger.public_key().public_bytes_raw())
    lines[0]["checkpoint"] = sign_note(text, key=key, private_key=stranger)

    code, said = verify(write_lines(tmp_path / "forged.jsonl", lines))

    assert (code, "the checkpoint is not signed by the given key with Ed25519" in said) == (1, True)


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda lines: lines.pop(3), "sealed with 5 rows and has 4"),
        (_swap(2, 3), "is in the wrong order"),
        (lambda lines: lines[2].update({"index": 3}), "is really the event of row 11"),
        (lambda lines: lines[0].update({"filters": {"kind": "a.b.c"}}), "not byte for byte"),
    ],
)
def test_tampered_filtered_export(
    verify: Verify, filtered: Path, tmp_path: Path, tamper: Tamper, expected: str
):
    lines = lines_of(filtered)
    tamper(lines)

    code, said = verify(write_lines(tmp_path / "forged.jsonl", lines))

    assert (code, expected in said) == (1, True), said


def test_log_that_grew_extends_the_previous(
    verify: Verify, full: Path, north: Brand, tmp_path: Path
):
    fill(north, 30)
    later = export_to(tmp_path / "later.jsonl", north)
    some = export_to(tmp_path / "some.jsonl", north, kind="compliance.export.requested")
    note = tmp_path / "note.txt"
    note.write_text(lines_of(full)[0]["checkpoint"])

    for newer in (later, some):
        for older in (full, note):
            code, said = verify(newer, "--previous", str(older))
            assert (code, "extends the previous checkpoint of 41 events" in said) == (0, True), said
    code, said = verify(full, "--previous", str(later))
    assert (code, "the log has shrunk" in said) == (1, True)


def test_rewritten_log_does_not_extend_the_previous(
    verify: Verify, full: Path, north: Brand, tmp_path: Path
):
    older = tmp_path / "older.txt"
    key = signing_key()
    origin, size, *_rest = lines_of(full)[0]["checkpoint"].split("\n")
    root = base64.b64encode(bytes(32)).decode()
    text = f"{origin}\n{int(size)}\n{root}\ntime 2026-01-01T00:00:00Z\n"
    older.write_text(sign_note(text, key=note_key(key), private_key=key.open_private_key()))
    fill(north, 3)

    for filters in ({}, {"kind": "compliance.export.requested"}):
        newer = export_to(tmp_path / "newer.jsonl", north, **filters)
        code, said = verify(newer, "--previous", str(older))
        assert (code, "the log was rewritten: its first 41 events" in said) == (1, True), said


def test_erased_values_still_verify_and_are_counted(verify: Verify, north: Brand, tmp_path: Path):
    fill(north, 3)
    with brand_scope(north.pk):
        details = AuditDetail.objects.filter(name="text")
        erase_details(details, brand=north, reference="art17.2026-0042", actor=ENGINE)
    path = export_to(tmp_path / "erased.jsonl", north)

    code, said = verify(path)

    assert (code, "3 readable values were erased" in said) == (0, True), said
    assert lines_of(path)[1]["details"]["text"]["reference"] == "art17.2026-0042"
    assert "Nachricht" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe\x00", "is not the header of an export"),
        (b"{}\n", "is not an Engage audit export"),
        (b'{"format":"engage-audit-export","version":9}\n', "a version that this verifier"),
        (b"[" * 100_000, "is not the header of an export"),
    ],
)
def test_files_that_are_no_export(verify: Verify, tmp_path: Path, content: bytes, expected: str):
    path = tmp_path / "other"
    path.write_bytes(content)

    code, said = verify(path)

    assert (code, expected in said) == (2, True), said


def test_unusable_arguments(verify: Verify, full: Path, tmp_path: Path):
    assert verify(tmp_path / "missing")[0] == 2
    assert verify(full, given="no key")[0] == 2
    assert verify(full, "--previous", str(tmp_path / "missing"))[0] == 2
    assert verify(full, "--unknown")[0] == 2


def test_cut_off_in_the_middle_of_a_line(verify: Verify, full: Path, tmp_path: Path):
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(full.read_bytes()[:-2000])

    code, said = verify(cut)

    assert code == 1
    assert "the end of the export is missing" in said


# Source: RFC 8032 section 7.1, tests 1 to 3.
RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
     "6bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6"
     "594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_signatures_published_vectors(key: str, message: str, signature: str):
    parts = [bytes.fromhex(part) for part in (key, message, signature)]

    assert signature_fits(*parts)
    assert not signature_fits(parts[0], parts[1] + b"x", parts[2])
    # S + group order is the same signature written another way; it must be refused.
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(parts[2][32:], "little") + order
    malleable = parts[2][:32] + s.to_bytes(32, "little")
    assert not signature_fits(parts[0], parts[1], malleable)
    assert not signature_fits(parts[0], parts[1], parts[2][:63])
    assert not signature_fits(b"\xff" * 32, parts[1], parts[2])


def test_signatures_agree_with_the_library():
    for number in range(20):
        private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        message = bytes([number]) * number
        key, signature = private.public_key().public_bytes_raw(), private.sign(message)
        assert signature_fits(key, message, signature)
        assert not signature_fits(key, message, signature[:10] + b"\x00" + signature[11:])


def test_runs_on_the_python_that_auditors_have():
    source = SCRIPT.read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))

    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    } | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
