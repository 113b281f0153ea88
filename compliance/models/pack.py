"""Evidence packs: everything about one case, as an archive that proves itself."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.choices import ExportState
from compliance.models.export import HandedOut


def _path(pack: "EvidencePack", _name: str) -> str:
    return f"brands/{pack.brand_id}/evidence/{pack.pk}.zip"


class EvidencePack(HandedOut):
    """``case_key`` names an entry of ``registries.evidence_cases``, ``object_ref`` the key of its
    object; empty for a period, which is ``since`` to ``until`` (exclusive)."""

    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.QUEUED
    )
    case_key = models.CharField(_("case"), max_length=40)
    object_ref = models.CharField(_("object"), max_length=80, blank=True)
    since = models.DateTimeField(_("from"), null=True)
    until = models.DateTimeField(_("to"), null=True)
    purpose = models.CharField(_("purpose"), max_length=300)
    requested_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_ref = models.CharField(_("requested by"), max_length=120)
    requested_at = models.DateTimeField(_("requested"))
    rows_total = models.BigIntegerField(_("events"), null=True)
    rows_done = models.BigIntegerField(_("events done"), default=0)
    checkpoint = models.ForeignKey(
        "compliance.Checkpoint", on_delete=models.PROTECT, null=True, related_name="+"
    )
    file = models.FileField(_("file"), upload_to=_path, max_length=300, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size_bytes = models.BigIntegerField(_("bytes"), null=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta(HandedOut.Meta):
        verbose_name = _("evidence pack")
        verbose_name_plural = _("evidence packs")
        indexes = (
            models.Index(fields=("brand", "requested_at"), name="pack_by_time"),
            models.Index(
                fields=("brand", "state"),
                name="pack_unfinished",
                condition=models.Q(state__in=("queued", "running")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_key} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def is_ready(self) -> bool:
        """Whether the file can be taken now."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        return self.state == ExportState.DONE and bool(self.file) and in_time

    @property
    def download_name(self) -> str:
        return f"evidence-{self.case_key}-{self.requested_at:%Y%m%d-%H%M%S}.zip"
