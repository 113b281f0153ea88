"""A brand's own words for stopping, starting and asking for help."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.choices import ConsentWordKind, ConsentWordMatch
from tenants.models import BrandModel


class ConsentWord(BrandModel):
    """Heard before the words that Engage brings along. ``norm``: the word as messages are compared
    with it, lower-case, without accents and punctuation."""

    kind = models.CharField(_("means"), max_length=5, choices=ConsentWordKind.choices)
    language = models.CharField(
        _("language"), max_length=3, help_text=_("For example de, en, fr or pl.")
    )
    word = models.CharField(
        _("word or words"),
        max_length=80,
        help_text=_("At most eight words. Case, accents, punctuation and emoji do not matter."),
    )
    norm = models.CharField(max_length=160, editable=False)
    match = models.CharField(
        _("heard"), max_length=8, choices=ConsentWordMatch.choices, default=ConsentWordMatch.WHOLE
    )
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("created"), editable=False)

    class Meta(BrandModel.Meta):
        verbose_name = _("opt-out word")
        verbose_name_plural = _("opt-out words")
        constraints = (models.UniqueConstraint(fields=("brand", "norm"), name="consentword_once"),)

    def __str__(self) -> str:
        return self.word
