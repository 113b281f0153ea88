"""People answer: replies, notes, and what becomes of held drafts."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import Purpose
from compliance.domain.audit import record
from inbox.choices import (
    ConversationKind,
    Direction,
    OutboxAction,
    OutboxState,
    Visibility,
)
from inbox.domain import outbox
from inbox.domain.sent import mark_sent
from inbox.exceptions import EmptyReply, ReplyTooLong
from inbox.models import ContactHandle, Conversation, Message, OutboxItem
from inbox.providers.connectors import CONNECTORS
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import ApiToken, User, uuid7
from tenants.permissions import Actor, can, require

_UNSETTLED = (OutboxState.HELD, OutboxState.QUEUED)


@transaction.atomic
def send_reply(
    conversation: Conversation,
    *,
    text: str,
    actor: Actor,
    action: str = "",
    idempotency_key: str = "",
    to_message: Message | None = None,
) -> OutboxItem:
    """Answer in the name of the brand.

    ``action`` defaults to a direct message, or to a public reply under a comment; it answers
    ``to_message`` or else the last one received. Held with reasons if a gate refuses. The same
    ``idempotency_key`` twice (a double click) gives the first item back. A person who answers
    takes over from automation. A program's reply counts as automatic, is disclosed and passes the
    gates of automation, unless its token may relay what people wrote.

    Raises: NotAllowed, EmptyReply, ReplyTooLong, InvalidInput (nothing to answer, or the person was
    erased).
    """
    require(actor, "inbox.reply.send", conversation)
    now = timezone.now()
    conversation = (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account__brand", "contact")
        .get(pk=conversation.pk)
    )
    _check_not_erased(conversation)
    action = action or (
        OutboxAction.MESSAGE
        if conversation.kind == ConversationKind.DIRECT
        else OutboxAction.COMMENT_REPLY
    )
    key = f"reply:{idempotency_key or uuid7()}"
    before = OutboxItem.objects.filter(idempotency_key=key[:200]).first()
    if before is not None:
        return before
    text = _clean(text, channel=conversation.account.channel, action=action)
    target = to_message or _last_received(conversation)
    if target is None:
        raise InvalidInput("conversation", _("There is nothing here to answer yet."))
    if action != OutboxAction.MESSAGE and target.visibility == Visibility.REMOVED:
        raise InvalidInput("conversation", _("The comment was removed; it cannot be answered."))
    by_machine = isinstance(actor, ApiToken) and not can(actor, "inbox.reply.relay", conversation)
    if not by_machine:
        conversation.automation_paused = True
        conversation.pause_reason = "person_answered"
        conversation.save(update_fields=["automation_paused", "pause_reason"])
    return outbox.put(
        conversation,
        action=action,
        idempotency_key=key,
        actor=actor,
        now=now,
        message=target,
        recipient=_address(conversation),
        target_external_id=(target.external_id or "") if action != OutboxAction.MESSAGE else "",
        text=text,
        purpose=Purpose.AUTOMATION if by_machine else Purpose.SERVICE,
        language=conversation.language,
        is_automated=by_machine,
        created_by=actor if isinstance(actor, User) else None,
    )


def _check_not_erased(conversation: Conversation) -> None:
    if conversation.contact.erased_at is not None:
        raise InvalidInput(
            "conversation",
            _("This person was erased on request; nothing is written here any more."),
        )


def _clean(text: str, *, channel: str, action: str) -> str:
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise EmptyReply
    capabilities = CONNECTORS[channel].capabilities
    limit = capabilities[
        "max_chars_comment" if action == OutboxAction.COMMENT_REPLY else "max_chars"
    ]
    if len(text) > limit:
        raise ReplyTooLong(
            _("The network takes at most %(limit)d characters; this has %(count)d.")
            % {"limit": limit, "count": len(text)}
        )
    return text


def _last_received(conversation: Conversation) -> Message | None:
    return (
        Message.objects.filter(conversation=conversation, direction=Direction.INBOUND)
        .order_by("-occurred_at", "-id")
        .first()
    )


def _address(conversation: Conversation) -> str:
    handle = (
        ContactHandle.objects.filter(
            contact_id=conversation.contact_id, channel=conversation.account.channel
        )
        .order_by("id")
        .first()
    )
    return handle.external_id if handle else ""


@transaction.atomic
def add_note(conversation: Conversation, *, text: str, actor: Actor) -> Message:
    """A note for colleagues. It never leaves.

    Raises: NotAllowed, EmptyReply, InvalidInput (the person was erased).
    """
    require(actor, "inbox.conversation.work", conversation)
    _check_not_erased(conversation)
    text = text.replace("\x00", "").strip()
    if not text:
        raise EmptyReply
    now = timezone.now()
    note = Message.objects.create(
        brand_id=conversation.brand_id,
        account_id=conversation.account_id,
        conversation=conversation,
        direction=Direction.NOTE,
        text=text[:20_000],
        occurred_at=now,
        received_at=now,
        sent_by=actor if isinstance(actor, User) else None,
        author_label=str(actor)[:150],
    )
    record("inbox.note.added", note, actor=actor, personal={"text": note.text})
    return note


def _locked(item: OutboxItem) -> OutboxItem:
    return (
        OutboxItem.objects.select_related("conversation", "account")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=item.pk)
    )


@transaction.atomic
def approve(item: OutboxItem, *, actor: User, text: str | None = None) -> OutboxItem:
    """Release a held draft, perhaps edited. The other gates still speak.

    Raises: NotAllowed, InvalidState (not held any more), EmptyReply, ReplyTooLong.
    """
    require(actor, "inbox.reply.send", item)
    if {"sensitive"} & {reason["code"] for reason in item.held_reasons}:
        require(actor, "inbox.reply.approve", item)
    item = _locked(item)
    if item.state != OutboxState.HELD:
        raise InvalidState
    before = item.text
    if text is not None:
        item.text = _clean(text, channel=item.account.channel, action=item.action)
    item.approved_by = actor
    item.save(update_fields=["text", "approved_by"])
    record(
        "inbox.reply.approved",
        item,
        actor=actor,
        before={"text": before} if before != item.text else None,
        after={"text": item.text} if before != item.text else None,
    )
    outbox.settle(item, actor=actor, now=timezone.now())
    return item


@transaction.atomic
def reject(item: OutboxItem, *, actor: Actor, reason: str) -> OutboxItem:
    """Drop a draft or call back a reply that has not left. The reason is kept.

    Raises: NotAllowed, InvalidState (too late), InvalidInput (no reason).
    """
    require(actor, "inbox.reply.send", item)
    if not reason.strip():
        raise InvalidInput("reason", _("Say why, so that the drafts get better."))
    item = _locked(item)
    if item.state not in _UNSETTLED:
        raise InvalidState
    item.state = OutboxState.CANCELLED
    item.save(update_fields=["state"])
    record("inbox.reply.rejected", item, actor=actor, reason=reason.strip()[:300])
    return item


@transaction.atomic
def settle_unclear(item: OutboxItem, *, was_sent: bool, actor: Actor) -> OutboxItem:
    """A person looked at the network: the unclear message is there, or it is not and goes again.

    Raises: NotAllowed, InvalidState.
    """
    require(actor, "inbox.reply.send", item)
    item = _locked(item)
    if item.state != OutboxState.UNKNOWN:
        raise InvalidState
    now = timezone.now()
    if was_sent:
        mark_sent(item, external_id="", now=now, actor=actor)
    else:
        item.first_attempt_at = None
        item.not_before, item.lease_until = now, None
        item.save(update_fields=["first_attempt_at", "not_before", "lease_until"])
        outbox.settle(item, actor=actor, now=now)
    return item
