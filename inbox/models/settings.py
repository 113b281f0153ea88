"""What a brand has decided about its inbox: how fast, and what automation may answer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.choices import AutomationLevel, ClockKind
from tenants.models import BrandModel


class SlaTarget(BrandModel):
    """Minutes to the first answer by a person, for one class of messages."""

    kind = models.CharField(_("class"), max_length=10, choices=ClockKind.choices)
    minutes = models.PositiveIntegerField(_("answer within, minutes"))

    class Meta(BrandModel.Meta):
        verbose_name = _("service target")
        verbose_name_plural = _("service targets")
        constraints = (models.UniqueConstraint(fields=("brand", "kind"), name="slatarget_once"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.minutes} min"


class IntentAutomation(BrandModel):
    """How far automation may go for one intent. Without a row the answer template decides alone."""

    intent = models.CharField(_("intent"), max_length=30)
    level = models.CharField(_("automation"), max_length=6, choices=AutomationLevel.choices)

    class Meta(BrandModel.Meta):
        verbose_name = _("automation of an intent")
        verbose_name_plural = _("automation by intent")
        constraints = (
            models.UniqueConstraint(fields=("brand", "intent"), name="intentautomation_once"),
        )

    def __str__(self) -> str:
        return f"{self.intent} {self.level}"
