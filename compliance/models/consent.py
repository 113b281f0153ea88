"""Who may be written to, for what, on which channel."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import ConsentState, Purpose
from tenants.models import BrandModel


class Consent(BrandModel):
    """The latest word of one address on one channel for one purpose.

    Keyed by a keyed hash of the address, so it outlives the erasure of the contact and a replay
    cannot bring the person back. Every change is an audit event; this row is its sum.
    """

    channel = models.CharField(max_length=20)
    address_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=15, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=ConsentState.choices)
    since = models.DateTimeField(_("since"))
    source = models.CharField(_("source"), max_length=30)
    evidence_ref = models.CharField(_("evidence"), max_length=100, blank=True)
    confirmed_at = models.DateTimeField(_("confirmation sent"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("consent")
        verbose_name_plural = _("consents and opt-outs")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "channel", "address_hash", "purpose"), name="consent_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} {self.state}"


class DisclosureShown(BrandModel):
    """Which automation disclosure a person was shown, when, in which language. Requirement C10."""

    outbox_ref = models.UUIDField(unique=True)
    conversation_ref = models.UUIDField(db_index=True)
    text = models.CharField(max_length=300)
    language = models.CharField(max_length=3)
    why = models.CharField(max_length=20)
    shown_at = models.DateTimeField()

    class Meta(BrandModel.Meta):
        verbose_name = _("disclosure shown")
        verbose_name_plural = _("disclosures shown")

    def __str__(self) -> str:
        return f"{self.language} {self.why}"
