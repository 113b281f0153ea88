"""Stable values of compliance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActorKind(TextChoices):
    """Who acted. ``author`` is a member of the public, for example one who appeals."""

    USER = "user", _("Person")
    API = "api", _("API token")
    SYSTEM = "system", _("Engage")
    RULE = "rule", _("Rule")
    MODEL = "model", _("Model")
    AUTHOR = "author", _("Author")


class ExportState(TextChoices):
    """An export's way. Queued, running and then one of the three ends."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class ErasureState(TextChoices):
    """A brand's erasure: asked for, confirmed by a second person, running, and its ends."""

    REQUESTED = "requested", _("Waits for a second person")
    QUEUED = "queued", _("Confirmed")
    RUNNING = "running", _("Running")
    DONE = "done", _("Erased")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Not confirmed in time")


EXPORT_ENDS = frozenset({ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED})


class Purpose(TextChoices):
    """What a message is for; consent is asked per purpose. Requirement C8."""

    SERVICE = "service", _("Answer to a question")
    AUTOMATION = "automation", _("Automatic answer")
    MARKETING = "marketing", _("Marketing")
    NOTICE = "notice", _("Notice about a decision")
    CONFIRMATION = "confirmation", _("Confirmation of an opt-out")


class ConsentState(TextChoices):
    """Where a person stands for one purpose on one channel. ``withdrawn`` overrides all else."""

    GRANTED = "granted", _("Consented")
    WITHDRAWN = "withdrawn", _("Opted out")


class RetentionCategory(TextChoices):
    """Data that are kept for the same time. Requirement C4."""

    GENERAL = "general_conversation", _("Conversations")
    TRANSACTIONAL = "transactional_conversation", _("Conversations about orders and contracts")
    LETTER = "commercial_letter", _("Commercial letters")
    DECISION = "moderation_decision", _("Moderation decisions")
    CONSENT = "consent_proof", _("Proof of consent and opt-out")
    AUDIT = "audit_event", _("Audit trail")
