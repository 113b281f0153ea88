"""The files of a brand's archive: tables as JSON Lines, some as spreadsheets too, a manifest.

Nothing here is ever held in memory as a whole: rows go to temporary files, those to the storage,
and the archive is put together from there. The format is described in ``docs/brand-export.md``.
"""

import base64
import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile

from compliance.domain.closing.tables import Table, withheld_columns
from compliance.domain.spreadsheet import cell
from compliance.models.closing import Part
from tenants.models import Brand
from tenants.scope import brand_scope

CHUNK = 2000
BUFFER = 1024 * 1024

type Told = Callable[[int], None]


def columns_of(table: Table) -> list[str]:
    """What is handed out of each row, in the order of the model."""
    hidden = withheld_columns(table.model)
    return [f.attname for f in table.model._meta.local_fields if f.attname not in hidden]


def _value(value: Any) -> Any:
    """For what JSON does not know. Raises: TypeError (a type with no one way to be written)."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case UUID() | Decimal() | timedelta():
            return str(value)
        case Enum():
            return value.value
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case FieldFile():
            return value.name
    raise TypeError(f"{type(value).__name__} has no form in an archive")


def write_table(table: Table, brand: Brand, *, folder: str, agency_id: UUID, told: Told) -> Part:
    """Write the brand's rows of one table, one JSON object a line, ordered by key; says where.

    Enters the brand's scope for each chunk and tells how many rows are written. A file left by a
    worker that died is replaced.
    """
    columns = columns_of(table)
    digest, rows, size = hashlib.sha256(), 0, 0
    with tempfile.TemporaryFile() as file:
        for row in _rows(table, brand, columns, agency_id=agency_id):
            line = (
                json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_value).encode()
                + b"\n"
            )
            file.write(line)
            digest.update(line)
            rows, size = rows + 1, size + len(line)
            if rows % CHUNK == 0:
                told(rows)
        file.seek(0)
        path = f"{folder}/{table.label}.jsonl"
        if default_storage.exists(path):
            default_storage.delete(path)
        path = default_storage.save(path, File(file))
    return {
        "table": table.label,
        "path": path,
        "rows": rows,
        "bytes": size,
        "sha256": digest.hexdigest(),
    }


def _rows(
    table: Table, brand: Brand, columns: list[str], *, agency_id: UUID
) -> Iterator[dict[str, Any]]:
    last: Any = None
    while True:
        with brand_scope(brand.pk, agency_ids=[agency_id]):
            # What is withheld is not even read, so no lost key stands in the way.
            rows = table.rows(brand).defer(*withheld_columns(table.model)).order_by("pk")
            chunk = list((rows.filter(pk__gt=last) if last is not None else rows)[:CHUNK])
        for row in chunk:
            yield {name: getattr(row, name) for name in columns}
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive as the manifest names it."""

    name: str
    size_bytes: int
    sha256: str
    rows: int | None = None
    table: str = ""

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "file": self.name,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
        }
        if self.table:
            told["table"] = self.table
        if self.rows is not None:
            told["rows"] = self.rows
        return told


class Archive:
    """A ZIP file on its way. ``entries`` are what was added, for the manifest."""

    def __init__(self, target: IO[bytes], *, at: datetime) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._at = at.astimezone(UTC).timetuple()[:6]
        self.entries: list[Entry] = []

    def add(
        self, name: str, source: IO[bytes], *, rows: int | None = None, table: str = ""
    ) -> None:
        """Copy ``source`` into the archive in small pieces."""
        digest, size = hashlib.sha256(), 0
        with self._open(name) as target:
            while piece := source.read(BUFFER):
                target.write(piece)
                digest.update(piece)
                size += len(piece)
        self.entries.append(Entry(name, size, digest.hexdigest(), rows, table))

    def add_text(self, name: str, text: str) -> None:
        self.add(name, io.BytesIO(text.encode()))

    def add_spreadsheet(self, name: str, lines: IO[bytes], columns: list[str], table: str) -> None:
        """The same rows as CSV. A cell that a spreadsheet would take for a formula gets a quote."""
        with tempfile.TemporaryFile() as file:
            text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
            writer = csv.writer(text)
            writer.writerow(columns)
            rows = 0
            for line in lines:
                row = json.loads(line)
                writer.writerow([cell(row[column]) for column in columns])
                rows += 1
            text.flush()
            file.seek(0)
            self.add(name, file, rows=rows, table=table)
            text.detach()

    def close(self, *, manifest: str, signature: str) -> None:
        """Add the two files that vouch for all others, and end the archive."""
        for name, text in (("manifest.json", manifest), ("manifest.sig", signature)):
            with self._open(name) as target:
                target.write(text.encode())
        self._zip.close()

    def _open(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        return self._zip.open(info, "w", force_zip64=True)


def sha256_of(file: IO[bytes]) -> tuple[str, int]:
    """Hash and size of an open file, which is rewound."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(BUFFER):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return digest.hexdigest(), size


def own_program(name: str) -> str:
    """Text of one of the two offline checkers that travel with the archive."""
    return (Path(__file__).parents[2] / name).read_text("utf-8")
