"""Long work on consents and disclosures: lists that come in and go out."""

from typing import TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import EXPORT_ENDS, ConsentJobKind, ExportState
from tenants.models import BrandModel


class Problem(TypedDict):
    """Why one line of a list was refused; ``field`` is a column, ``code`` says the reason."""

    line: int
    field: str
    code: str


class JobCounts(TypedDict, total=False):
    """``added``: newly suppressed; ``unchanged``: stood there already; ``wrong``: bad lines."""

    added: int
    unchanged: int
    wrong: int


def _upload_path(job: "ConsentJob", _name: str) -> str:
    return f"brands/{job.brand_id}/consent/{job.pk}.in.csv"


def _result_path(job: "ConsentJob", _name: str) -> str:
    return f"brands/{job.brand_id}/consent/{job.pk}.out.csv"


class ConsentJob(BrandModel):
    """``upload`` holds addresses: it is deleted when the job ends. ``file`` is the result: the
    exported list, or the report of what is wrong with an imported one."""

    kind = models.CharField(_("kind"), max_length=20, choices=ConsentJobKind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.QUEUED
    )
    purpose = models.CharField(_("what it is for"), max_length=300)
    language = models.CharField(max_length=2, default="en")
    filters = models.JSONField(default=dict)
    filename = models.CharField(_("file"), max_length=200, blank=True)
    upload = models.FileField(upload_to=_upload_path, max_length=300, blank=True)
    file = models.FileField(upload_to=_result_path, max_length=300, blank=True)
    requested_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_ref = models.CharField(_("requested by"), max_length=120)
    requested_at = models.DateTimeField(_("requested"))
    rows_total = models.BigIntegerField(_("rows"), null=True)
    rows_done = models.BigIntegerField(_("rows done"), default=0)
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size_bytes = models.BigIntegerField(_("bytes"), null=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("list of consents")
        verbose_name_plural = _("suppression lists")
        indexes = (
            models.Index(fields=("brand", "requested_at"), name="consentjob_by_time"),
            models.Index(
                fields=("brand", "state"),
                name="consentjob_unfinished",
                condition=models.Q(state__in=("queued", "running")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def has_ended(self) -> bool:
        return self.state in EXPORT_ENDS

    @property
    def download_name(self) -> str:
        name = "problems" if self.kind == ConsentJobKind.IMPORT else self.kind.replace("_", "-")
        return f"{name}-{self.requested_at:%Y%m%d-%H%M%S}.csv"
