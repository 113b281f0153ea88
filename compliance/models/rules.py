"""What a brand has decided about keeping data and about telling people of automation."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import RetentionAction, RetentionCategory
from tenants.choices import Language
from tenants.models import BrandModel


class RetentionRule(BrandModel):
    """How long data of one category are kept, in whole months from the event that starts it, and
    what becomes of them then. What is in effect; how it came about is in ``RetentionPolicy``."""

    category = models.CharField(_("data"), max_length=30, choices=RetentionCategory.choices)
    months = models.PositiveSmallIntegerField(_("kept for, months"))
    action = models.CharField(
        _("then"),
        max_length=10,
        choices=RetentionAction.choices,
        default=RetentionAction.ERASE,
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = (
            models.UniqueConstraint(fields=("brand", "category"), name="retentionrule_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.months}"


class DisclosureText(BrandModel):
    """The brand's own words for "this is an automatic reply", in one language."""

    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    text = models.CharField(_("text"), max_length=148)

    class Meta(BrandModel.Meta):
        verbose_name = _("disclosure text")
        verbose_name_plural = _("disclosure texts")
        constraints = (
            models.UniqueConstraint(fields=("brand", "language"), name="disclosuretext_once"),
        )

    def __str__(self) -> str:
        return self.text
