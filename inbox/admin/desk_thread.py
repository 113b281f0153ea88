"""One conversation on the desk: what was said, what waits to leave, who it is. Nine queries."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import Purpose
from compliance.domain.consent import BLOCKED, address_hash
from compliance.models import Consent
from inbox.admin.intents import intent_label
from inbox.choices import (
    ConversationKind,
    DeliveryStatus,
    Direction,
    OutboxState,
    Visibility,
)
from inbox.models import AnswerTemplate, ContactHandle, Conversation, Message, OutboxItem, Triage
from tenants.permissions import can

SHOWN_MESSAGES = 100
_SETTLED = (OutboxState.SENT, OutboxState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as the screen needs it."""

    message: Message
    status: StrOrPromise
    is_bad: bool
    may_hide: bool

    @property
    def side(self) -> str:
        return self.message.direction


@dataclass(frozen=True, slots=True)
class Waiting:
    """An outbox item that has not become a message (yet)."""

    item: OutboxItem
    words: StrOrPromise
    may_approve: bool


OUTBOX_WORDS: dict[str, StrOrPromise] = {
    OutboxState.HELD: _("Draft, not sent"),
    OutboxState.QUEUED: _("Waiting to be sent"),
    OutboxState.SENDING: _("Being sent"),
    OutboxState.FAILED: _("Not sent"),
    OutboxState.UNKNOWN: _("Unclear: it may have arrived"),
    OutboxState.CANCELLED: _("Rejected"),
    OutboxState.SENT: _("Sent"),
}


def find_conversation(pk: Any) -> Conversation | None:
    return (
        Conversation.objects.select_related("contact", "account", "assignee", "brand")
        .filter(pk=pk)
        .first()
    )


def bubbles_of(conversation: Conversation, *, user: Any) -> list[Bubble]:
    """The newest hundred messages, oldest first. One query."""
    newest = (
        Message.objects.filter(conversation=conversation)
        .select_related("sent_by")
        .order_by("-occurred_at", "-id")[:SHOWN_MESSAGES]
    )
    may_hide = conversation.kind == ConversationKind.COMMENT and can(
        user, "moderation.case.decide", conversation
    )
    return [_bubble(message, may_hide=may_hide) for message in reversed(newest)]


def _bubble(message: Message, *, may_hide: bool) -> Bubble:
    status: StrOrPromise = ""
    if message.direction == Direction.OUTBOUND and message.status:
        status = message.get_status_display()
    is_hideable = (
        may_hide
        and message.direction == Direction.INBOUND
        and message.visibility == Visibility.VISIBLE
    )
    return Bubble(message, status, message.status == DeliveryStatus.FAILED, is_hideable)


def waiting_of(conversation: Conversation, *, user: Any) -> list[Waiting]:
    """What is held, on its way or failed, oldest first. One query."""
    items = (
        OutboxItem.objects.filter(conversation=conversation)
        .exclude(state__in=_SETTLED)
        .select_related("created_by", "approved_by")
        .order_by("created_at", "id")[:SHOWN_MESSAGES]
    )
    may_send = can(user, "inbox.reply.send", conversation)
    may_approve = can(user, "inbox.reply.approve", conversation)
    return [
        Waiting(
            item, OUTBOX_WORDS[item.state], may_send and (may_approve or not _is_sensitive(item))
        )
        for item in items
    ]


def _is_sensitive(item: OutboxItem) -> bool:
    return any(reason.get("code") == "sensitive" for reason in item.held_reasons)


def triage_of(conversation: Conversation) -> dict[str, Any] | None:
    """What the machine made of the last message received, with its evidence. One query."""
    triage = (
        Triage.objects.filter(message__conversation=conversation)
        .select_related("message")
        .order_by("-created_at", "-id")
        .first()
    )
    if triage is None:
        return None
    return {
        "language": triage.language,
        "mood": _mood(triage.sentiment),
        "sentiment": triage.sentiment,
        "urgency": triage.urgency,
        "orders": triage.order_numbers,
        "intents": [
            {
                "label": intent_label(intent.get("name", "")),
                "percent": round(100 * float(intent.get("confidence", 0))),
                "terms": sorted(
                    {str(e.get("text") or e.get("term", "")) for e in intent.get("evidence", [])}
                ),
            }
            for intent in triage.intents
        ],
        "version": triage.model_version,
    }


def _mood(sentiment: float) -> StrOrPromise:
    if sentiment <= -0.2:
        return _("negative")
    return _("positive") if sentiment >= 0.2 else _("neutral")


def contact_of(conversation: Conversation) -> dict[str, Any]:
    """Handles, consents of those handles, other conversations. Three queries."""
    handles = list(ContactHandle.objects.filter(contact=conversation.contact_id).order_by("id"))
    hashes = [
        Q(
            channel=handle.channel,
            address_hash=address_hash(conversation.brand_id, handle.channel, handle.external_id),
        )
        for handle in handles
    ]
    consents: list[Consent] = []
    if hashes:
        condition = hashes[0]
        for further in hashes[1:]:
            condition |= further
        consents = list(Consent.objects.filter(condition).order_by("channel", "purpose"))
    return {
        "handles": handles,
        "consents": consents,
        "has_opted_out": any(
            c.state in BLOCKED and c.purpose == Purpose.AUTOMATION for c in consents
        ),
        "other_count": Conversation.objects.filter(contact=conversation.contact_id)
        .exclude(pk=conversation.pk)
        .count(),
    }


def templates_for(conversation: Conversation) -> list[AnswerTemplate]:
    """Active templates of this kind of conversation, its language first. One query."""
    found = AnswerTemplate.objects.filter(
        brand_id=conversation.brand_id, is_active=True, conversation_kind=conversation.kind
    ).order_by("shortcut", "language")[:200]
    return sorted(found, key=lambda t: (t.language != conversation.language, t.shortcut))


def is_late(conversation: Conversation) -> bool:
    return conversation.due_at is not None and conversation.due_at < timezone.now()
