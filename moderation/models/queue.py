"""How a brand works its queue: settings, acts that wait for a second person, what people saw."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.choices import Action, Category, ProposalState, Severity
from moderation.models.cases import Case, Decision
from tenants.models import BrandModel

LONGEST_UNDO_S = 120


class QueueSettings(BrandModel):
    """What a brand has decided about its queue. Without a row the product's defaults count.

    ``undo_seconds``: a hide by a person leaves that much later; empty: the product's default.
    ``second_person_for``: categories whose hiding two people decide. ``pause_after``: so many
    severe cases seen in a day suggest a break, and again after as many more; 0: never.
    """

    undo_seconds = models.PositiveSmallIntegerField(
        _("seconds before a hiding leaves"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_UNDO_S)],
    )
    second_person_for = ArrayField(
        models.CharField(max_length=15, choices=Category.choices),
        verbose_name=_("hidden by two people only"),
        default=list,
        blank=True,
    )
    pause_after = models.PositiveSmallIntegerField(
        _("suggest a break after so many severe cases"), default=25
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("settings of the queue")
        verbose_name_plural = _("settings of the queue")
        constraints = (models.UniqueConstraint(fields=("brand",), name="queuesettings_once"),)

    def __str__(self) -> str:
        return str(self.brand_id)


class Proposal(BrandModel):
    """A grave act that one person wants and a second one has to confirm. Requirement M4.

    The case stays open until then. ``decision``: what came of it when it was confirmed.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="proposals")
    action = models.CharField(max_length=10, choices=Action.choices)
    category = models.CharField(max_length=15, choices=Category.choices)
    reason = models.TextField()
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, related_name="proposals"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "case"),
                condition=models.Q(state=ProposalState.WAITING),
                name="proposal_one_waits",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.get_state_display()}"


class Exposure(BrandModel):
    """How many cases of one severity a person has opened on one day of the brand. M10.

    For the person's own protection and for whoever leads them: never a measure of work.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    items = models.PositiveIntegerField(default=0)

    class Meta(BrandModel.Meta):
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "person", "day", "severity"), name="exposure_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.severity}: {self.items}"
