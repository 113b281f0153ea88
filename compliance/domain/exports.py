"""Exports of the audit trail: ask for one, stop it, take it. ``export_job`` makes the file.

Requested, finished and downloaded are events of the ledger themselves.
"""

from functools import partial
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from compliance.choices import EXPORT_ENDS, ExportState
from compliance.domain.audit import actor_reference, record
from compliance.domain.export_job import EXPORTER, FILTER_COLUMNS
from compliance.domain.held import held_size
from compliance.domain.queries import expired_exports
from compliance.exceptions import ExportNotReady
from compliance.models import AuditExport
from compliance.models.export import ExportFilters
from compliance.permissions import EXPORT_AUDIT
from compliance.tasks import run_export as run_export_task
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User
from tenants.permissions import Actor, require
from tenants.scope import brand_scope


@transaction.atomic
def request_export(
    brand: Brand,
    *,
    actor: Actor,
    filters: ExportFilters,
    purpose: str,
    held_checkpoint: str = "",
    wake: bool = True,
) -> AuditExport:
    """Queue an export. Empty ``filters`` mean the whole log; ``purpose`` goes into the ledger.
    With ``held_checkpoint``, a signed note of this log, the file proves that it extends that one.

    Wakes a worker after commit unless the caller makes the file itself (``wake=False``).

    Raises: NotAllowed, InvalidInput (no purpose, unknown filter, no such time, a text that is no
    checkpoint of this log).
    """
    require(actor, EXPORT_AUDIT, brand)
    if not purpose.strip():
        raise InvalidInput("purpose", _("Say what the export is for."))
    wanted = _checked(filters)
    export = AuditExport.objects.create(
        brand=brand,
        filters=wanted,
        purpose=purpose.strip()[:300],
        requested_by=actor if isinstance(actor, User) else None,
        requested_ref=actor_reference(actor)[1],
        requested_at=timezone.now(),
        known_size=held_size(brand, held_checkpoint),
    )
    record(
        "compliance.export.requested",
        export,
        actor=actor,
        personal={"purpose": export.purpose, "filters": wanted},
        facts={"filtered": bool(wanted)},
    )
    if wake:
        wake_up = partial(run_export_task.delay, brand_id=str(brand.pk), export_id=str(export.pk))
        # A broker that is down must not fail the request: the sweep finds the export.
        transaction.on_commit(wake_up, robust=True)
    return export


@transaction.atomic
def cancel_export(export: AuditExport, *, actor: Actor) -> AuditExport:
    """Stop an export that has not ended; a running worker notices with its next chunk. Idempotent.

    Raises: NotAllowed.
    """
    require(actor, EXPORT_AUDIT, export)
    export = AuditExport.objects.select_for_update(no_key=True).get(pk=export.pk)
    if export.state not in EXPORT_ENDS:
        export.state, export.finished_at = ExportState.CANCELLED, timezone.now()
        export.save(update_fields=["state", "finished_at"])
        record("compliance.export.cancelled", export, actor=actor)
    return export


@transaction.atomic
def open_export(export: AuditExport, *, actor: Actor) -> IO[bytes]:
    """The file, to be sent to ``actor``. The download is an event.

    Raises: NotAllowed, ExportNotReady (not done, or expired).
    """
    require(actor, EXPORT_AUDIT, export)
    ready = export.state == ExportState.DONE and bool(export.file)
    if not ready or (export.expires_at and export.expires_at < timezone.now()):
        raise ExportNotReady
    record("compliance.export.downloaded", export, actor=actor, facts={"sha256": export.sha256})
    opened: IO[bytes] = export.file.open("rb")
    return opened


def drop_expired_files() -> int:
    """Delete the files whose time is up; the export's row and its events stay. Says how many."""
    dropped = 0
    for brand_id, export_id in expired_exports():
        with brand_scope(brand_id):
            export = AuditExport.objects.select_for_update().get(pk=export_id)
            export.file.delete(save=False)
            export.save(update_fields=["file"])
            record("compliance.export.expired", export, actor=EXPORTER)
            dropped += 1
    return dropped


def _checked(filters: ExportFilters) -> ExportFilters:
    wanted: dict[str, str] = {}
    for name, value in filters.items():
        if name not in FILTER_COLUMNS:
            raise InvalidInput(name, _("There is no filter “%s”.") % name)
        if not value:
            continue
        wanted[name] = str(value)[:120]
        if name in ("since", "until"):
            at = parse_datetime(wanted[name])
            if at is None or at.tzinfo is None:
                raise InvalidInput(name, _("Give a date and time with its time zone."))
    return wanted  # type: ignore[return-value]  # only the keys checked above
