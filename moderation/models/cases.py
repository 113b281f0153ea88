"""From the machine's suspicion to the person's decision."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from inbox.models import Message
from moderation.choices import (
    Action,
    Automation,
    CaseState,
    Category,
    Effect,
    Severity,
    Source,
)
from moderation.models.policy import PolicyRule
from tenants.models import BrandModel


class Assessment(BrandModel):
    """What the machine made of one revision of a public message.

    ``scores``: ``{category: {"score": 0..1, "signals": [..], "circumstances": [..],
    "evidence": [{"start", "end", "term", "signal", "source"}]}}``; ``source`` names the list or
    model and its version. ``verdict``: pass, queue, queue_first or auto_hide. ``effect``: what the
    brand's licence made of an ``auto_hide``. ``versions``: of everything that looked at the text,
    also where it found nothing. ``text_key``: the same for texts of a brand that say the same
    words; empty for short ones.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="assessments")
    revision = models.PositiveIntegerField()
    verdict = models.CharField(max_length=12)
    effect = models.CharField(max_length=12, choices=Effect.choices, blank=True)
    category = models.CharField(max_length=15, choices=Category.choices, blank=True)
    scores = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    model_version = models.CharField(max_length=60)
    versions = models.JSONField(default=dict)
    text_key = models.CharField(max_length=16, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta(BrandModel.Meta):
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "message", "revision"), name="assessment_once"
            ),
        )
        indexes = (
            models.Index(fields=("brand", "verdict", "created_at"), name="assessment_by_verdict"),
            models.Index(
                fields=("brand", "text_key", "created_at"),
                name="assessment_same_text",
                condition=~models.Q(text_key=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.verdict} {self.category}"


class Case(BrandModel):
    """One item of the moderation queue: a message someone has to look at, or looked at.

    ``lease_by``/``lease_until``: the moderator who has it open, so that two never decide one case;
    after ``lease_until`` the one who had it last. ``rank_at`` orders the queue, see
    ``moderation.domain.ranking``. ``text_key``: the same for the same words, empty without any.
    ``escalated_at``: somebody with more experience or the legal contact has to look.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="cases")
    revision = models.PositiveIntegerField()
    assessment = models.ForeignKey(
        Assessment, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    category = models.CharField(_("category"), max_length=15, choices=Category.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=CaseState.choices, default=CaseState.OPEN
    )
    opened_at = models.DateTimeField(_("opened"))
    due_at = models.DateTimeField(_("due"))
    lease_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lease_until = models.DateTimeField(null=True)
    rank_at = models.DateTimeField(db_default=Now(), editable=False)
    text_key = models.CharField(max_length=32, blank=True, editable=False)
    escalated_at = models.DateTimeField(_("escalated"), null=True)
    escalated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = (
            models.UniqueConstraint(fields=("brand", "message", "revision"), name="case_once"),
        )
        indexes = (
            models.Index(
                fields=("brand", "rank_at", "id"),
                name="case_queue",
                condition=models.Q(state=CaseState.OPEN),
            ),
            models.Index(
                fields=("brand", "category", "rank_at", "id"),
                name="case_queue_category",
                condition=models.Q(state=CaseState.OPEN),
            ),
            models.Index(
                fields=("brand", "severity", "rank_at", "id"),
                name="case_queue_severity",
                condition=models.Q(state=CaseState.OPEN),
            ),
            models.Index(
                fields=("brand", "due_at"),
                include=("severity",),
                name="case_due",
                condition=models.Q(state=CaseState.OPEN),
            ),
            models.Index(
                fields=("brand", "text_key", "-opened_at"),
                name="case_same_text",
                condition=~models.Q(text_key=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()} · {self.get_severity_display()}"


class Decision(BrandModel):
    """What was decided about one revision of a message, by whom and why.

    Never changed afterwards, but for the erasure of ``text_snapshot`` (the text as judged) and
    ``facts``. ``detected_automatically`` and ``automation`` are written by the code path that
    decides, and so is ``source``: what made it look. ``reverses``: the decision this takes back.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="decisions")
    case = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="decisions")
    revision = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action.choices)
    category = models.CharField(max_length=15, choices=Category.choices)
    rule = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="+")
    facts = models.TextField()
    reason = models.TextField()
    text_snapshot = models.TextField()
    automation = models.CharField(max_length=40, choices=Automation.choices)
    detected_automatically = models.BooleanField()
    source = models.CharField(
        _("source"), max_length=30, choices=Source.choices, default=Source.OWN
    )
    actor_ref = models.CharField(max_length=150)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField()
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by"
    )
    outbox_ref = models.UUIDField(null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = (models.Index(fields=("brand", "-decided_at"), name="decision_recent"),)

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.get_category_display()}"


class StatementOfReasons(BrandModel):
    """What the author was told about a decision, word for word, with the way to appeal.

    ``delivered_by``: private_reply, public_note or none; ``why_not_delivered`` says why not.
    """

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="statement")
    language = models.CharField(max_length=3)
    text = models.TextField()
    appeal_until = models.DateTimeField()
    delivered_by = models.CharField(max_length=15)
    why_not_delivered = models.CharField(max_length=200, blank=True)
    outbox_ref = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta(BrandModel.Meta):
        verbose_name = _("statement of reasons")
        verbose_name_plural = _("statements of reasons")

    def __str__(self) -> str:
        return str(self.decision_id)
