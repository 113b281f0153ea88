"""The rules a brand moderates by, and their drafts."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.choices import OPEN_DRAFTS, Category, DraftState, RuleAction, Severity
from tenants.models import BrandModel


class RuleContent(BrandModel):
    """What a rule says, as a version or as a draft.

    ``text_de``/``text_en`` is the sentence a statement of reasons quotes. Three levels, each with
    examples in both languages: what is fine, what breaks the rule, what is grave; for the latter
    two also what to do about it. Empty in versions older than the levels.
    """

    category = models.CharField(_("category"), max_length=15, choices=Category.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    auto_hide = models.BooleanField(_("hide automatically when certain"), default=False)
    text_de = models.TextField(_("rule, German"))
    text_en = models.TextField(_("rule, English"))
    ground = models.CharField(_("ground"), max_length=200)
    decide_within_minutes = models.PositiveIntegerField(_("decide within, minutes"))
    action_breaks = models.CharField(
        _("what to do where it is broken"), max_length=10, choices=RuleAction.choices, blank=True
    )
    action_grave = models.CharField(
        _("what to do where it is grave"), max_length=10, choices=RuleAction.choices, blank=True
    )
    fine_de = models.TextField(_("what is fine, German"), blank=True)
    fine_en = models.TextField(_("what is fine, English"), blank=True)
    breaks_de = models.TextField(_("what breaks the rule, German"), blank=True)
    breaks_en = models.TextField(_("what breaks the rule, English"), blank=True)
    grave_de = models.TextField(_("what is grave, German"), blank=True)
    grave_en = models.TextField(_("what is grave, English"), blank=True)
    reason = models.TextField(_("reason of the change"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta(BrandModel.Meta):
        abstract = True


class PolicyRule(RuleContent):
    """One category of a brand's policy, in one version.

    A new version is a new row; old ones stay because decisions name them. ``withdrawn_at``: it was
    not replaced by something better, it should not have been in effect.
    """

    version = models.PositiveIntegerField(_("version"), default=1)
    effective_at = models.DateTimeField(_("in effect since"))
    retired_at = models.DateTimeField(_("replaced"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)

    class Meta(BrandModel.Meta):
        verbose_name = _("policy rule")
        verbose_name_plural = _("policy rules")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "category", "version"), name="policyrule_version_once"
            ),
            models.UniqueConstraint(
                fields=("brand", "category"),
                condition=models.Q(retired_at=None),
                name="policyrule_one_in_effect",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()} v{self.version}"

    def text(self, language: str) -> str:
        """The rule in German or, for any other language, English."""
        return self.text_de if language == "de" else self.text_en


class PolicyDraft(RuleContent):
    """The next version of a rule while it is written, or waits for its day.

    ``based_on``: the version in effect when somebody last looked at the difference; None: there
    was none. ``became``: the version it was put into effect as. ``held_because``: why its day came
    and it was not put into effect.
    """

    state = models.CharField(
        _("state"), max_length=10, choices=DraftState.choices, default=DraftState.DRAFT
    )
    based_on = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, null=True, related_name="+")
    became = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, null=True, related_name="+")
    takes_effect_at = models.DateTimeField(_("takes effect"), null=True)
    held_because = models.TextField(_("not put into effect because"), blank=True)
    changed_at = models.DateTimeField(_("changed"))

    class Meta(BrandModel.Meta):
        verbose_name = _("draft of a rule")
        verbose_name_plural = _("drafts of rules")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "category"),
                condition=models.Q(state__in=OPEN_DRAFTS),
                name="policydraft_one_open",
            ),
        )
        indexes = (
            models.Index(
                fields=("takes_effect_at",),
                name="policydraft_due",
                condition=models.Q(state=DraftState.SCHEDULED),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()} · {self.get_state_display()}"
