"""A wronged author's way back."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.choices import AppealState, Outcome
from moderation.models.cases import Decision
from tenants.models import BrandModel


class Appeal(BrandModel):
    """One appeal against one decision, decided by someone who took no part in it."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(_("what the author says"))
    language = models.CharField(max_length=3)
    state = models.CharField(
        _("state"), max_length=10, choices=AppealState.choices, default=AppealState.RECEIVED
    )
    received_at = models.DateTimeField(_("received"))
    due_at = models.DateTimeField(_("due"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    reversal = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(BrandModel.Meta):
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        indexes = (models.Index(fields=("brand", "state", "due_at"), name="appeal_due"),)

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.received_at:%Y-%m-%d}"
