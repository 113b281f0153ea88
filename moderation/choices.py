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
    ILLEGAL_OFFER = "illegal_offer", _("Illegal offer")
    CHILD_SAFETY = "child_safety", _("Child safety")
    OFF_TOPIC = "off_topic", _("Off-topic or competitor")
    OTHER = "other", _("Other")


class Severity(IntegerChoices):
    LOW = 1, _("Low")
    MEDIUM = 2, _("Medium")
    HIGH = 3, _("High")
    CRITICAL = 4, _("Critical")


class ListMatch(TextChoices):
    """How the entries of a brand's list are looked for."""

    WHOLE = "whole", _("Whole words")
    PART = "part", _("Parts of words too")
    PATTERN = "pattern", _("Patterns")


class ListEffect(TextChoices):
    """What a hit of a brand's list does."""

    SIGNAL = "signal", _("Count as a signal")
    QUEUE = "queue", _("Put before a person")
    QUEUE_FIRST = "queue_first", _("Put before a person first")


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
    WARN = "warn", _("Warn the author")
    RESTRICT = "restrict", _("Show the author's comments to people first")
    MUTE = "mute", _("Hide the author's comments for a time")
    BAN = "ban", _("Ban the author")
    LIFT = "lift", _("Lift a sanction")


SANCTIONS = (Action.WARN, Action.RESTRICT, Action.MUTE, Action.BAN)
"""Acts about the author, mildest first. Requirement M6."""
ADVERSE = (Action.HIDE, *SANCTIONS)
"""What its author is told with reasons and may appeal against."""


class RuleAction(TextChoices):
    """What a rule tells people to do. Values of ``Action``."""

    WARN = "warn", _("Warn the author")
    HIDE = "hide", _("Hide")
    RESTRICT = "restrict", _("Show the author's comments to people first")
    MUTE = "mute", _("Hide the author's comments for a time")
    BAN = "ban", _("Ban the author")
    ESCALATE = "escalate", _("Escalate")


class DraftState(TextChoices):
    """How far the next version of a rule is."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Takes effect on a day")
    APPLIED = "applied", _("Put into effect")
    DISCARDED = "discarded", _("Discarded")


OPEN_DRAFTS = (DraftState.DRAFT, DraftState.SCHEDULED)


class Source(TextChoices):
    """What made somebody look. Values of the EU transparency database."""

    NOTICE = "SOURCE_ARTICLE_16", _("Notice from the public")
    TRUSTED_FLAGGER = "SOURCE_TRUSTED_FLAGGER", _("Notice from a trusted flagger")
    OTHER = "SOURCE_TYPE_OTHER_NOTIFICATION", _("Another notification")
    OWN = "SOURCE_VOLUNTARY", _("Own initiative")


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
    """How far an appeal is. Requirement M7."""

    RECEIVED = "received", _("Received")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    ASSIGNED = "assigned", _("Assigned")
    UNDER_REVIEW = "under_review", _("Under review")
    DECIDED = "decided", _("Decided")
    INADMISSIBLE = "inadmissible", _("Not admitted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN_APPEALS = (
    AppealState.RECEIVED,
    AppealState.ACKNOWLEDGED,
    AppealState.ASSIGNED,
    AppealState.UNDER_REVIEW,
)
"""Their authors wait for an answer."""


class Outcome(TextChoices):
    UPHELD = "upheld", _("Decision stands")
    OVERTURNED = "overturned", _("Decision overturned")
    PARTLY = "partly", _("Decision made milder")


class Inadmissible(TextChoices):
    """Why an appeal is not looked at any further. A person says so, with reasons."""

    UNFOUNDED = "unfounded", _("Manifestly unfounded")
    NOT_AUTHOR = "not_author", _("Not from the author of the comment")
    ABUSIVE = "abusive", _("Contains nothing but abuse")


class ReviewLevel(TextChoices):
    BRAND = "brand", _("In the brand")
    AGENCY = "agency", _("By the agency: nobody else in the brand may decide it")


class SanctionKind(TextChoices):
    WARN = "warn", _("Warning")
    RESTRICT = "restrict", _("Comments go to people first")
    MUTE = "mute", _("Muted for a time")
    BAN = "ban", _("Banned")


class SanctionEnd(TextChoices):
    """Why a sanction is over."""

    EXPIRED = "expired", _("Its time is over")
    LIFTED = "lifted", _("Lifted")
    OVERTURNED = "overturned", _("Overturned on appeal")
    REPLACED = "replaced", _("Replaced by another one")


class NoticeState(TextChoices):
    """How far a notice from the public is. Requirement M8."""

    RECEIVED = "received", _("Received")
    CONFIRMED = "confirmed", _("Receipt confirmed")
    UNDER_REVIEW = "under_review", _("In the queue")
    DECIDED = "decided", _("Decided")
    UNFOUNDED = "unfounded", _("Manifestly unfounded")
    SET_ASIDE = "set_aside", _("Set aside: the reporter is suspended")


OPEN_NOTICES = (NoticeState.RECEIVED, NoticeState.CONFIRMED, NoticeState.UNDER_REVIEW)


class NoticeOutcome(TextChoices):
    RESTRICTED = "restricted", _("The comment was restricted")
    NO_ACTION = "no_action", _("The comment stays as it is")
    NOT_FOUND = "not_found", _("There is no such comment on our pages")


class Standing(TextChoices):
    """Of whoever sends notices again and again without ground."""

    WARNED = "warned", _("Warned")
    SUSPENDED = "suspended", _("Suspended")


class Effect(TextChoices):
    """What became of an item that the assessment would hide by itself. Empty: it would not."""

    HIDDEN = "hidden", _("Hidden by itself")
    SHADOW = "shadow", _("Would be hidden; only noted")
    CONTROL = "control", _("Would be hidden; given to people for comparison")
    STOPPED = "stopped", _("Would be hidden; the licence is stopped")
    SWITCHED_OFF = "switched_off", _("Would be hidden; sending is stopped")


class LicenceState(TextChoices):
    """How far a brand lets a category be hidden by itself."""

    SHADOW = "shadow", _("Shadow: only notes what it would hide")
    FIVE = "five", _("Hides 5 %")
    QUARTER = "quarter", _("Hides 25 %")
    FULL = "full", _("Hides 100 %")
    STOPPED = "stopped", _("Stopped")


class SampleKind(TextChoices):
    RANDOM = "random", _("Random")
    TARGETED = "targeted", _("Targeted")


class Stratum(TextChoices):
    """From which side of the threshold a sample comes, or whose decision it looks at again."""

    HIDDEN = "hidden", _("Hidden by itself")
    WOULD_HIDE = "would_hide", _("Would have been hidden")
    PASSED = "passed", _("Passed without a person")
    DECIDED = "decided", _("Decided by a person")


class Finding(TextChoices):
    """What a reviewer says about a sample."""

    FINE = "fine", _("Leave visible")
    BREAKS = "breaks", _("Breaks the rules")
    UNSURE = "unsure", _("Cannot tell")


class SampleOutcome(TextChoices):
    """What the reviews of a sample amount to."""

    RIGHT = "right", _("Right")
    FALSE_HIDE = "false_hide", _("Wrongly hidden")
    MISSED = "missed", _("Missed")
    OVERRULED = "overruled", _("The second person sees it differently")


class QualityAlarmKind(TextChoices):
    LICENCE = "licence", _("Automatic hiding stopped by itself")
    VERDICTS = "verdicts", _("The shares of verdicts have moved")
    SCORES = "scores", _("The scores have moved")
