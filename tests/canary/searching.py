"""Reads everything the product has stored and looks for words: a full dump, files, both databases.

Binary columns and encrypted texts are opened first: a value that nobody sees is still there.
"""

import os
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from engage.startup import cluster
from tenants.models.encrypted import SecretUnreadable, decrypt
from tests import databases

_HEX = re.compile(r"\\\\x([0-9a-f]+)")
_TOKEN = re.compile(r"e1:[0-9a-f]{8}:[\w\-=]+:[\w\-=]+|gAAAA[\w\-]{40,}={0,2}")
_COPY = re.compile(r"COPY (?:\w+\.)?\"?(\w+)\"? ")


@dataclass
class Haystack:
    """What was read. ``places``: word -> tables and files that hold it."""

    places: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: int = 0
    opened: int = 0
    files: int = 0


def search(words: Iterable[str], *, database: str, folders: Iterable[Path]) -> Haystack:
    """Look for all words at once, in upper or lower case."""
    wanted = sorted({word.casefold() for word in words if word})
    pattern = re.compile("|".join(map(re.escape, wanted))) if wanted else re.compile(r"(?!)")
    hay = Haystack()
    for table, line in _dumped(database):
        hay.lines += 1
        text = line.casefold()
        for piece in (text, *_opened(line, hay)):
            for word in pattern.findall(piece):
                hay.places[word].add(table)
    for path in _files(folders):
        hay.files += 1
        content = path.read_bytes().decode("utf-8", "replace").casefold()
        for word in pattern.findall(f"{path.name.casefold()}\n{content}"):
            hay.places[word].add(f"file:{path.name}")
    return hay


def _opened(line: str, hay: Haystack) -> Iterator[str]:
    for found in _HEX.finditer(line):
        digits = found.group(1)
        hay.opened += 1
        yield bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8", "replace").casefold()
    for token in _TOKEN.findall(line):
        try:
            text = decrypt(token)
        except SecretUnreadable:
            continue
        hay.opened += 1
        yield text.casefold()


def _dumped(database: str) -> Iterator[tuple[str, str]]:
    """Table and line, of a dump with everything in it, by the superuser; the broker's too."""
    for name in (database, urlsplit(databases.url("BROKER")).path.lstrip("/")):
        table = ""
        for line in dump(name):
            if found := _COPY.match(line):
                table = found.group(1)
            yield table, line


def dump(database: str) -> Iterator[str]:
    program = str(cluster.programs() / "pg_dump")
    address = databases.url("SUPERUSER", database)
    with tempfile.TemporaryFile("w+", errors="replace") as file:
        command = [program, "--no-owner", address]
        subprocess.run(command, stdout=file, check=True, env=os.environ | {"PGTZ": "UTC"})
        file.seek(0)
        yield from file


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
