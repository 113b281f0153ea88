"""Makes a brand's archive, table by table. A killed worker leaves a lease that runs out; the next
one goes on behind the last finished table."""

import logging
import tempfile
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import EXPORT_ENDS, ExportState
from compliance.domain.audit import record
from compliance.domain.checkpoints import origin_of
from compliance.domain.closing.archive import (
    Archive,
    columns_of,
    own_program,
    sha256_of,
    write_table,
)
from compliance.domain.closing.manifest import SEAL_SUFFIX, manifest_text, readme_text, seal
from compliance.domain.closing.tables import Table, exported_tables
from compliance.domain.export_job import EXPORTER
from compliance.domain.export_job import run_export as run_audit_export
from compliance.domain.exports import request_export
from compliance.models import AuditExport, BrandExport
from compliance.models.closing import Part
from compliance.registries import closing_parts
from tenants.models import Brand
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
LIFETIME = timedelta(days=14)
MAX_ATTEMPTS = 10
PURPOSE = "archive of the brand"


class _Stopped(Exception):
    """The export was cancelled, or another worker has taken it over."""


class AuditTrailMissing(RuntimeError):
    """The audit trail could not be exported, so the archive would not be whole."""


def run_brand_export(export_id: UUID, *, brand_id: UUID) -> BrandExport | None:
    """Make the archive or go on with it. None if it is not waiting (done, cancelled, another's)."""
    attempt = _claim(export_id, brand_id)
    if attempt is None:
        return None
    brand = Brand.objects.select_related("agency").get(pk=brand_id)
    try:
        for table in exported_tables():
            _make_part(table, brand, export_id, attempt)
        audit = _audit_trail(brand, export_id, attempt)
        with tempfile.TemporaryFile() as file:
            _assemble(file, brand, export_id, attempt, audit)
            return _finish(file, brand, export_id, attempt)
    except _Stopped:
        _drop_parts(brand_id, export_id, unless_running=True)
        return None
    except AuditTrailMissing as error:
        return _fail(export_id, brand_id, attempt, str(error))


def folder_of(brand_id: UUID, export_id: UUID) -> str:
    return f"brands/{brand_id}/closing/{export_id}"


def _claim(export_id: UUID, brand_id: UUID) -> int | None:
    with brand_scope(brand_id):
        export = (
            BrandExport.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("audit_export")
            .filter(pk=export_id)
            .first()
        )
        now = timezone.now()
        if export is None or export.state in EXPORT_ENDS:
            return None
        if export.state == ExportState.RUNNING and _is_worked_on(export, now=now):
            return None
        export.attempt += 1
        if export.attempt > MAX_ATTEMPTS:
            export.state, export.finished_at = ExportState.FAILED, now
            export.failure = _("The export was interrupted too often.")
            export.save(update_fields=["attempt", "state", "finished_at", "failure"])
            record("compliance.brand_export.failed", export, actor=EXPORTER)
            return None
        export.state, export.lease_until = ExportState.RUNNING, now + LEASE
        export.as_of = export.as_of or now
        export.save(update_fields=["attempt", "state", "lease_until", "as_of"])
        facts = {"attempt": export.attempt}
        record("compliance.brand_export.started", export, actor=EXPORTER, facts=facts)
        attempt = export.attempt
    if attempt == 1:
        _count(export_id, brand_id, attempt)
    return attempt


def _is_worked_on(export: BrandExport, *, now: datetime) -> bool:
    """Its own lease stands, or that of the audit trail which its worker is making."""
    audit = export.audit_export
    leases = [export.lease_until, audit.lease_until if audit else None]
    return any(lease is not None and lease > now for lease in leases)


def _count(export_id: UUID, brand_id: UUID, attempt: int) -> None:
    brand = Brand.objects.get(pk=brand_id)
    with brand_scope(brand_id, agency_ids=[brand.agency_id]):
        total = sum(table.rows(brand).count() for table in exported_tables())
        BrandExport.objects.filter(pk=export_id, attempt=attempt).update(rows_total=total)


def _held(export_id: UUID, attempt: int) -> BrandExport:
    """The row, locked, if it still is this attempt's. Raises: _Stopped."""
    export = BrandExport.objects.select_for_update(no_key=True).filter(pk=export_id).first()
    if export is None or export.attempt != attempt or export.state != ExportState.RUNNING:
        raise _Stopped
    return export


def _make_part(table: Table, brand: Brand, export_id: UUID, attempt: int) -> None:
    with brand_scope(brand.pk):
        parts: list[Part] = _held(export_id, attempt).parts
    if any(part["table"] == table.label for part in parts):
        return
    before = sum(part["rows"] for part in parts)

    def told(rows: int) -> None:
        with brand_scope(brand.pk):
            export = _held(export_id, attempt)
            export.rows_done, export.lease_until = before + rows, timezone.now() + LEASE
            export.save(update_fields=["rows_done", "lease_until"])

    folder = folder_of(brand.pk, export_id)
    part = write_table(table, brand, folder=folder, agency_id=brand.agency_id, told=told)
    with brand_scope(brand.pk):
        export = _held(export_id, attempt)
        export.parts = [*export.parts, part]
        export.rows_done, export.lease_until = before + part["rows"], timezone.now() + LEASE
        export.save(update_fields=["parts", "rows_done", "lease_until"])


