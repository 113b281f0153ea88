"""Archives and erasures of brands as the jobs centre tells of them."""

from collections.abc import Sequence
from typing import Any, Literal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import EXPORT_ENDS, ErasureState, ExportState
from compliance.models import BrandErasure, BrandExport
from tenants.domain.freezing import CAPABILITY
from tenants.permissions import can, reach_of
from tenants.registries import JobRow, jobs

type State = Literal["waiting", "running", "done", "done_with_skips", "failed", "cancelled"]

_EXPORT: dict[str, State] = {
    ExportState.QUEUED: "waiting",
    ExportState.RUNNING: "running",
    ExportState.DONE: "done",
    ExportState.FAILED: "failed",
    ExportState.CANCELLED: "cancelled",
}
_ERASURE: dict[str, State] = {
    ErasureState.REQUESTED: "waiting",
    ErasureState.QUEUED: "waiting",
    ErasureState.RUNNING: "running",
    ErasureState.DONE: "done",
    ErasureState.WITHDRAWN: "cancelled",
    ErasureState.EXPIRED: "cancelled",
}


class BrandExportJobs:
    key = "compliance.brand_export"
    title: StrOrPromise = _("Archives of brands")

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]:
        """Those of brands that the person may close. One query."""
        brands = reach_of(user, CAPABILITY).brand_ids
        if not brands:
            return []
        found = (
            BrandExport.objects.filter(brand__in=brands)
            .select_related("brand", "requested_by")
            .order_by("-requested_at", "-id")[:limit]
        )
        return [_export_row(export) for export in found]


def _export_row(export: BrandExport) -> JobRow:
    has_ended = export.state in EXPORT_ENDS
    cancel = reverse("admin:compliance_brandexport_cancel", args=[export.pk])
    return JobRow(
        key=f"brand-export-{export.pk}",
        title=_("Archive of the brand"),
        brand=export.brand.name,
        asked_by=str(export.requested_by or export.requested_ref),
        asked_at=export.requested_at,
        state=_EXPORT[export.state],
        state_label=export.get_state_display(),
        done=export.rows_done,
        total=export.rows_total,
        note=export.failure or export.purpose,
        url=reverse("admin:compliance_brandexport_change", args=[export.pk]),
        cancel_url="" if has_ended else cancel,
    )


class BrandErasureJobs:
    key = "compliance.brand_erasure"
    title: StrOrPromise = _("Erasures of brands")

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]:
        """In the agency's workspace, for those who may close brands. One query."""
        whole = workspace.brand is None and workspace.agency_wide
        if not whole or not can(user, CAPABILITY, workspace.agency):
            return []
        found = BrandErasure.objects.select_related("target", "requested_by").order_by(
            "-requested_at", "-id"
        )
        return [_erasure_row(erasure) for erasure in found[:limit]]


def _erasure_row(erasure: BrandErasure) -> JobRow:
    return JobRow(
        key=f"brand-erasure-{erasure.pk}",
        title=_("Erasure of the brand"),
        brand=erasure.target.name,
        asked_by=str(erasure.requested_by or ""),
        asked_at=erasure.requested_at,
        state=_ERASURE[erasure.state],
        state_label=erasure.get_state_display(),
        done=erasure.rows_done,
        total=erasure.rows_total,
        note=erasure.failure or erasure.reason,
        # Withdrawing needs a reason, so it is done on the page.
        url=reverse("admin:compliance_branderasure_change", args=[erasure.pk]),
    )


jobs.register(BrandExportJobs.key, BrandExportJobs())
jobs.register(BrandErasureJobs.key, BrandErasureJobs())
