"""A wronged author's way back."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.choices import OPEN_APPEALS, AppealState, Inadmissible, Outcome, ReviewLevel
from moderation.models.cases import Decision
from tenants.models import BrandModel

_ENDED_BY_PERSONS = (AppealState.DECIDED, AppealState.INADMISSIBLE)


class Appeal(BrandModel):
    """One appeal against one decision, decided by a person who took no part in it.

    ``excluded``: keys of everyone who took part, as known when it was last asked; the database
    refuses a decision by one of them, and one by nobody. ``told_by``: how the receipt was
    confirmed (direct_message or status_page). ``carried_out_at``: the network has shown the comment
    again; ``refused_at``: it refused. ``warned``: the gravest warning about the deadline so far.
    """

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(_("what the author says"))
    language = models.CharField(max_length=3)
    state = models.CharField(
        _("state"), max_length=15, choices=AppealState.choices, default=AppealState.RECEIVED
    )
    received_at = models.DateTimeField(_("received"))
    due_at = models.DateTimeField(_("due"))
    acknowledged_at = models.DateTimeField(_("receipt confirmed"), null=True)
    told_by = models.CharField(max_length=15, blank=True)
    excluded = ArrayField(models.UUIDField(), default=list, blank=True)
    level = models.CharField(
        _("decided where"), max_length=6, choices=ReviewLevel.choices, default=ReviewLevel.BRAND
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    assigned_at = models.DateTimeField(null=True)
    warned = models.CharField(max_length=8, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    inadmissible = models.CharField(
        _("why not admitted"), max_length=12, choices=Inadmissible.choices, blank=True
    )
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    reversal = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="+")
    carried_out_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state__in=_ENDED_BY_PERSONS)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="appeal_ended_by_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None)
                | ~models.Q(excluded__contains=[models.F("decided_by")]),
                name="appeal_not_by_a_party",
            ),
            models.CheckConstraint(
                condition=models.Q(state=AppealState.DECIDED) ^ models.Q(outcome=""),
                name="appeal_outcome_when_decided",
            ),
        )
        indexes = (
            models.Index(fields=("brand", "state", "due_at"), name="appeal_due"),
            models.Index(
                fields=("brand", "due_at"),
                name="appeal_open",
                condition=models.Q(state__in=OPEN_APPEALS),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.received_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_APPEALS
