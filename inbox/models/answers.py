"""What automation may say."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.choices import ConversationKind
from tenants.choices import Language
from tenants.models import BrandModel


class AnswerTemplate(BrandModel):
    """An answer to one intent in one language.

    ``sends_itself``: low risk; automation may send it alone above ``min_confidence_pct``.
    Otherwise it is a draft that waits for a person.
    """

    name = models.CharField(_("name"), max_length=100)
    shortcut = models.CharField(_("shortcut"), max_length=20)
    intent = models.CharField(_("intent"), max_length=30, blank=True)
    conversation_kind = models.CharField(
        _("where"), max_length=10, choices=ConversationKind.choices
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    text = models.TextField(_("text"))
    sends_itself = models.BooleanField(_("sends itself"), default=False)
    min_confidence_pct = models.PositiveSmallIntegerField(_("from confidence, %"), default=80)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("answer template")
        verbose_name_plural = _("answer templates")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "shortcut", "language"), name="answertemplate_shortcut_once"
            ),
        )

    def __str__(self) -> str:
        return self.name
