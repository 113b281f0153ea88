"""Makes the file of an export.

The job writes to a temporary file in chunks and enters the brand's scope for each, so memory stays
flat and no transaction stays open. A killed worker leaves a lease that runs out; the next one
starts again from zero.
"""

import tempfile
from collections import defaultdict
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.core.files import File
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import EXPORT_ENDS, ExportState
from compliance.domain.anchors import anchored_sizes
from compliance.domain.audit import record
from compliance.domain.export_file import ExportFile
from compliance.domain.export_turns import may_run
from compliance.domain.key_chain import chain_notes
from compliance.domain.keys import note_key, signing_key
from compliance.domain.platform_tree import platform_part, seal_whole_platform
from compliance.domain.proofs import LedgerBroken, Prover
from compliance.domain.queries import latest_checkpoint
from compliance.domain.sequencer import seal_all
from compliance.models import (
    AuditDetail,
    AuditExport,
    AuditLeaf,
    AuditTree,
    Checkpoint,
    SigningKey,
)
from compliance.models.export import ExportFilters
from tenants.actors import SystemActor
from tenants.scope import brand_scope

EXPORTER = SystemActor("system", "exporter")
CHUNK = 2000
LEASE = timedelta(minutes=2)
LIFETIME = timedelta(days=7)
MAX_ATTEMPTS = 5
MAX_EARLIER_PROOFS = 50
FILTER_COLUMNS = {
    "since": "event__at__gte",
    "until": "event__at__lt",
    "kind": "event__kind",
    "actor": "event__actor_ref",
    "object_type": "event__object_type",
    "object_ref": "event__object_ref",
}


class _Stopped(Exception):
    """The export was cancelled, or another worker has taken it over."""


def run_export(export_id: UUID, *, brand_id: UUID) -> AuditExport | None:
    """Make the file. None if the export is not waiting (done, cancelled, or another worker's).

    First seals what waits, so that everything committed before is in it. Raises nothing for what
    goes wrong with the data: the export ends as failed and says why.
    """
    seal_all(brand_id)
    seal_whole_platform()
    attempt = _claim(export_id, brand_id)
    if attempt is None:
        return None
    with tempfile.TemporaryFile() as file:
        try:
            lines = _write_lines(file, export_id, brand_id, attempt)
            return _finish(file, lines, export_id, brand_id, attempt)
        except _Stopped:
            return None
        except LedgerBroken as error:
            return _fail(export_id, brand_id, attempt, str(error))


def _claim(export_id: UUID, brand_id: UUID) -> int | None:
    """The number of this attempt, which must still stand whenever the worker writes."""
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
        export.rows_done, export.rows_total = 0, None
        export.checkpoint = latest_checkpoint()
        export.save()
        return export.attempt if export.state == ExportState.RUNNING else None


def _write_lines(file: IO[bytes], export_id: UUID, brand_id: UUID, attempt: int) -> ExportFile:
    with brand_scope(brand_id):
        export = AuditExport.objects.select_related("checkpoint").get(pk=export_id)
        checkpoint, wanted = export.checkpoint, export.wanted
        if checkpoint is None:  # asking for the export was an event, so there is one
            raise LedgerBroken("the brand has no checkpoint")
        origin = AuditTree.objects.get().origin
        key = SigningKey.objects.get(pk=checkpoint.key_id)
        earlier = _earlier_sizes(checkpoint, export.known_size)
        total = _leaves(wanted, checkpoint.size).count() if wanted else checkpoint.size
        _progress(export_id, attempt, rows_done=0, rows_total=total)
    prover = Prover(brand_id, checkpoint.size)
    if prover.root() != bytes(checkpoint.root):
        raise LedgerBroken("the stored leaves do not have the root that was signed")
    lines = ExportFile(file)  # type: ignore[arg-type]  # a temporary file is a BinaryIO
    lines.write_header(
        origin=origin,
        size=checkpoint.size,
        checkpoint=checkpoint.note,
        key=note_key(key),
        filters=wanted,
        consistency=[(size, prover.consistency(size)) for size in earlier],
        exported_at=timezone.now(),
        keys=chain_notes(),
        platform=platform_part(checkpoint.pk, held_sizes=anchored_sizes(brand_id)),
    )
    last = -1
    while (found := _write_chunk(lines, prover, wanted, last)) is not None:
        last = found
        with brand_scope(brand_id):
            _progress(export_id, attempt, rows_done=lines.rows, rows_total=total)
    signer = signing_key()
    lines.write_footer(origin=origin, key=note_key(signer), private_key=signer.open_private_key())
    return lines


