"""Exports of the audit trail: ask for one, stop it, take it. ``export_job`` makes the file.

Requested, finished and downloaded are events of the ledger themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from compliance.choices import EXPORT_ENDS, ExportFormat, ExportState, TransferKind
from compliance.domain.audit import actor_reference, record
from compliance.domain.canonical import storable
from compliance.domain.export_csv import COLUMNS
from compliance.domain.export_job import EXPORTER, drop_parts
from compliance.domain.export_rows import FILTER_COLUMNS
from compliance.domain.held import held_size
from compliance.domain.links import new_link
from compliance.domain.queries import expired_exports
from compliance.domain.vendors.exits import let_out
from compliance.exceptions import ExportNotReady
from compliance.models import AuditEvent, AuditExport, EvidencePack
from compliance.models.export import ExportFilters
from compliance.permissions import EXPORT_AUDIT
from compliance.tasks import run_export as run_export_task
from tenants.choices import Language
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User
from tenants.permissions import Actor, require
from tenants.scope import brand_scope


@dataclass(frozen=True, slots=True)
class ExportForm:
    """How the file looks. ``columns`` (CSV) empty: all; ``language`` empty: the brand's; the name
    of the ``recipient`` stands in the file."""

    format: str = ExportFormat.JSONL
    columns: Sequence[str] = ()
    is_masked: bool = False
    language: str = ""
    recipient: str = ""


WITH_PROOFS = ExportForm()


@transaction.atomic
def request_export(
    brand: Brand,
    *,
    actor: Actor,
    filters: ExportFilters,
    purpose: str,
    form: ExportForm = WITH_PROOFS,
    held_checkpoint: str = "",
    wake: bool = True,
) -> AuditExport:
    """Queue an export. Empty ``filters`` mean the whole log; ``purpose`` goes into the ledger.
    With ``held_checkpoint``, a signed note of this log, the file proves that it extends that one.

    Wakes a worker after commit unless the caller makes the file itself (``wake=False``).

    Raises: NotAllowed, InvalidInput (no purpose, unknown filter, column or form, no such time, a
    text that is no checkpoint of this log).
    """
    require(actor, EXPORT_AUDIT, brand)
    if not purpose.strip():
        raise InvalidInput("purpose", _("Say what the export is for."))
    wanted = _checked(filters)
    let_out(brand, TransferKind.EXPORTED)
    export = AuditExport.objects.create(
        brand=brand,
        filters=wanted,
        purpose=purpose.strip()[:300],
        requested_by=actor if isinstance(actor, User) else None,
        requested_ref=actor_reference(actor)[1],
        requested_at=timezone.now(),
        known_size=held_size(brand, held_checkpoint),
        **_checked_form(form, brand),
    )
    record(
        "compliance.export.requested",
        export,
        actor=actor,
        personal={"purpose": export.purpose, "filters": wanted, "recipient": export.recipient},
        facts={"filtered": bool(wanted), "format": export.format, "masked": export.is_masked},
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
        drop = partial(drop_parts, export.pk, export.brand_id, unless_running=True)
        transaction.on_commit(drop, robust=True)
    return export


@transaction.atomic
def open_export(export: AuditExport, *, actor: Actor) -> IO[bytes]:
    """The file, to be sent to ``actor``. The download is an event.

    Raises: NotAllowed, ExportNotReady (not done, or expired).
    """
    require(actor, EXPORT_AUDIT, export)
    return take(export, actor=actor, way="person")


def take(export: AuditExport, *, actor: Actor, way: str) -> IO[bytes]:
    """The file for whoever may have it, by whatever ``way``; an event. Raises: ExportNotReady."""
    if not export.is_ready:
        raise ExportNotReady
    record(
        "compliance.export.downloaded",
        export,
        actor=actor,
        facts={"sha256": export.sha256, "way": way},
    )
    opened: IO[bytes] = export.file.open("rb")
    return opened


@transaction.atomic
def make_link(export: AuditExport, *, actor: Actor) -> str:
    """The token of a link that gives the file to whoever has it, for as long as it is kept.

    Raises: NotAllowed, ExportNotReady.
    """
    require(actor, EXPORT_AUDIT, export)
    export = AuditExport.objects.select_for_update(no_key=True).get(pk=export.pk)
    if not export.is_ready:
        raise ExportNotReady
    token = new_link(export, "export")
    record("compliance.export.link_made", export, actor=actor)
    return token


def downloads_of(file: AuditExport | EvidencePack) -> list[AuditEvent]:
    """Who took the file and when, newest first, as the trail tells it."""
    events = AuditEvent.objects.filter(
        object_type=file._meta.label_lower,
        object_ref=str(file.pk),
        kind__in=("compliance.export.downloaded", "compliance.evidence.downloaded"),
    )
    return list(events.order_by("-at", "-id")[:50])


def drop_expired_files() -> int:
    """Delete the files whose time is up; the export's row and its events stay. Says how many."""
    dropped = 0
    for brand_id, export_id in expired_exports():
        with brand_scope(brand_id):
            export = AuditExport.objects.select_for_update().get(pk=export_id)
            export.file.delete(save=False)
            export.link_sha256, export.link_until = "", None
            export.save(update_fields=["file", "link_sha256", "link_until"])
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


def _checked_form(form: ExportForm, brand: Brand) -> dict[str, Any]:
    if form.format not in ExportFormat.values:
        raise InvalidInput("format", _("There is no form “%s”.") % form.format)
    for name in form.columns:
        if name not in COLUMNS:
            raise InvalidInput("columns", _("There is no column “%s”.") % name)
    language = form.language or brand.language
    if language not in Language.values:
        raise InvalidInput("language", _("There is no language “%s”.") % language)
    return {
        "format": form.format,
        "columns": [name for name in COLUMNS if name in form.columns],
        "is_masked": form.is_masked,
        "language": language,
        "recipient": storable(form.recipient.strip(), limit=200)[:200],
    }
