"""What people look at again, blind, and what the figures are made of."""

from typing import TypedDict

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.models import Message
from moderation.choices import (
    Category,
    Finding,
    QualityAlarmKind,
    SampleKind,
    SampleOutcome,
    Stratum,
)
from moderation.models.cases import Assessment, Decision
from tenants.models import BrandModel


class QualitySample(BrandModel):
    """One item drawn for review.

    ``decision``: whose judgement is looked at again; the person who made it never reviews it.
    ``category``, ``score`` (0..1), ``model_version``, ``rule_version``: as they were when the item
    was judged. ``outcome`` and ``reviewed_at`` are set once ``reviews_wanted`` people have said
    something.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="samples")
    revision = models.PositiveIntegerField()
    assessment = models.ForeignKey(
        Assessment, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decision = models.ForeignKey(Decision, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=SampleKind.choices)
    stratum = models.CharField(_("drawn from"), max_length=10, choices=Stratum.choices)
    category = models.CharField(_("category"), max_length=15, choices=Category.choices, blank=True)
    score = models.FloatField(_("score"), null=True)
    model_version = models.CharField(_("version"), max_length=60, blank=True)
    rule_version = models.PositiveIntegerField(_("rule version"), null=True)
    drawn_at = models.DateTimeField(_("drawn"))
    reviews_wanted = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=SampleOutcome.choices, blank=True
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "message", "revision"), name="qualitysample_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("brand", "drawn_at", "id"),
                name="qualitysample_open",
                condition=models.Q(reviewed_at=None),
            ),
            models.Index(
                fields=("brand", "category", "-reviewed_at"), name="qualitysample_evidence"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_stratum_display()} {self.drawn_at:%Y-%m-%d}"


class SampleReview(BrandModel):
    """What one person said about one sample. Never changed."""

    sample = models.ForeignKey(QualitySample, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    finding = models.CharField(_("finding"), max_length=8, choices=Finding.choices)
    category = models.CharField(_("category"), max_length=15, choices=Category.choices, blank=True)
    at = models.DateTimeField(_("reviewed"))

    class Meta(BrandModel.Meta):
        verbose_name = _("review of a sample")
        verbose_name_plural = _("reviews of samples")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "sample", "reviewer"), name="samplereview_once"
            ),
            models.CheckConstraint(
                condition=models.Q(finding=Finding.BREAKS) ^ models.Q(category=""),
                name="samplereview_category",
            ),
        )

    def __str__(self) -> str:
        return str(self.get_finding_display())


class AlarmFacts(TypedDict, total=False):
    """``index``: population stability index. ``before``, ``after``: shares 0..1 by verdict or by
    tenth of the score. ``reviewed``, ``false_hides``, ``upper``: of a licence that stopped."""

    index: float
    before: dict[str, float]
    after: dict[str, float]
    reviewed: int
    false_hides: int
    upper: float


class QualityAlarm(BrandModel):
    """Something about the quality of moderation that a lead must look at; open until closed."""

    kind = models.CharField(_("kind"), max_length=8, choices=QualityAlarmKind.choices)
    category = models.CharField(_("category"), max_length=15, choices=Category.choices, blank=True)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("ended"), null=True)
    note = models.TextField(_("note"), blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("alarm about quality")
        verbose_name_plural = _("alarms about quality")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "kind", "category"),
                condition=models.Q(closed_at=None),
                name="qualityalarm_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_category_display()}".strip()


class QualityRun(BrandModel):
    """One drawing of samples with its look at drift: what was there and what was taken."""

    started_at = models.DateTimeField(_("drawn"))
    by_hand = models.BooleanField(default=False)
    since = models.DateTimeField()
    drawn = models.JSONField(default=dict)

    class Meta(BrandModel.Meta):
        verbose_name = _("drawing of samples")
        verbose_name_plural = _("drawings of samples")
        indexes = (models.Index(fields=("brand", "-started_at"), name="qualityrun_recent"),)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"
