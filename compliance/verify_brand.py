#!/usr/bin/env python3
# ruff: noqa: T201 -- a command line tool that speaks by printing
"""Check a brand's archive or the certificate of its erasure offline.

Needs Python, the public key, and ``verify_audit.py`` beside this file. Of an archive it checks that
the manifest is signed by the key, that every file is there with the size, number of rows and
SHA-256 which the manifest gives, that there is no file besides, and that the audit trail proves
itself. Of a certificate it checks the signature, and that the ledger after the erasure begins with
the ledger before it. Exit code 0: genuine; 1: not; 2: cannot be judged.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import importlib.util
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

ARCHIVE, CERTIFICATE = "engage-brand-export", "engage-brand-erasure"
SIGNED = ("manifest.json", "manifest.sig")
MAX_MANIFEST = 64 * 1024 * 1024
PIECE = 1024 * 1024


def _load_audit() -> ModuleType:
    path = Path(__file__).with_name("verify_audit.py")
    spec = importlib.util.spec_from_file_location("verify_audit", path)
    if spec is None or spec.loader is None or not path.exists():
        raise SystemExit("verify_audit.py must lie beside this file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_audit"] = module
    spec.loader.exec_module(module)
    return module


audit: Any = _load_audit()


def check_seal(note: str, text: bytes, *, origin: str, suffix: str, keys: list[bytes]) -> None:
    """The note signs exactly these bytes for this brand. Raises: audit.Forged."""
    lines = audit.open_note(note, keys, "the signature")
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    if lines[:3] != [f"{origin}{suffix}", str(len(text)), digest]:
        raise audit.Forged("the signature is genuine but belongs to something else")


def check_archive(path: Path, keys: list[bytes]) -> list[str]:
    """What is wrong, a sentence each; empty if nothing. Raises: audit.Forged, audit.Unusable."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise audit.Unusable(f"{path}: not a ZIP archive ({error})") from error
    with archive:
        names = archive.namelist()
        for name in SIGNED:
            if names.count(name) != 1 or archive.getinfo(name).file_size > MAX_MANIFEST:
                raise audit.Forged(f"the archive holds no single {name}")
        text = archive.read("manifest.json")
        manifest = _json(text)
        if manifest.get("format") != ARCHIVE:
            raise audit.Unusable("this is not an archive of a brand")
        note = archive.read("manifest.sig").decode("utf-8", "replace")
        check_seal(
            note, text, origin=str(manifest.get("origin")), suffix="/brand-export", keys=keys
        )
        found: list[str] = []
        told = {entry["file"]: entry for entry in manifest["files"]}
        for name in sorted({name for name in names if names.count(name) > 1}):
            found.append(f"{name}: stands in the archive more than once")
        for name in sorted(told.keys() - set(names)):
            found.append(f"{name}: is missing")
        for name in sorted(set(names) - told.keys() - set(SIGNED)):
            found.append(f"{name}: is not in the manifest")
        for name in sorted(told.keys() & set(names)):
            found += _check_file(archive, name, told[name])
        if not found:
            trail, origin = str(manifest["audit_trail"]), str(manifest["origin"])
            found += _check_trail(archive, trail, keys, origin=origin)
        return found


def _check_file(archive: zipfile.ZipFile, name: str, told: dict[str, Any]) -> list[str]:
    digest, size, lines = hashlib.sha256(), 0, 0
    try:
        with archive.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
                lines += piece.count(b"\n")
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        return [f"{name}: cannot be read ({error})"]
    if digest.hexdigest() != told["sha256"] or size != told["bytes"]:
        return [f"{name}: was changed"]
    if name.startswith("tables/") and lines != told["rows"]:
        return [f"{name}: holds {lines} rows, the manifest says {told['rows']}"]
    return []


def _check_trail(
    archive: zipfile.ZipFile, name: str, keys: list[bytes], *, origin: str
) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "trail.jsonl"
        with archive.open(name) as source, copy.open("wb") as target:
            while piece := source.read(PIECE):
                target.write(piece)
        arguments = [str(copy), "--brand", origin]
        for key in keys:
            arguments += ["--key", base64.b64encode(key).decode()]
        print(f"{name}:")
        return [] if audit.main(arguments) == 0 else [f"{name}: does not prove itself"]


def check_certificate(text: bytes, keys: list[bytes]) -> list[str]:
    """The same of a certificate of erasure."""
    whole = _json(text)
    certificate = whole.get("certificate", "")
    if not isinstance(certificate, str) or not isinstance(whole.get("seal"), str):
        raise audit.Unusable("this is not a certificate of erasure")
    inner = _json(certificate.encode())
    if inner.get("format") != CERTIFICATE:
        raise audit.Unusable("this is not a certificate of erasure")
    origin = str(inner.get("origin"))
    check_seal(whole["seal"], certificate.encode(), origin=origin, suffix="/erasure", keys=keys)
    before = audit.open_checkpoint(inner["ledger"]["before"], keys, "the ledger before")
    after = audit.open_checkpoint(inner["ledger"]["after"], keys, "the ledger after")
    if {before.origin, after.origin} != {origin}:
        return ["the ledger belongs to another brand"]
    proof = audit.hashes(inner["ledger"]["proof"])
    if not audit.is_consistent(before.size, after.size, proof, before.root, after.root):
        return ["the ledger after the erasure does not begin with the one before it"]
    return []


def _json(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise audit.Unusable(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise audit.Unusable("not a JSON object")
    return value


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("file", type=Path, help="an archive (.zip) or a certificate (.json)")
    parser.add_argument(
        "--key", action="append", required=True, help="public key: file, base64 or note key"
    )
    options = parser.parse_args(arguments)
    try:
        keys = [audit.read_key(key) for key in options.key]
        if zipfile.is_zipfile(options.file):
            found = check_archive(options.file, keys)
        else:
            found = check_certificate(options.file.read_bytes(), keys)
    except audit.Unusable as error:
        print(f"CANNOT BE JUDGED: {error}", file=sys.stderr)
        return 2
    except (OSError, KeyError, TypeError, binascii.Error) as error:
        print(f"CANNOT BE JUDGED: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except audit.Forged as error:
        found = [str(error)]
    for sentence in found:
        print(audit.printable(sentence))
    print("NOT GENUINE" if found else "GENUINE: nothing was changed, left out or added.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
