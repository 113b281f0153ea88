"""An export of the audit trail: a job with progress, and the file it makes."""

from typing import TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import ExportState
from tenants.models import BrandModel


class ExportFilters(TypedDict, total=False):
    """What an export is limited to; an empty dict means the whole log. Times are ISO 8601, UTC."""

    since: str
    until: str
    kind: str
    actor: str
    object_type: str
    object_ref: str


def _path(export: "AuditExport", _name: str) -> str:
    return f"brands/{export.brand_id}/audit/{export.pk}.jsonl"


class AuditExport(BrandModel):
    """``lease_until`` says until when a worker holds it; an expired one starts again from zero."""

    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.QUEUED
    )
    filters = models.JSONField(_("filters"), default=dict)
    purpose = models.CharField(_("purpose"), max_length=300)
    requested_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_ref = models.CharField(_("requested by"), max_length=120)
    requested_at = models.DateTimeField(_("requested"))
    rows_total = models.BigIntegerField(_("rows"), null=True)
    rows_done = models.BigIntegerField(_("rows done"), default=0)
    checkpoint = models.ForeignKey(
        "compliance.Checkpoint", on_delete=models.PROTECT, null=True, related_name="+"
    )
    known_size = models.BigIntegerField(_("checkpoint held already"), null=True)
    file = models.FileField(_("file"), upload_to=_path, max_length=300, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size_bytes = models.BigIntegerField(_("bytes"), null=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta:
        verbose_name = _("audit export")
        verbose_name_plural = _("audit exports")
        base_manager_name = "objects"
        indexes = (
            models.Index(fields=("brand", "requested_at"), name="export_by_time"),
            models.Index(
                fields=("brand", "state"),
                name="export_unfinished",
                condition=models.Q(state__in=("queued", "running")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def wanted(self) -> ExportFilters:
        return self.filters  # type: ignore[no-any-return]  # the JSON column has this shape

    @property
    def is_full(self) -> bool:
        return not self.filters

    @property
    def download_name(self) -> str:
        return f"audit-{self.requested_at:%Y%m%d-%H%M%S}.jsonl"
