"""Exports of the audit trail as the jobs centre tells of them."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import EXPORT_ENDS, ExportState
from compliance.models import AuditExport, EvidencePack
from compliance.permissions import EXPORT_AUDIT, EXPORT_EVIDENCE
from tenants.permissions import reach_of
from tenants.registries import JobRow, jobs

STATES: dict[str, Any] = {
    ExportState.QUEUED: "waiting",
    ExportState.RUNNING: "running",
    ExportState.DONE: "done",
    ExportState.FAILED: "failed",
    ExportState.CANCELLED: "cancelled",
}


class AuditExportJobs:
    key = "compliance.audit_export"
    title: StrOrPromise = _("Audit exports")

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]:
        """Those of brands where the person may export. One query."""
        brands = reach_of(user, EXPORT_AUDIT).brand_ids
        if not brands:
            return []
        found = (
            AuditExport.objects.filter(brand__in=brands)
            .select_related("brand", "requested_by")
            .order_by("-requested_at", "-id")[:limit]
        )
        return [_row(export) for export in found]


def _row(export: AuditExport) -> JobRow:
    change = reverse("admin:compliance_auditexport_change", args=[export.pk])
    has_ended = export.state in EXPORT_ENDS
    return JobRow(
        key=f"audit-export-{export.pk}",
        title=_("Audit export"),
        brand=export.brand.name,
        asked_by=str(export.requested_by or export.requested_ref),
        asked_at=export.requested_at,
        state=STATES[export.state],
        state_label=export.get_state_display(),
        done=export.rows_done,
        total=export.rows_total,
        note=export.failure or export.purpose,
        url=change,
        cancel_url=""
        if has_ended
        else reverse("admin:compliance_auditexport_cancel", args=[export.pk]),
    )


class EvidencePackJobs:
    key = "compliance.evidence_pack"
    title: StrOrPromise = _("Evidence packs")

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]:
        """Those of brands where the person may take packs. One query."""
        brands = reach_of(user, EXPORT_EVIDENCE).brand_ids
        if not brands:
            return []
        found = (
            EvidencePack.objects.filter(brand__in=brands)
            .select_related("brand", "requested_by")
            .order_by("-requested_at", "-id")[:limit]
        )
        return [_pack_row(pack) for pack in found]


def _pack_row(pack: EvidencePack) -> JobRow:
    cancel = reverse("admin:compliance_evidencepack_cancel", args=[pack.pk])
    return JobRow(
        key=f"evidence-pack-{pack.pk}",
        title=_("Evidence pack"),
        brand=pack.brand.name,
        asked_by=str(pack.requested_by or pack.requested_ref),
        asked_at=pack.requested_at,
        state=STATES[pack.state],
        state_label=pack.get_state_display(),
        done=pack.rows_done,
        total=pack.rows_total,
        note=pack.failure or pack.purpose,
        url=reverse("admin:compliance_evidencepack_change", args=[pack.pk]),
        cancel_url="" if pack.state in EXPORT_ENDS else cancel,
    )


jobs.register(AuditExportJobs.key, AuditExportJobs())
jobs.register(EvidencePackJobs.key, EvidencePackJobs())
