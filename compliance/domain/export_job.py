"""Makes the file of an export, piece by piece.

Pieces of ``PART_ROWS`` rows go to the storage and are named in the export's row in the same
transaction as the progress; the brand's scope is entered for each chunk, so memory stays flat and
no transaction stays open. A killed worker leaves a lease that runs out; the next one goes on behind
the last finished piece, under the same checkpoint. A PDF is counted again from the start: it takes
seconds.
"""

import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import IO, Protocol
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from compliance.choices import EXPORT_ENDS, ExportFormat, ExportState
from compliance.domain.audit import record
from compliance.domain.export_csv import CsvForm
from compliance.domain.export_file import ExportFile
from compliance.domain.export_json import JsonForm, LedgerBroken, WatchedProver
from compliance.domain.export_pdf import STEP, Tally, summary
from compliance.domain.export_rows import Row, condition_of, count_rows, read_rows
from compliance.domain.export_turns import may_run
from compliance.domain.keys import note_key, signing_key
from compliance.domain.platform_tree import seal_whole_platform
from compliance.domain.queries import latest_checkpoint
from compliance.domain.sequencer import seal_all
from compliance.models import AuditExport, AuditTree, Checkpoint
from compliance.models.export import ExportPart
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope

EXPORTER = SystemActor("system", "exporter")
CHUNK = 2000
PART_ROWS = 20_000
TELL_S = 1.0
LEASE = timedelta(minutes=2)
LIFETIME = timedelta(days=7)
MAX_ATTEMPTS = 5


class _Stopped(Exception):
    """The export was cancelled, or another worker has taken it over."""


class Form(Protocol):
    """One way to write rows: JSON Lines or CSV."""

    def begin(self, target: IO[bytes]) -> None:
        """What stands before the first row."""

    def write(self, target: IO[bytes], rows: Sequence[Row]) -> None: ...


class _Job:
    """One attempt at one export: tells how far it is, and notices when it was taken away."""

    def __init__(self, export: AuditExport, brand_id: UUID) -> None:
        self.export, self.brand_id, self.attempt = export, brand_id, export.attempt
        self.rows = 0
        self.total: int | None = None
        self._told = time.monotonic()

    def tell(self, rows: int | None = None, *, part: ExportPart | None = None) -> None:
        """Renew the lease with the rows done and, with it, a finished piece. Raises: _Stopped."""
        self.rows = self.rows if rows is None else rows
        self._told = time.monotonic()
        changed = {"rows_done": self.rows, "rows_total": self.total}
        if part is not None:
            self.export.parts = [*self.export.parts, part]
            changed["parts"] = self.export.parts
        with brand_scope(self.brand_id):
            held = AuditExport.objects.filter(
                pk=self.export.pk, attempt=self.attempt, state=ExportState.RUNNING
            )
            if not held.update(lease_until=timezone.now() + LEASE, **changed):
                raise _Stopped

    def still_here(self) -> None:
        """Tell at most once a second, from work that has no rows to count."""
        if time.monotonic() - self._told >= TELL_S:
            self.tell()


def run_export(export_id: UUID, *, brand_id: UUID) -> AuditExport | None:
    """Make the file. None if the export is not waiting (done, cancelled, or another worker's).

    First seals what waits, so that everything committed before is in it. Raises nothing for what
    goes wrong with the data: the export ends as failed and says why.
    """
    seal_all(brand_id)
    seal_whole_platform()
    job = _claim(export_id, brand_id)
    if job is None:
        return None
    with tempfile.TemporaryFile() as file:
        try:
            return _finish(job, file, _write_lines(job, file))
        except _Stopped:
            drop_parts(export_id, brand_id, unless_running=True)
            return None
        except LedgerBroken as error:
            return _fail(job, str(error))


def _claim(export_id: UUID, brand_id: UUID) -> _Job | None:
    """This attempt, which must still stand whenever the worker writes."""
    with brand_scope(brand_id):
        export = (
            AuditExport.objects.select_for_update(skip_locked=True).filter(pk=export_id).first()
        )
        now = timezone.now()
        if export is None or export.state in EXPORT_ENDS:
            return None
        if export.state == ExportState.RUNNING and export.lease_until and export.lease_until > now:
            return None
        if not may_run(brand_id, now=now):
            return None  # the sweep comes back to it
        export.attempt += 1
        if export.attempt > MAX_ATTEMPTS:
            export.state, export.finished_at = ExportState.FAILED, now
            export.failure = _("The export was interrupted too often.")
        else:
            export.state, export.lease_until = ExportState.RUNNING, now + LEASE
        if not export.parts:
            export.rows_total, export.checkpoint = None, latest_checkpoint()
        export.started_at = now
        export.rows_done = export.rows_before = sum(part["rows"] for part in export.parts)
        export.save()
        has_begun = export.state == ExportState.RUNNING
        kind = "compliance.export.started" if has_begun else "compliance.export.failed"
        record(kind, export, actor=EXPORTER, facts={"attempt": export.attempt})
        if has_begun:
            return _Job(export, brand_id)
    drop_parts(export_id, brand_id)
    return None


