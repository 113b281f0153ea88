"""The end of a brand: the archive for its controller, and the erasure with its certificate."""

from typing import TypedDict

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.choices import ErasureState, ExportState
from tenants.models import BrandModel


class Part(TypedDict):
    """One finished table of an archive: where its lines lie until the archive is put together."""

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str


def _path(export: "BrandExport", _name: str) -> str:
    return f"brands/{export.brand_id}/closing/{export.pk}.zip"


class BrandExport(BrandModel):
    """An archive of everything a brand holds. Each table is a part; a new worker goes on behind
    the last finished one. ``as_of`` is when the first worker began to read."""

    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.QUEUED
    )
    purpose = models.CharField(_("purpose"), max_length=300)
    requested_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_ref = models.CharField(_("requested by"), max_length=120)
    requested_at = models.DateTimeField(_("requested"))
    as_of = models.DateTimeField(_("as of"), null=True)
    audit_export = models.ForeignKey(
        "compliance.AuditExport", on_delete=models.PROTECT, null=True, related_name="+"
    )
    parts = models.JSONField(default=list)
    rows_total = models.BigIntegerField(_("rows"), null=True)
    rows_done = models.BigIntegerField(_("rows done"), default=0)
    file = models.FileField(_("file"), upload_to=_path, max_length=300, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size_bytes = models.BigIntegerField(_("bytes"), null=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)
    link_sha256 = models.CharField(max_length=64, blank=True)
    link_until = models.DateTimeField(_("link is valid until"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("brand export")
        verbose_name_plural = _("brand exports")
        indexes = (
            models.Index(fields=("brand", "requested_at"), name="brandexport_by_time"),
            models.Index(
                fields=("brand", "state"),
                name="brandexport_unfinished",
                condition=models.Q(state__in=("queued", "running")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def is_ready(self) -> bool:
        """Whether the file can be taken now."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return self.state == ExportState.DONE and bool(self.file) and in_time

    @property
    def download_name(self) -> str:
        return f"brand-{self.requested_at:%Y%m%d-%H%M%S}.zip"


class BrandErasure(BrandModel):
    """The erasure of one brand, asked for by one person and confirmed by another.

    Belongs to the agency's own brand (``brand``), so it outlives ``target``. ``counts`` is
    ``{table: rows erased or emptied}``. ``certificate`` is the signed text that is handed out.
    """

    target = models.ForeignKey("tenants.Brand", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=ErasureState.choices, default=ErasureState.REQUESTED
    )
    reason = models.CharField(_("reason"), max_length=300)
    requested_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested"))
    confirm_until = models.DateTimeField(_("to be confirmed until"))
    confirmed_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    not_before = models.DateTimeField(_("starts"), null=True)
    export_ref = models.UUIDField(_("brand export"), null=True)
    export_sha256 = models.CharField(_("SHA-256 of the archive"), max_length=64, blank=True)
    export_as_of = models.DateTimeField(_("as of"), null=True)
    checkpoint_before = models.TextField(blank=True)
    checkpoint_after = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    rows_total = models.BigIntegerField(_("rows"), null=True)
    rows_done = models.BigIntegerField(_("rows done"), default=0)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    certificate = models.TextField(_("certificate"), blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("brand erasure")
        verbose_name_plural = _("brand erasures")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "target"),
                condition=models.Q(state__in=("requested", "queued", "running", "done")),
                name="erasure_one_per_brand",
            ),
        )
        indexes = (models.Index(fields=("brand", "requested_at"), name="erasure_by_time"),)

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"
