"""The moment an outbox item is known to have left."""

from datetime import datetime

from compliance.choices import Purpose
from compliance.domain.audit import record
from compliance.domain.consent import NEED_CONSENT, record_use
from compliance.domain.disclosures import note_shown
from inbox.choices import (
    TEXT_ACTIONS,
    DeliveryStatus,
    Direction,
    OutboxAction,
    OutboxState,
    Visibility,
)
from inbox.domain.clocks import stop_clock
from inbox.domain.lists import settled_steps
from inbox.models import Message, OutboxItem
from tenants.actors import SENDER
from tenants.permissions import Actor

_DONE: dict[str, str] = {
    OutboxAction.HIDE: "hidden",
    OutboxAction.UNHIDE: "shown",
    OutboxAction.DELETE: "deleted",
}
_SHOWN_AS: dict[str, Visibility] = {
    OutboxAction.HIDE: Visibility.HIDDEN,
    OutboxAction.UNHIDE: Visibility.VISIBLE,
    OutboxAction.DELETE: Visibility.REMOVED,
}


def mark_sent(item: OutboxItem, *, external_id: str, now: datetime, actor: Actor) -> None:
    """Settle the item and show its effect: the sent message, or the comment's new visibility.

    Idempotent. A person's answer stops the clock; an automatic one never does.
    """
    if item.state == OutboxState.SENT:
        return
    item.state, item.sent_at, item.lease_until = OutboxState.SENT, now, None
    item.external_id, item.error_class, item.error_text = external_id[:200], "", ""
    item.save(
        update_fields=[
            "state",
            "sent_at",
            "lease_until",
            "external_id",
            "error_class",
            "error_text",
        ]
    )
    if item.action in TEXT_ACTIONS:
        _show_message(item, external_id=external_id, now=now)
        record("inbox.reply.sent", item, actor=actor, facts={"action": item.action})
    else:
        _show_visibility(item)
        record(f"inbox.comment.{_DONE[item.action]}", item.message or item, actor=actor)
        for step in settled_steps():
            step(item, now)


def _show_message(item: OutboxItem, *, external_id: str, now: datetime) -> None:
    conversation = item.conversation
    message, _is_new = Message.objects.get_or_create(
        brand_id=item.brand_id,
        account_id=item.account_id,
        external_id=external_id or f"outbox:{item.pk}",
        defaults={
            "conversation": conversation,
            "direction": Direction.OUTBOUND,
            "parent_external_id": item.target_external_id,
            "text": item.sent_text or item.text,
            "occurred_at": now,
            "received_at": now,
            "status": DeliveryStatus.SENT,
            "is_automated": item.is_automated,
            "sent_by_id": item.created_by_id or item.approved_by_id,
        },
    )
    conversation.last_outbound_at = conversation.last_message_at = now
    fields = ["last_outbound_at", "last_message_at", "due_at", "unanswered_count"]
    by_person = not item.is_automated or item.approved_by_id is not None
    if by_person and item.purpose != Purpose.NOTICE:
        stop_clock(conversation, now=now)
        conversation.unanswered_count = 0
    if item.disclosure:
        conversation.last_disclosed_at = now
        fields.append("last_disclosed_at")
        note_shown(
            item.brand_id,
            outbox_ref=item.pk,
            message_ref=message.pk,
            conversation_ref=conversation.pk,
            channel=item.account.channel,
            text=item.disclosure,
            language=item.language or conversation.language,
            why=item.disclosure_why,
            at=now,
        )
    if item.purpose in NEED_CONSENT:
        record_use(
            item.brand_id,
            channel=item.account.channel,
            address=item.recipient,
            purpose=item.purpose,
            ref=str(item.pk),
            actor=SENDER,
            at=now,
        )
    conversation.save(update_fields=fields)


def _show_visibility(item: OutboxItem) -> None:
    message = item.message
    if message is None or message.visibility == Visibility.REMOVED:
        return
    message.visibility = _SHOWN_AS[item.action]
    message.save(update_fields=["visibility"])
