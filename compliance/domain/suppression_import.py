"""A suppression list comes in: read line by line, then stored in one transaction or not at all.

Memory stays flat: lines go to a temporary file, from there to a table of this transaction, and
PostgreSQL does the rest. Whoever kills the worker leaves nothing behind; a list that was stored
changes nothing when it comes again.
"""

import csv
import hashlib
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.dateparse import parse_date, parse_datetime

from compliance.choices import ConsentJobKind, ConsentState, Purpose
from compliance.domain.consent import CONSENT_PURPOSES, OPT_OUT_PURPOSES
from compliance.domain.consent_address import address_hash, hold_address, key_mark
from compliance.domain.consent_problems import words_of
from compliance.domain.consent_runs import LONG_LEASE, Run, runs
from compliance.domain.spreadsheet import cell
from compliance.models import ConsentJob
from compliance.models.consent_job import JobCounts, Problem
from tenants.scope import brand_scope

TELL_EVERY = 5000
MOST_PROBLEMS = 10_000
LONGEST_ADDRESS = 200
_BUFFER = 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CHANNEL = re.compile(r"[a-z][a-z0-9_]{1,19}", re.ASCII)
COLUMNS: dict[str, str] = {
    "address": "address", "adresse": "address", "handle": "address", "phone": "address",
    "telefon": "address", "number": "address", "nummer": "address",
    "address_hash": "address_hash", "hash": "address_hash",
    "channel": "channel", "kanal": "channel", "purpose": "purpose", "zweck": "purpose",
    "since": "since", "seit": "since", "state": "state", "key": "key",
}  # fmt: skip
"""Names of columns as people write them; columns of other names are left aside."""


class _Wrong(Exception):
    """One value that cannot be taken."""

    def __init__(self, field: str, code: str) -> None:
        self.field, self.code = field, code
        super().__init__(code)


@runs(ConsentJobKind.IMPORT)
def import_list(run: Run) -> ConsentJob:
    """Read the whole list; store all of it, or nothing and a report."""
    with brand_scope(run.brand_id):
        source: IO[bytes] = ConsentJob.objects.get(pk=run.job_id).upload.open("rb")
    with source, tempfile.TemporaryFile() as staged, tempfile.TemporaryFile() as report:
        total, sha256 = _measure(source)
        run.progress(done=0, total=total)
        reader = _Reader(run, source, staged, report)
        reader.read(total)
        if reader.wrong:
            return run.refuse(problems=reader.problems, wrong=reader.wrong, report=report)
        run.progress(done=reader.lines, total=total, lease=LONG_LEASE)
        with brand_scope(run.brand_id):
            job = run.locked()
            counts = _store(job, staged)
            return run.finish(job, counts=counts, rows=reader.lines, sha256=sha256)


def _measure(source: IO[bytes]) -> tuple[int, str]:
    """Lines after the heading, about, and the hash of the file."""
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    while piece := source.read(_BUFFER):
        digest.update(piece)
        lines, last = lines + piece.count(b"\n"), piece
    source.seek(0)
    return max(lines - last.endswith(b"\n"), 0), digest.hexdigest()


