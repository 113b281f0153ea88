"""A brand's own word lists and patterns."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.choices import Category, ListEffect, ListMatch
from tenants.models import BrandModel


class WordList(BrandModel):
    """What a brand listens for in comments, as it stands now. Changed by verbs only.

    ``terms``: one word, phrase or pattern per line. ``language`` empty: every language.
    ``sha256`` is of the content of ``version``, which ``WordListVersion`` keeps.
    """

    name = models.CharField(_("name"), max_length=80)
    category = models.CharField(_("category"), max_length=15, choices=Category.choices)
    match = models.CharField(
        _("looks for"), max_length=8, choices=ListMatch.choices, default=ListMatch.WHOLE
    )
    effect = models.CharField(
        _("what happens"), max_length=12, choices=ListEffect.choices, default=ListEffect.QUEUE
    )
    weight_pct = models.PositiveSmallIntegerField(
        _("weight in percent"),
        default=60,
        validators=(MinValueValidator(1), MaxValueValidator(100)),
    )
    language = models.CharField(_("language"), max_length=3, blank=True)
    terms = models.TextField(_("entries"))
    is_enabled = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    sha256 = models.CharField(max_length=64, editable=False)
    changed_at = models.DateTimeField(_("changed"), editable=False)

    class Meta(BrandModel.Meta):
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        constraints = (models.UniqueConstraint(fields=("brand", "name"), name="wordlist_name"),)

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class WordListVersion(BrandModel):
    """What a list held in one version; never changed. Assessments name it.

    ``content``: ``{"name", "category", "match", "effect", "weight_pct", "language", "terms"}``,
    ``terms`` a list.
    """

    word_list = models.ForeignKey(WordList, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField(_("version"))
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("version of a word list")
        verbose_name_plural = _("versions of word lists")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "word_list", "version"), name="wordlistversion_once"
            ),
        )

    def __str__(self) -> str:
        return f"v{self.version} {self.sha256[:12]}"
