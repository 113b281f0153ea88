"""Stable values of the inbox."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Network(TextChoices):
    """Networks with a connector today."""

    WHATSAPP = "whatsapp", _("WhatsApp")
    FACEBOOK = "facebook", _("Facebook")
    INSTAGRAM = "instagram", _("Instagram")
    YOUTUBE = "youtube", _("YouTube")
    BLUESKY = "bluesky", _("Bluesky")


class DeliveryState(TextChoices):
    """A received delivery: taken in, cut into events, or unreadable."""

    RECEIVED = "received", _("Received")
    SPLIT = "split", _("Split")
    UNROUTED = "unrouted", _("Unknown account")
    DEAD = "dead", _("Unreadable")


class EventState(TextChoices):
    """One inbound event on its way to its effect."""

    PENDING = "pending", _("Waiting")
    DONE = "done", _("Done")
    KEPT = "kept", _("Kept, type not supported")
    DEAD = "dead", _("Needs a look")


class ConversationKind(TextChoices):
    DIRECT = "direct", _("Direct messages")
    COMMENT = "comment", _("Comment")


class ConversationState(TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Direction(TextChoices):
    INBOUND = "in", _("Received")
    OUTBOUND = "out", _("Sent")
    NOTE = "note", _("Internal note")


class Visibility(TextChoices):
    """How the public sees a message on the network."""

    VISIBLE = "visible", _("Visible")
    HIDDEN = "hidden", _("Hidden")
    REMOVED = "removed", _("Removed by its author or the network")


class DeliveryStatus(TextChoices):
    """How far an outbound message has come; only moves forward."""

    NONE = "", _("Unknown")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    FAILED = "failed", _("Failed")


class OutboxAction(TextChoices):
    """One call to the network that we owe."""

    MESSAGE = "message", _("Direct message")
    COMMENT_REPLY = "comment_reply", _("Public reply")
    PRIVATE_REPLY = "private_reply", _("Private reply")
    HIDE = "hide", _("Hide")
    UNHIDE = "unhide", _("Show again")
    DELETE = "delete", _("Delete")


TEXT_ACTIONS = frozenset(
    {OutboxAction.MESSAGE, OutboxAction.COMMENT_REPLY, OutboxAction.PRIVATE_REPLY}
)


class OutboxState(TextChoices):
    """States of an outbox item. ``unknown``: the network may or may not have acted."""

    HELD = "held", _("Held")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unclear, being checked")
    CANCELLED = "cancelled", _("Cancelled")


class Priority(TextChoices):
    URGENT = "3", _("Urgent")
    HIGH = "2", _("High")
    NORMAL = "1", _("Normal")
    LOW = "0", _("Low")


class ClockKind(TextChoices):
    """Service-level classes. Requirement I15."""

    SAFETY = "safety", _("Safety")
    LEAD = "lead", _("Lead")
    VIP = "vip", _("VIP or influencer")
    SUPPORT = "support", _("Support")
    DIRECT = "direct", _("Direct message")
    COMMENT = "comment", _("Comment")


class AutomationLevel(TextChoices):
    """How far automation may go for an intent. Requirement I10."""

    SEND = "send", _("May answer by itself")
    DRAFT = "draft", _("Drafts, a person sends")
    NEVER = "never", _("Only people answer")


class ConsentWordKind(TextChoices):
    """What a brand's own word means."""

    STOP = "stop", _("Stop: opt out")
    START = "start", _("Start: opt in again")
    HELP = "help", _("Help")


class ConsentWordMatch(TextChoices):
    WHOLE = "whole", _("if it is the whole message")
    ANYWHERE = "anywhere", _("anywhere in a message")
