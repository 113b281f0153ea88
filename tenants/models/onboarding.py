"""How far a brand's onboarding is, where the facts alone cannot tell."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.choices import OnboardingStep
from tenants.models.base import BrandModel


class OnboardingMark(BrandModel):
    """What a person confirmed in one step, and what the step needs to remember.

    ``detail``: for ``preset`` ``{"key", "version"}``; for ``trial``
    ``{"run", "started_at", "accounts": {channel: account id}}``. Every change is an audit event.
    """

    step = models.CharField(_("step"), max_length=12, choices=OnboardingStep.choices)
    detail = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("onboarding step")
        verbose_name_plural = _("onboarding steps")
        constraints = (
            models.UniqueConstraint(fields=("brand", "step"), name="onboardingmark_once"),
        )

    def __str__(self) -> str:
        return self.get_step_display()
