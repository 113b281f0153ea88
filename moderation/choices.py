"""Stable values of moderation."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Category(TextChoices):
    """What a comment may be. Requirement M1; names follow the assessment's."""

    SPAM = "spam", _("Spam")
    SCAM = "scam", _("Scam")
    INSULT = "insult", _("Insult or harassment")
    HATE = "hate", _("Hate")
    THREAT = "threat", _("Threat or violence")
    SELF_HARM = "self_harm", _("Self-harm")
    SEXUAL = "sexual", _("Sexual content")
    LEGAL_CLAIM = "legal_claim", _("Legal claim")
    PRIVACY_LEAK = "privacy_leak", _("Private data of others")
    OTHER = "other", _("Other")


class Severity(IntegerChoices):
    LOW = 1, _("Low")
    MEDIUM = 2, _("Medium")
    HIGH = 3, _("High")
    CRITICAL = 4, _("Critical")


class CaseState(TextChoices):
    OPEN = "open", _("Open")
    DECIDED = "decided", _("Decided")
    MOOT = "moot", _("Moot: the comment is gone or was edited")


class Action(TextChoices):
    """What a decision does to the comment."""

    APPROVE = "approve", _("Leave visible")
    HIDE = "hide", _("Hide")
    ESCALATE = "escalate", _("Escalate")
    RESTORE = "restore", _("Show again")


class Automation(TextChoices):
    """How far a machine decided. Values of the EU transparency database."""

    FULLY = "AUTOMATED_DECISION_FULLY", _("Fully automated")
    PARTIALLY = "AUTOMATED_DECISION_PARTIALLY", _("Partly automated")
    NOT = "AUTOMATED_DECISION_NOT_AUTOMATED", _("Not automated")


class ProposalState(TextChoices):
    WAITING = "waiting", _("Waits for a second person")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class AppealState(TextChoices):
    RECEIVED = "received", _("Received")
    DECIDED = "decided", _("Decided")


class Outcome(TextChoices):
    UPHELD = "upheld", _("Decision stands")
    OVERTURNED = "overturned", _("Decision overturned")
