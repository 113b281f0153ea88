"""An export of the audit trail: a job with progress, and the file it makes."""

from typing import TypedDict

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.choices import ExportFormat, ExportState
from tenants.models import BrandModel


class ExportFilters(TypedDict, total=False):
    """What an export is limited to; an empty dict means the whole log. Times are ISO 8601, UTC."""

    since: str
    until: str
    kind: str
    actor: str
    object_type: str
    object_ref: str
    cid: str


class ExportPart(TypedDict):
    """A finished piece of the file: where it lies, its rows, and the number of the last leaf in it
    (-1 for the header)."""

    path: str
    rows: int
    last: int


def _path(export: "AuditExport", _name: str) -> str:
    return f"brands/{export.brand_id}/audit/{export.pk}.{export.format}"


class HandedOut(BrandModel):
    """A file for somebody: ``recipient`` stands in it. A link opens it without an account until
    ``link_until``; only the hash of its secret is stored."""

    recipient = models.CharField(_("recipient"), max_length=200, blank=True)
    is_masked = models.BooleanField(_("personal data masked"), default=False)
    link_sha256 = models.CharField(max_length=64, blank=True)
    link_until = models.DateTimeField(_("link is valid until"), null=True)

    class Meta(BrandModel.Meta):
        abstract = True


class AuditExport(HandedOut):
    """``lease_until`` says until when a worker holds it; when it has expired, the next one goes on
    behind ``parts``. ``columns`` are those of a CSV file, ``language`` that of a PDF."""

    format = models.CharField(
        _("format"), max_length=5, choices=ExportFormat.choices, default=ExportFormat.JSONL
    )
    columns = models.JSONField(_("columns"), default=list)
    language = models.CharField(_("language"), max_length=5, default="en")
    parts = models.JSONField(default=list)
    started_at = models.DateTimeField(_("started"), null=True)
    rows_before = models.BigIntegerField(default=0)
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
        return f"audit-{self.requested_at:%Y%m%d-%H%M%S}.{self.format}"

    @property
    def is_ready(self) -> bool:
        """Whether the file can be taken now."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return self.state == ExportState.DONE and bool(self.file) and in_time
