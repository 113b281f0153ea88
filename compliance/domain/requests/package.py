"""The package a person is handed: all their data as JSON, CSV, a readable page and a PDF, with the
information of Art. 15(1) GDPR, and a signed manifest with the SHA-256 of every file.

Nothing is held in memory as a whole: rows go to temporary files, one source at a time.
"""

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from html import escape
from itertools import groupby
from typing import IO, Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.domain.checkpoints import origin_of
from compliance.domain.closing.archive import Archive
from compliance.domain.closing.manifest import seal
from compliance.domain.document import Document
from compliance.domain.requests.information import information
from compliance.domain.requests.passages import Hidden, without
from compliance.domain.spreadsheet import cell
from compliance.domain.subjects import package as engine
from compliance.domain.subjects.subject import Subject
from compliance.models import DataRequest

FORMAT, VERSION = "engage-data-package", 1
SEAL_SUFFIX = "/data-request"
PDF_ROWS = 300
"""So many entries stand in the PDF; the page and the JSON hold all of them."""


def write_package(
    file: IO[bytes], case: DataRequest, subject: Subject, *, hidden: Hidden, at: datetime
) -> Iterator[int]:
    """Write the ZIP into ``file``; yields how many rows are in it so far.

    In the person's language. Enters scopes by itself, a piece of rows at a time.
    """
    archive = Archive(file, at=at)
    counts: dict[str, tuple[str, int]] = {}
    with ExitStack() as stack:
        page = stack.enter_context(tempfile.TemporaryFile())
        rows = _cleaned(engine.rows(subject), hidden)
        excerpt: list[tuple[str, str]] = []
        total = 0
        for (source, title), group in groupby(
            rows, key=lambda told: (told["source"], told["title"])
        ):
            written = _Source(archive, source, title, page, excerpt)
            with written:
                for told in group:
                    written.add(told["row"])
                    total += 1
                    yield total
            counts[source] = (title, written.rows)
        with translation.override(case.language):
            _frame(archive, case, page, counts, excerpt, at=at)
    yield total


def _cleaned(rows: Iterator[dict[str, Any]], hidden: Hidden) -> Iterator[dict[str, Any]]:
    for told in rows:
        place = (told["source"][:80], str(told["row"].get("key", ""))[:80])
        if place in hidden:
            told = told | {"row": without(told["row"], hidden[place])}
        yield told


class _Source:
    """One source's files: JSON and CSV of its own, its part of the readable page."""

    def __init__(
        self,
        archive: Archive,
        key: str,
        title: str,
        page: IO[bytes],
        excerpt: list[tuple[str, str]],
    ) -> None:
        self.archive, self.key, self.title = archive, key, title
        self.page, self.excerpt, self.rows = page, excerpt, 0
        self._names: dict[str, None] = {}

    def __enter__(self) -> "_Source":
        self._lines = tempfile.TemporaryFile()
        self._lines.write(b"[")
        self.page.write(f"<h2>{escape(self.title)}</h2>\n".encode())
        return self

    def add(self, row: Mapping[str, Any]) -> None:
        self._lines.write(b",\n" if self.rows else b"\n")
        self._lines.write(json.dumps(row, ensure_ascii=False).encode())
        self._names |= dict.fromkeys(row)
        told = [(name, _words(value)) for name, value in row.items() if name != "key"]
        said = [(name, words) for name, words in told if words]
        facts = "".join(
            f'<dt>{escape(name)}</dt><dd><bdi dir="auto">{escape(words)}</bdi></dd>'
            for name, words in said
        )
        self.page.write(f"<dl>{facts}</dl>\n".encode())
        if len(self.excerpt) < PDF_ROWS and said:
            self.excerpt.append((self.title, " · ".join(words for _n, words in said)[:600]))
        self.rows += 1

    def __exit__(self, error: object, *_rest: object) -> None:
        if error is None:
            self._lines.write(b"\n]\n")
            self._lines.seek(0)
            name = self.key.replace("/", "-")
            self.archive.add(f"data/{name}.json", self._lines, rows=self.rows, table=self.key)
            self._lines.seek(0)
            self._spreadsheet(f"data/{name}.csv")
        self._lines.close()

    def _spreadsheet(self, name: str) -> None:
        with tempfile.TemporaryFile() as file:
            text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
            writer = csv.writer(text)
            writer.writerow(self._names)
            for line in self._lines:
                part = line.strip().removesuffix(b",")
                if part not in (b"[", b"]", b""):
                    row = json.loads(part)
                    writer.writerow([cell(row.get(column)) for column in self._names])
            text.flush()
            file.seek(0)
            self.archive.add(name, file, rows=self.rows, table=self.key)
            text.detach()


def _words(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _frame(
    archive: Archive,
    case: DataRequest,
    page: IO[bytes],
    counts: Mapping[str, tuple[str, int]],
    excerpt: list[tuple[str, str]],
    *,
    at: datetime,
) -> None:
    """What stands around the data: information, the page, the PDF, a readme, the manifest."""
    document = information(case, counts, at=at)
    html = document.to_html()
    head, _mark, foot = html.partition("<hr>")
    page.seek(0)
    with tempfile.TemporaryFile() as whole:
        whole.write(head.encode())
        while piece := page.read(1024 * 1024):
            whole.write(piece)
        whole.write(f"<hr>{foot}".encode())
        whole.seek(0)
        archive.add(f"{_('your-data')}.html", whole)
    _add_excerpt(document, excerpt, total=sum(rows for _title, rows in counts.values()))
    archive.add(f"{_('your-data')}.pdf", io.BytesIO(document.to_pdf()))
    archive.add_text("README.txt", _readme(case))
    text = _manifest(archive, case, at=at)
    origin = origin_of(settings.AUDIT_HOST, case.brand_id)
    archive.close(manifest=text, signature=seal(text, origin=origin, suffix=SEAL_SUFFIX))


def _add_excerpt(document: Document, excerpt: list[tuple[str, str]], *, total: int) -> None:
    document.heading(_("Your data"))
    if total > len(excerpt):
        document.note(
            _("Here are %(shown)d of %(total)d entries. All of them are in the page and in data/.")
            % {"shown": len(excerpt), "total": total}
        )
    if excerpt:
        document.table([_("Kind"), _("Content")], excerpt, widths=[1, 4])


def _readme(case: DataRequest) -> str:
    return (
        _(
            "%(brand)s: your data, request no. %(number)d\n\n"
            "  your-data.html, your-data.pdf   to read\n"
            "  data/*.json                     for programs\n"
            "  data/*.csv                      for spreadsheets\n"
            "  manifest.json, manifest.sig     every file with its SHA-256, signed\n\n"
            "Words about other people are blacked out. Source: Art. 15(4) GDPR."
        )
        % {"brand": case.brand.name, "number": case.number}
        + "\n"
    )


def _manifest(archive: Archive, case: DataRequest, *, at: datetime) -> str:
    told = {
        "format": FORMAT,
        "version": VERSION,
        "origin": origin_of(settings.AUDIT_HOST, case.brand_id),
        "request": {"number": case.number, "kind": case.kind, "received": str(case.received_on)},
        "made_at": at.isoformat(),
        "files": [entry.to_json() for entry in archive.entries],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
