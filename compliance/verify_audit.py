#!/usr/bin/env python3
# ruff: noqa: T201 -- a command line tool that speaks by printing
"""Check an Engage audit export offline, with nothing but this file, Python and the public key.

It checks that the signed checkpoint is genuine and belongs to the brand; that every row is exactly
the event that was sealed, in its place (RFC 9162 inclusion proof against the signed root); that no
row is missing, added, doubled or moved; that readable values are those the events committed to; and
that the file is the one that was exported (its last line signs the hash of all lines before).
It also checks that the checkpoint stands in the platform tree over all brands, as the export says.
With --since it checks that the log only grew since an earlier export or checkpoint, with --platform
that the platform tree only grew since the platform checkpoint you were mailed. A mail saved as text
will do for both. A key that was changed since is followed by the notes in which each key names the
next; a ZIP file with one export in it is read as that export.

What it cannot know: whether readable values were erased with good reason (it lists how many), and
whether an old, genuine export is passed off as the newest (keep a later checkpoint and use
--since). An export with filters proves what it holds, not that nothing else fits the filter.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

FORMAT, VERSION, ALGORITHM = "engage-audit-export", 1, "rfc9162-sha256-ed25519"
MARK = "\u2014 "
MAX_LINE = 64 * 1024 * 1024
MAX_FINDINGS = 100
NEARBY = 64
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Unusable(Exception):
    """The question cannot be answered with this file or key (exit code 2)."""


class Forged(Exception):
    """A part that everything else hangs on is not genuine."""


# Ed25519, verification only. Source: RFC 8032 section 5.1.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def _point(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        raise ValueError("not a point")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, point)
        point = _add(point, point)
        number >>= 1
    return result


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signature_fits(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this Ed25519 signature is by this key over this message."""
    if len(signature) != 64 or len(public_key) != 32:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    try:
        key, r = _point(public_key), _point(signature[:32])
    except ValueError:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    left = _times(s, BASE)
    right = _add(r, _times(int.from_bytes(digest, "little") % ORDER, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# Merkle tree. Source: RFC 9162 sections 2.1.1, 2.1.3.2, 2.1.4.2.


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_path(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root that this audit path leads to; None if it has the wrong length for the place."""
    if not 0 <= index < size:
        return None
    position, last, joined = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if position & 1 or position == last:
            joined = node_hash(sibling, joined)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            joined = node_hash(joined, sibling)
        position, last = position >> 1, last >> 1
    return joined if last == 0 else None


def is_consistent(first: int, second: int, proof: list[bytes], old: bytes, new: bytes) -> bool:
    """Whether the tree of ``second`` leaves begins with the one of ``first`` leaves."""
    if first == second:
        return not proof and old == new
    if first == 0:
        return not proof and old == EMPTY_ROOT
    path = [old, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            from_old, from_new = node_hash(sibling, from_old), node_hash(sibling, from_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            from_new = node_hash(from_new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and from_old == old and from_new == new


class Frontier:
    """Root of all leaves so far, from at most 64 hashes."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        joined, size = leaf, self.size
        while size & 1:
            joined, size = node_hash(self.peaks.pop(), joined), size >> 1
        self.peaks.append(joined)
        self.size += 1

    def root(self) -> bytes:
        joined: bytes | None = None
        for peak in reversed(self.peaks):
            joined = peak if joined is None else node_hash(peak, joined)
        return EMPTY_ROOT if joined is None else joined


# Keys and signed notes. Source: C2SP signed-note and tlog-checkpoint.

PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)-----END PUBLIC KEY-----")
DER_PREFIX = bytes.fromhex("302a300506032b6570032100")


def read_key(given: str) -> bytes:
    """The 32 bytes of a key given as PEM, base64 or note key, or as a file that holds one."""
    text = given
    if len(given) < 1000 and "BEGIN" not in given and Path(given).is_file():
        text = Path(given).read_text("utf-8", "replace")
    text = text.strip()
    pem = PEM.search(text)
    try:
        if pem:
            der = base64.b64decode("".join(pem[1].split()), validate=True)
            if der.startswith(DER_PREFIX) and len(der) == len(DER_PREFIX) + 32:
                return der[-32:]
        elif re.fullmatch(r"[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", text):
            name, key_hash, body = text.split("+", 2)
            key = base64.b64decode(body, validate=True)
            if len(key) == 33 and key[0] == 1 and _key_hash(name, key[1:]).hex() == key_hash:
                return key[1:]
        else:
            key = base64.b64decode(text, validate=True)
            if len(key) == 32:
                return key
    except (ValueError, binascii.Error):
        pass
    raise Unusable("the key is neither a file nor an Ed25519 public key (PEM, base64 or note key)")


def _key_hash(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x01" + public_key).digest()[:4]


def open_note(note: str, keys: list[bytes], what: str) -> list[str]:
    """The lines of a note signed by one of the keys. Raises: Forged."""
    text, empty_line, signatures = note.rpartition("\n\n")
    if not empty_line or not signatures.endswith("\n"):
        raise Forged(f"{what} is not signed at all")
    signed = (text + "\n").encode()
    for line in signatures.splitlines():
        name, _space, encoded = line.removeprefix(MARK).partition(" ")
        try:
            stamp = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise Forged(f"{what} has a signature line that is not base64") from None
        if not line.startswith(MARK) or not name:
            raise Forged(f"{what} has a line below the text that is no signature")
        for key in keys:
            if stamp[:4] == _key_hash(name, key):
                if not signature_fits(key, signed, stamp[4:]):
                    raise Forged(f"{what}: the signature does not fit; it was changed")
                return text.splitlines()
    raise Forged(f"{what} is not signed by the given key with Ed25519")


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    signed_at: str


def open_checkpoint(note: str, keys: list[bytes], what: str) -> Checkpoint:
    """Raises: Forged."""
    lines = open_note(note, keys, what)
    if len(lines) < 3 or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII):
        raise Forged(f"{what} is signed but is not a checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (ValueError, binascii.Error):
        root = b""
    if len(root) != 32:
        raise Forged(f"{what} is signed but is not a checkpoint")
    extensions = [line.removeprefix("time ") for line in lines[3:] if line.startswith("time ")]
    return Checkpoint(lines[0], int(lines[1]), root, extensions[0] if extensions else "unknown")


NOTE = re.compile(r"(?:[^\n]+\n){3,}\n(?:\u2014 [^\n]+\n)+")


def note_in(text: str) -> str:
    """The first signed note in a text, for example in a saved mail; else the text as it is."""
    text = text.replace("\r\n", "\n")
    found = NOTE.search(text.strip("\ufeff \t\n") + "\n")
    return found[0] if found else text


def follow(keys: list[bytes], chain: Any) -> tuple[list[bytes], list[str]]:
    """The given keys and those they lead to, with words about each step. Raises: Forged.

    A change that no trusted key made is passed over: it was before the given key, or a
    stranger made it.
    """
    trusted = list(keys)
    told: list[str] = []
    if chain is None:
        return trusted, told
    if not isinstance(chain, list) or not all(isinstance(note, str) for note in chain):
        raise Forged("the header's chain of keys is not a list of notes")
    for number, note in enumerate(chain, 1):
        what = f"change of keys no. {number}"
        lines = note.partition("\n\n")[0].splitlines()
        if len(lines) < 4 or not lines[0].endswith("/keys"):
            raise Forged(f"{what} is not the note of a change of keys")
        try:
            old, new = read_key(lines[1]), read_key(lines[2])
        except Unusable:
            raise Forged(f"{what} names no Ed25519 key") from None
        if old not in trusted:
            continue
        open_note(note, [old], what)
        open_note(note, [new], what)
        if new not in trusted:
            trusted.append(new)
            told.append(f"followed the change of keys of {lines[3][5:]}, signed by the key before")
    return trusted, told


# The file


def printable(text: str) -> str:
    """A forged file must not speak to the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)[:500]


@dataclass
class Findings:
    """What is wrong, in words. Keeps the first hundred and counts the rest."""

    texts: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, text: str) -> None:
        self.count += 1
        if len(self.texts) < MAX_FINDINGS:
            self.texts.append(printable(text))


@dataclass
class Result:
    checkpoint: Checkpoint
    scope: str
    rows: int
    erased: int
    findings: Findings
    notes: list[str]


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        yield number, line


def parse(line: bytes) -> dict[str, Any]:
    """Raises: ValueError (not one JSON object with unique keys)."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key stands twice")
        return found

    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=unique)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def hashes(text: Any) -> list[bytes]:
    """Raises: ValueError."""
    data = base64.b64decode(text, validate=True) if isinstance(text, str) else b"?"
    if len(data) % 32:
        raise ValueError("not a list of hashes")
    return [data[at : at + 32] for at in range(0, len(data), 32)]


class Verifier:
    """One pass over the file in constant memory."""

    def __init__(
        self,
        file: BinaryIO,
        keys: list[bytes],
        brand: str = "",
        previous: str = "",
        platform: str = "",
    ) -> None:
        self.file, self.keys, self.brand, self.previous = file, keys, brand, previous
        self.platform = platform
        self.findings = Findings()
        self.notes: list[str] = []
        self.digest = hashlib.sha256()
        self.frontier = Frontier()
        self.rows = self.erased = self.withheld = 0
        self.is_masked = False
        self.expected = 0  # next index (full) or lowest index allowed (filtered)
        self.last_name = "the header"
        self.missing: list[tuple[int, int]] = []  # ranges [start, end), at most MAX_FINDINGS
        self.older: Checkpoint | None = None
        self.older_root: bytes | None = None

    def run(self) -> Result:
        """Raises: Unusable, Forged (header or checkpoint)."""
        lines = lines_of(self.file)
        first = next(lines, None)
        if first is None:
            raise Unusable("the file is empty")
        header = self._header(first[1])
        self.digest.update(first[1])
        self._previous()
        footer: dict[str, Any] | None = None
        for number, line in lines:
            if footer is not None:
                self.findings.add(f"line {number}: stands after the end of the export")
                continue
            try:
                value = parse(line)
            except ValueError as error:
                self.findings.add(
                    f"line {number}, after {self.last_name}: cannot be read ({error}); "
                    f"here index {self.expected} was expected"
                )
                self._count_row(line)
                self.expected += 1
                continue
            if "seal" in value and "leaf" not in value:
                footer = value
                continue
            self._row(number, value)
            self._count_row(line)
        self._end(footer)
        if self.withheld:
            self.notes.append(
                f"{self.withheld} readable values were left out: the export is masked"
            )
        self._consistency(header)
        self._platform(header.get("platform"), str(header.get("checkpoint")))
        return Result(
            self.checkpoint, self.scope, self.rows, self.erased, self.findings, self.notes
        )

    def _count_row(self, line: bytes) -> None:
        self.rows += 1
        self.digest.update(line)

    def _header(self, line: bytes) -> dict[str, Any]:
        try:
            header = parse(line)
        except ValueError as error:
            raise Unusable(f"the first line is not the header of an export ({error})") from None
        if header.get("format") != FORMAT:
            raise Unusable("the file is not an Engage audit export")
        if header.get("version") != VERSION:
            raise Unusable("the export has a version that this verifier does not know")
        if header.get("algorithm") != ALGORITHM:
            raise Forged(
                f"the header names the algorithm {header.get('algorithm')!r}, not {ALGORITHM}"
            )
        self.keys, told = follow(self.keys, header.get("keys"))
        self.notes += told
        self.checkpoint = open_checkpoint(
            str(header.get("checkpoint")), self.keys, "the checkpoint"
        )
        origin = self.checkpoint.origin
        if header.get("origin") != origin:
            raise Forged(f"the checkpoint belongs to {origin}, the file to {header.get('origin')}")
        if self.brand and self.brand not in (origin, origin.rpartition("/")[2]):
            raise Forged(f"the checkpoint belongs to {origin}, not to {self.brand}")
        if header.get("size") != self.checkpoint.size:
            self.findings.add(
                f"the header says {header.get('size')} events, the signed checkpoint"
                f" {self.checkpoint.size}"
            )
        self.is_masked = header.get("masked") is True
        self.scope = str(header.get("scope"))
        if self.scope not in ("full", "filtered"):
            raise Forged("the header says neither full nor filtered")
        if (self.scope == "full") == bool(header.get("filters")):
            self.findings.add("the header's scope and filters contradict each other")
        return header

    def _previous(self) -> None:
        if not self.previous:
            return
        self.older = open_checkpoint(
            previous_note(self.previous), self.keys, "the previous checkpoint"
        )
        if self.older.origin != self.checkpoint.origin:
            raise Forged(f"the previous checkpoint belongs to {self.older.origin}")
        if self.older.size == 0:
            self.older_root = EMPTY_ROOT

    def _row(self, number: int, value: dict[str, Any]) -> None:
        index, body = value.get("index"), value.get("leaf")
        if type(index) is not int or not isinstance(body, str):
            self.findings.add(f"line {number}: is neither a row nor the end of an export")
            return
        name = f"row {index} ({event_name(body)}line {number})"
        if value.get("row") != self.rows + 1:
            self.findings.add(
                f"{name}: is numbered {value.get('row')} but is the export's row"
                f" {self.rows + 1}; rows were dropped, added or moved"
            )
        self._place(index, name)
        leaf = leaf_hash(body.encode("utf-8", "surrogatepass"))
        self._proof(index, name, leaf, value.get("proof"))
        self._details(name, body, value.get("details"))
        if self.scope == "full":
            self.frontier.append(leaf)
            if self.older and self.frontier.size == self.older.size:
                self.older_root = self.frontier.root()
        self.last_name = name

    def _place(self, index: int, name: str) -> None:
        if index >= self.checkpoint.size or index < 0:
            self.findings.add(
                f"{name}: was inserted; the log has only {self.checkpoint.size} events"
            )
        elif index < self.expected:
            found = next((r for r in self.missing if r[0] <= index < r[1]), None)
            if found is None:
                order = "" if self.scope == "full" else ", is in the wrong order"
                self.findings.add(
                    f"{name}: stands twice{order} or was inserted, after {self.last_name}"
                )
                return
            self.missing.remove(found)
            rest = [(found[0], index), (index + 1, found[1])]
            self.missing += [part for part in rest if part[0] < part[1]]
            self.findings.add(f"{name}: is in the wrong order, it stands after {self.last_name}")
        else:
            if self.scope == "full" and index > self.expected:
                self._miss(self.expected, index)
            self.expected = index + 1

    def _miss(self, start: int, end: int) -> None:
        if len(self.missing) < MAX_FINDINGS:
            self.missing.append((start, end))
        else:
            self.findings.add(f"row {start} to {end - 1}: missing")

    def _proof(self, index: int, name: str, leaf: bytes, given: Any) -> None:
        try:
            proof = hashes(given)
        except (ValueError, binascii.Error):
            self.findings.add(f"{name}: its proof cannot be read")
            return
        size, root = self.checkpoint.size, self.checkpoint.root
        reached = root_from_path(leaf, index, size, proof)
        if reached == root:
            return
        if reached is None and 0 <= index < size:
            self.findings.add(f"{name}: its proof has the wrong length")
            return
        for other in range(max(0, index - NEARBY), min(size, index + NEARBY + 1)):
            if root_from_path(leaf, other, size, proof) == root:
                self.findings.add(
                    f"{name}: is really the event of row {other}; it was moved or"
                    " rows before it were dropped or added"
                )
                return
        self.findings.add(
            f"{name}: was altered, or was never sealed; it does not lead to the signed root"
        )

    def _details(self, name: str, body: str, given: Any) -> None:
        try:
            leaf = parse(body.encode("utf-8", "surrogatepass"))
            committed = leaf["details"]
            brand = leaf["brand"]
        except (ValueError, KeyError):
            self.findings.add(f"{name}: its leaf is not an event")
            return
        if brand != self.checkpoint.origin.rpartition("/")[2]:
            self.findings.add(f"{name}: belongs to another brand ({brand})")
        if not isinstance(given, dict) or not isinstance(committed, dict):
            self.findings.add(f"{name}: has no readable part")
            return
        for field_name in sorted(committed.keys() - given.keys()):
            self.findings.add(f"{name}: the value of {field_name} was taken out")
        for field_name in sorted(given.keys() - committed.keys()):
            self.findings.add(f"{name}: the value of {field_name} was added")
        for field_name in committed.keys() & given.keys():
            detail = given[field_name]
            if isinstance(detail, dict) and detail.keys() == {"erased", "reference"}:
                self.erased += 1
            elif self.is_masked and detail == {"withheld": "masked"}:
                self.withheld += 1
            elif not fits(detail, committed[field_name]):
                self.findings.add(f"{name}: the value of {field_name} was altered")

    def _end(self, footer: dict[str, Any] | None) -> None:
        if self.scope == "full" and self.expected < self.checkpoint.size:
            self._miss(self.expected, self.checkpoint.size)
        for start, end in sorted(self.missing):
            rows = f"row {start}" if end == start + 1 else f"rows {start} to {end - 1}"
            last = " (the last)" if end == self.checkpoint.size else ""
            self.findings.add(f"{rows}{last}: missing, dropped from the export")
        clean = not self.findings.count
        if self.scope == "full" and clean and self.frontier.root() != self.checkpoint.root:
            self.findings.add("the rows together do not have the signed root")
        if footer is None:
            self.findings.add(f"the end of the export is missing, after {self.last_name}")
            return
        try:
            lines = open_note(str(footer.get("seal")), self.keys, "the export's seal")
        except Forged as error:
            self.findings.add(str(error))
            return
        if len(lines) != 3 or lines[0] != f"{self.checkpoint.origin}/export":
            self.findings.add("the export's seal belongs to another export")
            return
        if lines[1] != str(self.rows) or footer.get("rows") != self.rows:
            self.findings.add(f"the export was sealed with {lines[1]} rows and has {self.rows}")
        if lines[2] != base64.b64encode(self.digest.digest()).decode():
            self.findings.add(
                "the file is not byte for byte the one that was exported"
                + (": header, proofs or erased values were changed" if clean else "")
            )

    def _consistency(self, header: dict[str, Any]) -> None:
        older = self.older
        if older is None:
            return
        if older.size > self.checkpoint.size:
            self.findings.add(
                f"the log has shrunk: the previous checkpoint ({older.signed_at}) has"
                f" {older.size} events, this one {self.checkpoint.size}"
            )
            return
        holds: bool | None = None
        if older.size == self.checkpoint.size:
            holds = older.root == self.checkpoint.root
        elif self.older_root is not None:
            holds = older.root == self.older_root
        else:
            holds = self._by_proof(header, older)
        if holds is None:
            raise Unusable(
                f"this export has no proof for the previous checkpoint of {older.size} events;"
                " ask for a full export"
            )
        if holds:
            self.notes.append(f"extends the previous checkpoint of {older.size} events")
        else:
            self.findings.add(
                f"the log was rewritten: its first {older.size} events are not those"
                f" of the previous checkpoint ({older.signed_at})"
            )

    def _platform(self, given: Any, note: str) -> None:
        """The checkpoint's place in the tree over all brands, and that tree's growth."""
        if given is None:
            if self.platform:
                raise Unusable("this export says nothing of the platform tree; ask for a new one")
            return
        origin = self.checkpoint.origin.rpartition("/")[0] + "/platform"
        try:
            tree = open_checkpoint(str(given["checkpoint"]), self.keys, "the platform checkpoint")
            index, proof = given["index"], hashes(given["proof"])
        except Forged as error:
            self.findings.add(str(error))
            return
        except (TypeError, KeyError, ValueError, binascii.Error):
            self.findings.add("the export's part about the platform tree cannot be read")
            return
        if tree.origin != origin:
            self.findings.add(f"the platform checkpoint belongs to {tree.origin}, not to {origin}")
            return
        leaf = leaf_hash(note.encode("utf-8", "surrogatepass"))
        if type(index) is not int or root_from_path(leaf, index, tree.size, proof) != tree.root:
            self.findings.add("the checkpoint does not stand in the platform tree as the file says")
            return
        self.notes.append(
            f"stands in the platform tree as no. {index} of {tree.size}, signed {tree.signed_at}"
        )
        if self.platform:
            self._platform_growth(tree, given.get("consistency"))

    def _platform_growth(self, tree: Checkpoint, proofs: Any) -> None:
        what = "the platform checkpoint you hold"
        held = open_checkpoint(previous_note(self.platform), self.keys, what)
        if held.origin != tree.origin:
            raise Forged(f"{what} belongs to {held.origin}, not to {tree.origin}")
        if held.size > tree.size:
            self.findings.add(
                f"the platform tree has shrunk: {what} ({held.signed_at}) has {held.size} entries,"
                f" this one {tree.size}"
            )
            return
        holds = held.root == tree.root if held.size == tree.size else proven(proofs, held, tree)
        if holds is None:
            raise Unusable(
                f"this export has no proof for the platform checkpoint of {held.size} entries;"
                " ask for a new export"
            )
        if holds:
            self.notes.append(f"extends the platform checkpoint of {held.size} entries")
        else:
            self.findings.add(
                f"the platform tree was rewritten: its first {held.size} entries are not those of"
                f" {what} ({held.signed_at})"
            )

    def _by_proof(self, header: dict[str, Any], older: Checkpoint) -> bool | None:
        return proven(header.get("consistency"), older, self.checkpoint)


def proven(proofs: Any, older: Checkpoint, newer: Checkpoint) -> bool | None:
    """Whether one of the export's proofs shows that ``newer`` extends ``older``; None: no proof."""
    for entry in proofs if isinstance(proofs, list) else ():
        if isinstance(entry, dict) and entry.get("size") == older.size:
            try:
                proof = hashes(entry.get("proof"))
            except (ValueError, binascii.Error):
                return False
            return is_consistent(older.size, newer.size, proof, older.root, newer.root)
    return None


def fits(detail: Any, commitment: Any) -> bool:
    """Whether this value and salt are those the event committed to."""
    if not isinstance(detail, dict) or detail.keys() != {"value", "salt"}:
        return False
    value, salt = detail["value"], detail["salt"]
    if not isinstance(value, str) or not isinstance(salt, str):
        return False
    try:
        data = bytes.fromhex(salt)
    except ValueError:
        return False
    if len(data) != 16:
        return False
    hashed = hashlib.sha256(b"\x02" + data + value.encode("utf-8", "surrogatepass"))
    return bool(hashed.hexdigest() == commitment)


def export_in(file: BinaryIO) -> BinaryIO:
    """The file, or the one export in it if it is a ZIP archive. Raises: Unusable, BadZipFile."""
    start = file.read(4)
    file.seek(0)
    if start[:2] != b"PK":
        return file
    archive = zipfile.ZipFile(file)
    if damaged := archive.testzip():
        raise zipfile.BadZipFile(f"{printable(damaged)} is damaged")
    names = [name for name in archive.namelist() if name.endswith("audit.jsonl")]
    names = names or [name for name in archive.namelist() if name.endswith(".jsonl")]
    if len(names) != 1:
        raise Unusable(f"the archive holds {len(names)} exports of an audit trail, not one")
    return archive.open(names[0])  # type: ignore[return-value]  # reads like any binary file


def event_name(body: str) -> str:
    """``event <id>, `` if the body still says so."""
    found = re.search(r'"id":"([0-9a-f-]{36})"', body)
    return f"event {found[1]}, " if found else ""


def previous_note(path: str) -> str:
    """The checkpoint note in a note file or in the header of an earlier export."""
    try:
        with Path(path).open("rb") as file:
            first = file.readline(MAX_LINE)
            rest = file.read(100_000) if not first.startswith(b"{") else b""
    except OSError as error:
        raise Unusable(f"the previous file cannot be read: {error.strerror}") from None
    if not first.startswith(b"{"):
        return note_in((first + rest).decode("utf-8", "replace"))
    try:
        return str(parse(first).get("checkpoint"))
    except ValueError:
        raise Unusable("the previous file is neither an export nor a checkpoint") from None


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"unusable: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """0: genuine and complete. 1: tampered with. 2: cannot be judged."""
    parser = Parser(
        prog="verify_audit.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit code: 0 verified, 1 tampered with (each finding names its row), 2 unusable",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="the export (JSON Lines), or the folder of an unpacked pack of evidence",
    )
    parser.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="PUB",
        help="public key you were given earlier: PEM, base64 or note key, or a file with one;"
        " repeat it after a change of keys. Print it with: manage.py audit_key",
    )
    parser.add_argument(
        "--since",
        "--previous",
        dest="previous",
        default="",
        metavar="FILE_OR_NOTE",
        help="an earlier export or checkpoint of the same brand that this one must extend",
    )
    parser.add_argument(
        "--platform",
        default="",
        metavar="FILE_OR_NOTE",
        help="a platform checkpoint that you were mailed or that was anchored elsewhere",
    )
    parser.add_argument(
        "--brand", default="", metavar="ORIGIN", help="the log it must be: origin or brand id"
    )
    given = parser.parse_args(arguments)
    try:
        keys = [read_key(key) for key in given.key]
        path = Path(given.file)
        altered: list[str] = []
        is_pack = path.is_dir()
        if is_pack:
            path, altered = check_pack(path, keys)
        with path.open("rb") as file:
            result = Verifier(
                export_in(file), keys, given.brand, given.previous, given.platform
            ).run()
        for text in altered:
            result.findings.add(text)
        if is_pack:
            result.notes.append("a pack of evidence: every file is the one that was signed")
    except Forged as error:
        print(f"TAMPERED: {printable(str(error))}")
        return 1
    except Unusable as error:
        print(f"unusable: {error}", file=sys.stderr)
        return 2
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        print(f"unusable: {given.file}: the archive is broken ({error})", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"unusable: {given.file}: {error.strerror}", file=sys.stderr)
        return 2
    return report(result)


PACK, PACK_SUFFIX = "engage-evidence-pack", "/evidence"


def check_pack(folder: Path, keys: list[bytes]) -> tuple[Path, list[str]]:
    """The events' file of an unpacked pack of evidence, and what is wrong with its other files.

    Raises: Unusable (no pack), Forged (the manifest is not signed by the key).
    """
    try:
        text = (folder / "manifest.json").read_bytes()
        note = (folder / "manifest.sig").read_text("utf-8", "replace")
    except OSError as error:
        raise Unusable(f"{folder}: no unpacked pack of evidence ({error.strerror})") from None
    lines = open_note(note, keys, "the manifest")
    try:
        manifest = parse(text)
        files = {str(entry["file"]): entry for entry in manifest["files"]}
    except (ValueError, KeyError, TypeError):
        raise Forged("the manifest cannot be read") from None
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    if lines[:3] != [f"{manifest.get('origin')}{PACK_SUFFIX}", str(len(text)), digest]:
        raise Forged("manifest.json was altered: its signature is over another text")
    if manifest.get("format") != PACK:
        raise Unusable("this is no pack of evidence")
    events = str(manifest.get("audit_trail"))
    found = []
    for name, entry in sorted(files.items()):
        path = folder / name
        if ".." in name or name.startswith("/") or not path.is_file():
            found.append(f"{name}: is missing")
        elif file_hash(path) != entry.get("sha256"):
            found.append(f"{name}: was altered")
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(present - set(files) - {"manifest.json", "manifest.sig"}):
        found.append(f"{name}: is no part of the pack")
    if events not in files:
        raise Forged("the manifest names no file of events")
    return folder / events, found


def file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            digest.update(piece)
    return digest.hexdigest()


def report(result: Result) -> int:
    findings, checkpoint = result.findings, result.checkpoint
    if findings.count:
        print(f"TAMPERED: {findings.count} findings")
        for text in findings.texts:
            print(f"- {text}")
        if findings.count > len(findings.texts):
            print(f"- and {findings.count - len(findings.texts)} more")
        return 1
    print(
        f"verified: {result.rows} of {checkpoint.size} events of {checkpoint.origin},"
        f" checkpoint of {checkpoint.signed_at}"
    )
    if result.scope == "filtered":
        print("the export is filtered: every row is genuine; other rows were not asked for")
    if result.erased:
        print(f"{result.erased} readable values were erased; their events stand unchanged")
    for note in result.notes:
        print(note)
    return 0


if __name__ == "__main__":
    sys.exit(main())