def _write_chunk(lines: ExportFile, prover: Prover, wanted: ExportFilters, last: int) -> int | None:
    """Write the rows after leaf ``last``; the index of the last one written, None at the end."""
    with brand_scope(prover.brand_id):
        rows = list(
            _leaves(wanted, prover.size)
            .filter(index__gt=last)
            .order_by("index")
            .values_list("index", "event_id", "event__body")[:CHUNK]
        )
        details: dict[UUID, list[AuditDetail]] = defaultdict(list)
        for detail in AuditDetail.objects.filter(event__in=[row[1] for row in rows]):
            details[detail.event_id].append(detail)
    for index, event_id, body in rows:
        lines.write_row(index, body, details[event_id], prover.inclusion(index))
    return rows[-1][0] if rows else None


def _leaves(wanted: ExportFilters, size: int) -> QuerySet[AuditLeaf]:
    conditions = {FILTER_COLUMNS[name]: value for name, value in wanted.items()}
    return AuditLeaf.objects.filter(index__lt=size, **conditions)


def _earlier_sizes(checkpoint: Checkpoint, known_size: int | None) -> list[int]:
    """Trees that somebody may hold: the one named in the request, and those of earlier exports,
    newest first."""
    sizes = (
        AuditExport.objects.filter(state=ExportState.DONE, checkpoint__size__lt=checkpoint.size)
        .order_by("-checkpoint__size")
        .values_list("checkpoint__size", flat=True)
        .distinct()
    )
    known = [known_size] if known_size and known_size < checkpoint.size else []
    return list(dict.fromkeys([*known, *sizes[:MAX_EARLIER_PROOFS]]))


def _progress(export_id: UUID, attempt: int, *, rows_done: int, rows_total: int) -> None:
    """Raises: _Stopped if the export is no longer this attempt's."""
    held = AuditExport.objects.filter(pk=export_id, attempt=attempt, state=ExportState.RUNNING)
    if not held.update(
        rows_done=rows_done, rows_total=rows_total, lease_until=timezone.now() + LEASE
    ):
        raise _Stopped


def _finish(
    file: IO[bytes], lines: ExportFile, export_id: UUID, brand_id: UUID, attempt: int
) -> AuditExport:
    file.seek(0)
    with brand_scope(brand_id):
        export = AuditExport.objects.select_for_update(no_key=True).get(pk=export_id)
        if export.attempt != attempt or export.state != ExportState.RUNNING:
            raise _Stopped
        now = timezone.now()
        if export.file:
            export.file.delete(save=False)  # left by an attempt that died before its commit
        export.file.save("audit.jsonl", File(file), save=False)
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
        return export


def _fail(export_id: UUID, brand_id: UUID, attempt: int, why: str) -> AuditExport:
    with brand_scope(brand_id):
        export = AuditExport.objects.select_for_update(no_key=True).get(pk=export_id)
        if export.attempt == attempt and export.state == ExportState.RUNNING:
            export.state, export.failure = ExportState.FAILED, why[:300]
            export.finished_at = timezone.now()
            export.save(update_fields=["state", "failure", "finished_at"])
            record("compliance.export.failed", export, actor=EXPORTER)
        return export
