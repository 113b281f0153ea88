"""The rules a brand moderates by."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.choices import Category, Severity
from tenants.models import BrandModel


class PolicyRule(BrandModel):
    """One category of a brand's policy, in one version.

    ``text_de``/``text_en`` is the sentence a statement of reasons quotes. A new version is a new
    row; old ones stay because decisions name them.
    """

    category = models.CharField(_("category"), max_length=15, choices=Category.choices)
    version = models.PositiveIntegerField(_("version"), default=1)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    auto_hide = models.BooleanField(_("hide automatically when certain"), default=False)
    text_de = models.TextField(_("rule, German"))
    text_en = models.TextField(_("rule, English"))
    ground = models.CharField(_("ground"), max_length=200)
    decide_within_minutes = models.PositiveIntegerField(_("decide within, minutes"))
    effective_at = models.DateTimeField(_("in effect since"))
    retired_at = models.DateTimeField(_("replaced"), null=True, editable=False)

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