class _Reader:
    """Goes through the lines once; writes good rows to ``staged`` and bad ones to ``report``."""

    def __init__(self, run: Run, source: IO[bytes], staged: IO[bytes], report: IO[bytes]) -> None:
        self._run, self._source, self._staged = run, source, staged
        self._brand_id, self._mark = run.brand_id, key_mark(run.brand_id)
        self._latest = timezone.now() + timedelta(days=1)
        self.lines, self.wrong = 0, 0
        self.problems: list[Problem] = []
        self._text = io.TextIOWrapper(report, "utf-8-sig", newline="", write_through=True)
        self._report = csv.writer(self._text)

    def read(self, total: int) -> None:
        """Raises: Stopped."""
        with translation.override(self._run.language):
            self._report.writerow(["line", "field", "reason"])
            try:
                self._read(total)
            except UnicodeDecodeError:
                self._note(self.lines + 2, "file", "not_utf8")
            except csv.Error:
                self._note(self.lines + 2, "file", "broken_line")
            self._text.flush()
            self._text.detach()

    def _read(self, total: int) -> None:
        text = io.TextIOWrapper(self._source, "utf-8-sig", newline="")
        try:
            rows = csv.reader(text, delimiter=_delimiter(text), strict=True)
            columns = self._columns(next(rows, []))
            if self.wrong:
                return
            for row in rows:
                self.lines += 1
                if any(value.strip() for value in row):
                    self._take(rows.line_num, dict(zip(columns, row, strict=False)))
                if self.lines % TELL_EVERY == 0:
                    self._run.progress(done=self.lines, total=max(total, self.lines))
                if self.wrong >= MOST_PROBLEMS:
                    self._note(rows.line_num, "file", "too_many")
                    return
            if not self.lines:
                self._note(1, "file", "no_rows")
        finally:
            with suppress(ValueError):
                text.detach()

    def _columns(self, heading: list[str]) -> list[str]:
        columns = [COLUMNS.get(name.strip().casefold(), "") for name in heading]
        named = [name for name in columns if name]
        for name in sorted(set(named)):
            if named.count(name) > 1:
                self._note(1, name, "column_twice")
        if not {"address", "address_hash"} & set(named):
            self._note(1, "address", "no_address_column")
        if "channel" not in named and not self._run.filters.get("channel"):
            self._note(1, "channel", "no_channel_column")
        return columns

    def _take(self, line: int, row: dict[str, str]) -> None:
        try:
            staged = "".join(self._rows(row))
        except _Wrong as wrong:
            self._note(line, wrong.field, wrong.code)
            return
        self._staged.write(staged.encode())

    def _rows(self, row: dict[str, str]) -> Iterator[str]:
        channel = (row.get("channel") or self._run.filters.get("channel", "")).strip().casefold()
        if not _CHANNEL.fullmatch(channel):
            raise _Wrong("channel", "no_channel")
        hashed = self._hash(channel, row)
        state = (row.get("state") or "").strip().casefold() or ConsentState.SUPPRESSED
        if state not in {ConsentState.SUPPRESSED, ConsentState.WITHDRAWN}:
            raise _Wrong("state", "no_state")
        since = self._since((row.get("since") or "").strip()).isoformat()
        for purpose in _purposes((row.get("purpose") or "").strip().casefold()):
            yield f"{channel}\t{hashed}\t{purpose}\t{state}\t{since}\n"

    def _hash(self, channel: str, row: dict[str, str]) -> str:
        if hashed := (row.get("address_hash") or "").strip().casefold():
            if not _HASH.fullmatch(hashed):
                raise _Wrong("address_hash", "no_hash")
            if (row.get("key") or "").strip() != self._mark:
                raise _Wrong("key", "other_key")
            return hashed
        # Our own exports put a quote before what a spreadsheet would take for a formula.
        address = (row.get("address") or "").strip().removeprefix("'")
        if not address:
            raise _Wrong("address", "empty")
        if len(address) > LONGEST_ADDRESS:
            raise _Wrong("address", "too_long")
        if not address.isprintable():
            raise _Wrong("address", "bad_character")
        return address_hash(self._brand_id, channel, address)

    def _since(self, text: str) -> datetime:
        if not text:
            return self._run.requested_at
        found: Any = None
        with suppress(ValueError):
            found = parse_datetime(text) or parse_date(text)
        if found is None:
            raise _Wrong("since", "no_date")
        if not isinstance(found, datetime):
            found = datetime(found.year, found.month, found.day, tzinfo=UTC)
        at: datetime = found if found.tzinfo else found.replace(tzinfo=UTC)
        if at > self._latest:
            raise _Wrong("since", "in_future")
        if at.year < 1990:
            raise _Wrong("since", "too_old")
        return at

    def _note(self, line: int, field: str, code: str) -> None:
        self.wrong += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append({"line": line, "field": field, "code": code})
        self._report.writerow([line, cell(field), cell(str(words_of(code)))])


