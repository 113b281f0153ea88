"""What a decision does to an author. Requirement M6."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.models import Contact
from moderation.choices import SanctionEnd, SanctionKind
from moderation.models.cases import Decision
from tenants.models import BrandModel


class Sanction(BrandModel):
    """A warning, restriction, mute or ban of one contact. The decision holds who, why and on
    account of which comment; what ends it early is a decision too.

    ``until`` None: without end. ``end`` says why it is over. ``is_at_network``: the network carries
    it out too, else it is carried out here alone.
    """

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="sanction")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="sanctions")
    kind = models.CharField(_("sanction"), max_length=8, choices=SanctionKind.choices)
    starts_at = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    end = models.CharField(_("why ended"), max_length=10, choices=SanctionEnd.choices, blank=True)
    is_at_network = models.BooleanField(_("at the network too"), default=False)

    class Meta(BrandModel.Meta):
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "contact"),
                condition=models.Q(ended_at=None) & ~models.Q(kind=SanctionKind.WARN),
                name="sanction_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) ^ ~models.Q(end=""),
                name="sanction_end_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=(SanctionKind.BAN, SanctionKind.RESTRICT))
                | models.Q(until__isnull=False),
                name="sanction_mute_has_an_end",
            ),
        )
        indexes = (
            models.Index(
                fields=("brand", "until"),
                name="sanction_running",
                condition=models.Q(ended_at=None),
            ),
            models.Index(fields=("brand", "contact", "-starts_at"), name="sanction_of_contact"),
        )

    def __str__(self) -> str:
        return str(self.get_kind_display())