def _write_lines(job: _Job, file: IO[bytes]) -> ExportFile:
    """The whole file, its hash and its rows."""
    with brand_scope(job.brand_id):
        if job.export.checkpoint_id is None:  # asking for it was an event, so there is one
            raise LedgerBroken("the brand has no checkpoint")
        checkpoint = Checkpoint.objects.get(pk=job.export.checkpoint_id)
        origin = AuditTree.objects.get().origin
        job.total = count_rows(condition_of(job.export.wanted), checkpoint.size)
    job.tell(job.export.rows_before)
    lines = ExportFile(file)
    if job.export.format == ExportFormat.PDF:
        _write_summary(job, lines, checkpoint, origin)
        return lines
    with override(job.export.language):
        _write_parts(job, _form(job, checkpoint, origin), checkpoint.size)
    for part in job.export.parts:
        with default_storage.open(part["path"], "rb") as piece:
            lines.copy(piece, rows=part["rows"])
        job.still_here()
    if job.export.format == ExportFormat.JSONL:
        key = signing_key()
        lines.write_footer(origin=origin, key=note_key(key), private_key=key.open_private_key())
    return lines


def _form(job: _Job, checkpoint: Checkpoint, origin: str) -> Form:
    export = job.export
    if export.format == ExportFormat.CSV:
        return CsvForm(
            job.brand_id,
            export.columns,
            recipient=export.recipient,
            is_masked=export.is_masked,
        )
    prover = WatchedProver(job.brand_id, checkpoint, watch=job.still_here)
    return JsonForm(
        checkpoint,
        prover,
        origin=origin,
        filters=export.wanted,
        recipient=export.recipient,
        is_masked=export.is_masked,
        rows_before=export.rows_before,
        known_size=export.known_size,
    )


def _write_parts(job: _Job, form: Form, size: int) -> None:
    """Everything behind the last finished piece."""
    if not job.export.parts:
        with tempfile.TemporaryFile() as file:
            form.begin(file)
            _keep_part(job, file, rows=0, last=-1)
    while _write_part(job, form, size):
        pass


def _write_part(job: _Job, form: Form, size: int) -> bool:
    """One more piece; False when there was nothing left for it."""
    before, last, rows = job.rows, job.export.parts[-1]["last"], 0
    with tempfile.TemporaryFile() as file:
        while rows < PART_ROWS and (found := _write_chunk(job, form, file, size, last)):
            rows, last = rows + len(found), found[-1].index
            job.tell(before + rows)
        if rows:
            _keep_part(job, file, rows=rows, last=last)
    return rows >= PART_ROWS


def _write_chunk(job: _Job, form: Form, file: IO[bytes], size: int, last: int) -> list[Row]:
    rows = read_rows(
        job.brand_id, condition_of(job.export.wanted), size=size, after=last, limit=CHUNK
    )
    if rows:
        form.write(file, rows)
    return rows


def _keep_part(job: _Job, file: IO[bytes], *, rows: int, last: int) -> None:
    number = len(job.export.parts)
    path = f"brands/{job.brand_id}/audit/{job.export.pk}/{number}"
    if default_storage.exists(path):
        default_storage.delete(path)  # left by an attempt that died before it was named
    file.seek(0)
    path = default_storage.save(path, File(file))
    job.tell(part={"path": path, "rows": rows, "last": last})


def _write_summary(job: _Job, lines: ExportFile, checkpoint: Checkpoint, origin: str) -> None:
    tally, condition = Tally(), condition_of(job.export.wanted)
    for start in range(0, checkpoint.size, STEP):
        with brand_scope(job.brand_id):
            tally.add_range(condition, start, min(start + STEP, checkpoint.size))
        job.tell(tally.rows)
    brand = Brand.objects.get(pk=job.brand_id)
    with brand_scope(job.brand_id), tempfile.TemporaryFile() as made:
        made.write(summary(job.export, brand, checkpoint, tally, origin=origin))
        made.seek(0)
        lines.copy(made, rows=tally.rows)


def _finish(job: _Job, file: IO[bytes], lines: ExportFile) -> AuditExport:
    file.seek(0)
    with brand_scope(job.brand_id):
        export = AuditExport.objects.select_for_update(no_key=True).get(pk=job.export.pk)
        if export.attempt != job.attempt or export.state != ExportState.RUNNING:
            raise _Stopped
        now = timezone.now()
        if export.file:
            export.file.delete(save=False)  # left by an attempt that died before its commit
        export.file.save(f"audit.{export.format}", File(file), save=False)
        export.state, export.sha256, export.size_bytes = (
            ExportState.DONE,
            lines.sha256,
            lines.size_bytes,
        )
        export.rows_done = export.rows_total = lines.rows
        export.finished_at, export.expires_at, export.lease_until = now, now + LIFETIME, None
        export.save()
        record(
            "compliance.export.finished",
            export,
            actor=EXPORTER,
            facts={"rows": lines.rows, "sha256": lines.sha256},
        )
    drop_parts(export.pk, job.brand_id)
    return export


def drop_parts(export_id: UUID, brand_id: UUID, *, unless_running: bool = False) -> None:
    """The pieces are not needed once the file stands, or when the export was given up."""
    with brand_scope(brand_id):
        export = AuditExport.objects.filter(pk=export_id).first()
        if export is None or (unless_running and export.state == ExportState.RUNNING):
            return
        parts = export.parts
        AuditExport.objects.filter(pk=export_id).update(parts=[])
    for part in parts:
        default_storage.delete(part["path"])


def _fail(job: _Job, why: str) -> AuditExport:
    with brand_scope(job.brand_id):
        export = AuditExport.objects.select_for_update(no_key=True).get(pk=job.export.pk)
        if export.attempt == job.attempt and export.state == ExportState.RUNNING:
            export.state, export.failure = ExportState.FAILED, why[:300]
            export.finished_at = timezone.now()
            export.save(update_fields=["state", "failure", "finished_at"])
            record("compliance.export.failed", export, actor=EXPORTER)
    drop_parts(job.export.pk, job.brand_id, unless_running=True)
    return export