def _audit_trail(brand: Brand, export_id: UUID, attempt: int) -> AuditExport:
    """The whole audit trail as an export of its own; made once, also over several attempts."""
    with brand_scope(brand.pk):
        export = _held(export_id, attempt)
        audit = export.audit_export
        if audit is None or audit.state in EXPORT_ENDS - {ExportState.DONE} or not _is_there(audit):
            audit = request_export(brand, actor=EXPORTER, filters={}, purpose=PURPOSE, wake=False)
            export.audit_export = audit
            export.save(update_fields=["audit_export"])
    if audit.state != ExportState.DONE:
        audit = run_audit_export(audit.pk, brand_id=brand.pk) or audit
    if audit.state != ExportState.DONE:
        raise AuditTrailMissing(audit.failure or _("Another worker makes the audit trail."))
    return audit


def _is_there(audit: AuditExport) -> bool:
    return audit.state != ExportState.DONE or bool(audit.file)


def _assemble(
    file: IO[bytes], brand: Brand, export_id: UUID, attempt: int, audit: AuditExport
) -> None:
    with brand_scope(brand.pk):
        export = _held(export_id, attempt)
        parts, as_of = {part["table"]: part for part in export.parts}, export.as_of
    as_of = as_of or timezone.now()
    archive = Archive(file, at=as_of)
    archive.add_text("README.txt", readme_text(brand, as_of=as_of))
    readable = {label for part in closing_parts for label in part.readable}
    for table in exported_tables():
        part = parts[table.label]
        with default_storage.open(part["path"], "rb") as lines:
            archive.add(f"tables/{table.label}.jsonl", lines, rows=part["rows"], table=table.label)
        if table.label in readable:
            with default_storage.open(part["path"], "rb") as lines:
                name = f"readable/{table.label}.csv"
                archive.add_spreadsheet(name, lines, columns_of(table), table.label)
        _renew(brand.pk, export_id, attempt)
    audit_name = f"audit/{audit.download_name}"
    with audit.file.open("rb") as trail:
        archive.add(audit_name, trail, rows=audit.rows_done)
    for name in ("verify_brand.py", "verify_audit.py"):
        archive.add_text(name, own_program(name))
    _renew(brand.pk, export_id, attempt)
    text = manifest_text(
        brand, archive.entries, as_of=as_of, made_at=timezone.now(), audit=audit_name
    )
    origin = origin_of(settings.AUDIT_HOST, brand.pk)
    archive.close(manifest=text, signature=seal(text, origin=origin, suffix=SEAL_SUFFIX))


def _renew(brand_id: UUID, export_id: UUID, attempt: int) -> None:
    with brand_scope(brand_id):
        export = _held(export_id, attempt)
        export.lease_until = timezone.now() + LEASE
        export.save(update_fields=["lease_until"])


def _finish(file: IO[bytes], brand: Brand, export_id: UUID, attempt: int) -> BrandExport:
    digest, size = sha256_of(file)
    with brand_scope(brand.pk):
        export = _held(export_id, attempt)
        now: datetime = timezone.now()
        if export.file:
            export.file.delete(save=False)  # left by an attempt that died before its commit
        export.file.save("brand.zip", File(file), save=False)
        export.state, export.sha256, export.size_bytes = ExportState.DONE, digest, size
        export.rows_done = export.rows_total = sum(part["rows"] for part in export.parts)
        export.finished_at, export.expires_at, export.lease_until = now, now + LIFETIME, None
        export.save()
        record(
            "compliance.brand_export.finished",
            export,
            actor=EXPORTER,
            facts={"rows": export.rows_done, "sha256": digest},
        )
    _drop_parts(brand.pk, export_id)
    return export


def _drop_parts(brand_id: UUID, export_id: UUID, *, unless_running: bool = False) -> None:
    """The single tables are not needed once the archive stands, or when it was given up."""
    with brand_scope(brand_id):
        export = BrandExport.objects.filter(pk=export_id).first()
    if export is None or (unless_running and export.state == ExportState.RUNNING):
        return
    for part in export.parts:
        default_storage.delete(part["path"])


def _fail(export_id: UUID, brand_id: UUID, attempt: int, why: str) -> BrandExport:
    with brand_scope(brand_id):
        export = BrandExport.objects.select_for_update(no_key=True).get(pk=export_id)
        if export.attempt == attempt and export.state == ExportState.RUNNING:
            export.state, export.failure = ExportState.FAILED, why[:300]
            export.finished_at = timezone.now()
            export.save(update_fields=["state", "failure", "finished_at"])
            record("compliance.brand_export.failed", export, actor=EXPORTER)
        return export
