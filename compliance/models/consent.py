"""Who may be written to, for what, on which channel."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import ConsentBasis, ConsentSource, ConsentState, Purpose
from tenants.choices import Language
from tenants.models import BrandModel


class Consent(BrandModel):
    """The latest word of one address on one channel for one purpose.

    Keyed by a keyed hash of the address, so it outlives the erasure of the contact and a replay
    cannot bring the person back. Every change is a ``ConsentEntry``; this row is its sum.
    ``last_used_at``: when a message last left on the strength of it; the proof is kept five years
    from then.
    """

    channel = models.CharField(_("channel"), max_length=20)
    address_hash = models.CharField(_("address (hash)"), max_length=64)
    purpose = models.CharField(_("purpose"), max_length=15, choices=Purpose.choices)
    state = models.CharField(_("state"), max_length=10, choices=ConsentState.choices)
    basis = models.CharField(
        _("basis"), max_length=10, choices=ConsentBasis.choices, default=ConsentBasis.CONSENT
    )
    since = models.DateTimeField(_("since"))
    source = models.CharField(_("source"), max_length=30)
    evidence_ref = models.CharField(_("evidence"), max_length=100, blank=True)
    text_version = models.CharField(_("version of the wording"), max_length=60, blank=True)
    text_sha256 = models.CharField(_("SHA-256 of the wording"), max_length=64, blank=True)
    is_double_opt_in = models.BooleanField(_("double opt-in"), default=False)
    is_child = models.BooleanField(_("younger than 16"), default=False)
    confirmed_at = models.DateTimeField(_("confirmation sent"), null=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("consent")
        verbose_name_plural = _("consents and opt-outs")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "channel", "address_hash", "purpose"), name="consent_once"
            ),
        )
        indexes = (models.Index(fields=("brand", "-since"), name="consent_by_time"),)

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} {self.state}"


class ConsentEntry(BrandModel):
    """One change of one consent, with its evidence. Never changed afterwards.

    ``at``: when the person said it; ``recorded_at``: when we wrote it down. ``facts``: what else
    is known, as codes and keys: ``rule`` and ``words`` (which word was heard, by which list),
    ``in_flight`` (outbox items on their way at that moment), ``customer`` (the four conditions of
    UWG § 7(3)), ``parental`` (who consented for a child). ``sha256`` is of ``canonical`` in
    ``domain/consent_entries.py`` and stands in the leaf of the event ``event_ref``; empty for rows
    of an imported list, which the hash of the list in the job's event covers.
    """

    channel = models.CharField(max_length=20)
    address_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=15, choices=Purpose.choices)
    before = models.CharField(max_length=10, choices=ConsentState.choices, blank=True)
    state = models.CharField(max_length=10, choices=ConsentState.choices, blank=True)
    basis = models.CharField(max_length=10, choices=ConsentBasis.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=30, choices=ConsentSource.choices)
    evidence_ref = models.CharField(max_length=100, blank=True)
    message_ref = models.UUIDField(null=True)
    conversation_ref = models.UUIDField(null=True)
    note = models.CharField(max_length=1000, blank=True)
    facts = models.JSONField(default=dict)
    text_version = models.CharField(max_length=60, blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    is_double_opt_in = models.BooleanField(default=False)
    is_child = models.BooleanField(default=False)
    actor_kind = models.CharField(max_length=10)
    actor_ref = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, blank=True)
    event_ref = models.UUIDField(null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("entry of the consent ledger")
        verbose_name_plural = _("consent ledger")
        indexes = (
            models.Index(
                fields=("brand", "address_hash", "channel", "recorded_at"), name="consententry_of"
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} {self.before or '–'} → {self.state or '–'}"


class ConsentText(BrandModel):
    """The words a person consents to, in one version. A new wording is a new version."""

    purpose = models.CharField(_("purpose"), max_length=15, choices=Purpose.choices)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    version = models.PositiveIntegerField(_("version"), default=1)
    text = models.TextField(_("text"), max_length=4000)
    sha256 = models.CharField(_("SHA-256 of the wording"), max_length=64)
    created_at = models.DateTimeField(_("created"))
    created_ref = models.CharField(_("by"), max_length=120)

    class Meta(BrandModel.Meta):
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "purpose", "language", "version"), name="consenttext_once"
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How consents name it, for example ``marketing-de-3``."""
        return f"{self.purpose}-{self.language}-{self.version}"


class DisclosureShown(BrandModel):
    """Which automation disclosure a person was shown, when, in which language. Requirement C10.

    ``version``: of the brand's own wording (``own-de-2``), or of the product's (``engage-de``).
    """

    outbox_ref = models.UUIDField(unique=True)
    message_ref = models.UUIDField(null=True)
    conversation_ref = models.UUIDField(_("conversation"), db_index=True)
    channel = models.CharField(_("channel"), max_length=20, blank=True)
    text = models.CharField(_("text"), max_length=300)
    text_sha256 = models.CharField(_("SHA-256 of the wording"), max_length=64, blank=True)
    version = models.CharField(_("version of the wording"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=3)
    why = models.CharField(_("why"), max_length=20)
    shown_at = models.DateTimeField(_("shown"))

    class Meta(BrandModel.Meta):
        verbose_name = _("disclosure shown")
        verbose_name_plural = _("disclosures shown")
        indexes = (models.Index(fields=("brand", "-shown_at"), name="disclosure_by_time"),)

    def __str__(self) -> str:
        return f"{self.language} {self.why}"


class DisclosureVersion(BrandModel):
    """One wording of the brand's own disclosure in one language; the words may return later."""

    language = models.CharField(_("language"), max_length=3)
    version = models.PositiveIntegerField(_("version"))
    text = models.CharField(_("text"), max_length=300)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("created"))

    class Meta(BrandModel.Meta):
        verbose_name = _("version of a disclosure")
        verbose_name_plural = _("versions of disclosures")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "language", "version"), name="disclosureversion_once"
            ),
            models.UniqueConstraint(
                fields=("brand", "language", "sha256"), name="disclosureversion_text"
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"own-{self.language}-{self.version}"