def _delimiter(text: io.TextIOWrapper) -> str:
    """Of the heading. The stream is back at its beginning afterwards."""
    heading = text.readline(_BUFFER)
    text.seek(0)
    return max(",;\t", key=heading.count)


def _purposes(text: str) -> tuple[str, ...]:
    if text in {"", "all", "alle"}:
        return OPT_OUT_PURPOSES
    if text not in CONSENT_PURPOSES:
        raise _Wrong("purpose", "no_purpose")
    return (Purpose(text),)


_STAGE = """CREATE TEMPORARY TABLE staged_suppression (
  channel varchar(20), address_hash varchar(64), purpose varchar(15), state varchar(10),
  since timestamptz) ON COMMIT DROP"""
_ONCE = """CREATE TEMPORARY TABLE wanted_suppression ON COMMIT DROP AS
SELECT s.*, c.state AS before FROM (
  SELECT DISTINCT ON (channel, address_hash, purpose) * FROM staged_suppression
  ORDER BY channel, address_hash, purpose, state, since) s
LEFT JOIN compliance_consent c ON c.brand_id = %(brand)s AND c.channel = s.channel
  AND c.address_hash = s.address_hash AND c.purpose = s.purpose
WHERE (s.state = 'suppressed' AND c.state IS DISTINCT FROM 'suppressed')
  OR (s.state = 'withdrawn' AND (c.state IS NULL
      OR (c.state IN ('requested', 'granted') AND s.since >= c.since)))"""
_UPSERT = """INSERT INTO compliance_consent (id, brand_id, channel, address_hash, purpose, state,
  basis, since, source, evidence_ref, text_version, text_sha256, is_double_opt_in, is_child)
SELECT gen_random_uuid(), %(brand)s, channel, address_hash, purpose, state, 'consent', since,
  'import', %(job)s, '', '', false, false FROM wanted_suppression
ON CONFLICT (brand_id, channel, address_hash, purpose) DO UPDATE SET state = EXCLUDED.state,
  since = EXCLUDED.since, source = EXCLUDED.source, evidence_ref = EXCLUDED.evidence_ref,
  basis = 'consent', text_version = '', text_sha256 = ''
WHERE compliance_consent.state <> 'suppressed'"""
_ENTRIES = """INSERT INTO compliance_consententry (id, brand_id, channel, address_hash, purpose,
  before, state, basis, at, recorded_at, source, evidence_ref, note, facts, text_version,
  text_sha256, is_double_opt_in, is_child, actor_kind, actor_ref, sha256)
SELECT gen_random_uuid(), %(brand)s, channel, address_hash, purpose, coalesce(before, ''), state,
  'consent', since, %(now)s, 'import', %(job)s, '', '{}', '', '', false, false, 'system', %(actor)s,
  '' FROM wanted_suppression"""


def _store(job: ConsentJob, staged: IO[bytes]) -> JobCounts:
    """Everything, in the caller's transaction; no sender is between its question and its mark when
    the list takes effect."""
    values: dict[str, Any] = {
        "brand": job.brand_id,
        "job": str(job.pk),
        "now": timezone.now(),
        "actor": job.requested_ref,
    }
    staged.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.staged_suppression, pg_temp.wanted_suppression"
        )
        cursor.execute(_STAGE)
        with cursor.copy("COPY staged_suppression FROM STDIN") as copy:
            while piece := staged.read(_BUFFER):
                copy.write(piece)
        cursor.execute(
            "SELECT count(*) FROM (SELECT DISTINCT channel, address_hash, purpose"
            " FROM staged_suppression) one"
        )
        listed = int(cursor.fetchone()[0])
        cursor.execute(_ONCE, values)
        cursor.execute(_UPSERT, values)
        added = int(cursor.rowcount)
        cursor.execute(_ENTRIES, values)
    hold_address(f"brand:{job.brand_id}")
    return {"added": added, "unchanged": listed - added, "wrong": 0}
