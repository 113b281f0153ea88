"""How far a brand lets spam and scam be hidden without a person."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.choices import Category, LicenceState
from tenants.models import BrandModel

ELIGIBLE = (Category.SPAM, Category.SCAM)
"""All that is ever hidden without a person."""
LEAST_THRESHOLD = 0.9


class HidingLicence(BrandModel):
    """A brand's licence to hide one category automatically. No row: shadow.

    ``threshold``: the score from which an item counts, never under ``LEAST_THRESHOLD``.
    ``model_version``: what the last step up was measured on. ``evidence_since``: only samples drawn
    from then on count; null: all.
    """

    category = models.CharField(_("category"), max_length=15, choices=Category.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=LicenceState.choices, default=LicenceState.SHADOW
    )
    threshold = models.FloatField(_("score from"), default=LEAST_THRESHOLD)
    model_version = models.CharField(_("measured on version"), max_length=60, blank=True)
    evidence_since = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(_("changed"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("licence to hide")
        verbose_name_plural = _("licences to hide")
        constraints = (
            models.UniqueConstraint(fields=("brand", "category"), name="hidinglicence_once"),
            models.CheckConstraint(
                condition=models.Q(category__in=[Category.SPAM, Category.SCAM]),
                name="hidinglicence_eligible",
            ),
            models.CheckConstraint(
                condition=models.Q(threshold__gte=LEAST_THRESHOLD, threshold__lte=1),
                name="hidinglicence_threshold",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.get_state_display()}"


class LicenceStep(BrandModel):
    """One change of a licence: from where to where, on which evidence, by whom and why.

    ``upper``: upper bound of the false-hide rate, 0..1, as it was then.
    """

    licence = models.ForeignKey(HidingLicence, on_delete=models.CASCADE, related_name="steps")
    from_state = models.CharField(max_length=8, choices=LicenceState.choices)
    to_state = models.CharField(max_length=8, choices=LicenceState.choices)
    threshold = models.FloatField()
    reviewed = models.PositiveIntegerField()
    false_hides = models.PositiveIntegerField()
    upper = models.FloatField()
    model_version = models.CharField(max_length=60, blank=True)
    reason = models.TextField(_("reason"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_ref = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta(BrandModel.Meta):
        verbose_name = _("step of a licence")
        verbose_name_plural = _("steps of licences")
        indexes = (models.Index(fields=("brand", "licence", "-at"), name="licencestep_recent"),)

    def __str__(self) -> str:
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"
