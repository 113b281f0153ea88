"""What the networks tell about our own messages: receipts and echoes."""

from datetime import datetime
from uuid import UUID

from compliance.domain.audit import record
from inbox.choices import DeliveryStatus, Direction, OutboxState
from inbox.domain.erased import DROPPED
from inbox.domain.sent import mark_sent
from inbox.models import ChannelAccount, Conversation, Message, OutboxItem
from inbox.providers.events import Event, EventKind
from tenants.actors import PIPELINE

_RANK = {
    DeliveryStatus.NONE.value: 0,
    DeliveryStatus.SENT.value: 1,
    DeliveryStatus.DELIVERED.value: 2,
    DeliveryStatus.READ.value: 3,
}
_STATUS = {"played": DeliveryStatus.READ.value}
_ON_ITS_WAY = (OutboxState.SENDING, OutboxState.UNKNOWN)


def note_status(event: Event, *, account: ChannelAccount, now: datetime) -> str:
    """Move a message's delivery status forward; a receipt also settles an unclear send."""
    item = _item_for(event, account=account)
    # A failure told for an item that waits to be sent (again) speaks of an attempt that is over.
    if item is not None and (
        item.state in _ON_ITS_WAY
        or (item.state == OutboxState.QUEUED and event.status != DeliveryStatus.FAILED)
    ):
        mark_sent(item, external_id=event.external_id, now=now, actor=PIPELINE)
    message = Message.objects.filter(account=account, external_id=event.external_id).first()
    if message is None:
        return "receipt for a message we did not send"
    status = _STATUS.get(event.status, event.status)
    if status == DeliveryStatus.FAILED:
        return _note_failed(message, event)
    if _RANK.get(status, -1) <= _RANK.get(message.status, 0) and message.status != "failed":
        return ""
    if message.status == DeliveryStatus.FAILED:
        return "receipt after a failure"
    message.status = status
    message.save(update_fields=["status"])
    return ""


def _note_failed(message: Message, event: Event) -> str:
    if message.status in {DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.FAILED}:
        return "failure after a receipt"
    problem = f"{event.error.code} {event.error.title}" if event.error else "no reason given"
    message.status, message.status_problem = DeliveryStatus.FAILED, problem[:300]
    message.save(update_fields=["status", "status_problem"])
    record("inbox.reply.undelivered", message, actor=PIPELINE, reason=problem[:200])
    return ""


def note_echo(
    event: Event, *, account: ChannelAccount, received_at: datetime, now: datetime
) -> str:
    """Our own message comes back: it settles an unclear send, or was written in another tool."""
    if Message.objects.filter(account=account, external_id=event.external_id).exists():
        return ""
    item = _item_for(event, account=account) or _item_by_text(event, account=account)
    if item is not None:
        mark_sent(item, external_id=event.external_id, now=now, actor=PIPELINE)
        return ""
    if Message.objects.filter(account=account, external_id=event.external_id).exists():
        return ""  # the sender, whose lock we waited for, has written it meanwhile
    conversation = _conversation_of(event, account=account)
    if conversation is None:
        return "our own message in a thread we do not know"
    if conversation.contact.erased_at is not None:
        return DROPPED
    Message.objects.create(
        brand_id=account.brand_id,
        account=account,
        conversation=conversation,
        direction=Direction.OUTBOUND,
        external_id=event.external_id,
        parent_external_id=event.parent_external_id[:200],
        text=event.text,
        occurred_at=event.occurred_at,
        received_at=received_at,
        status=DeliveryStatus.SENT,
        author_label="",
    )
    conversation.last_outbound_at = event.occurred_at
    conversation.save(update_fields=["last_outbound_at"])
    return "written outside of Engage"


def _item_for(event: Event, *, account: ChannelAccount) -> OutboxItem | None:
    """By the reference we gave the network, or by the id it gave us."""
    items = OutboxItem.objects.select_related("conversation", "account").filter(account=account)
    try:
        reference = UUID(event.reply_ref.removeprefix("outbox:"))
    except ValueError:
        return items.filter(external_id=event.external_id).first() if event.external_id else None
    return items.select_for_update(of=("self",)).filter(pk=reference).first()


def _item_by_text(event: Event, *, account: ChannelAccount) -> OutboxItem | None:
    """Comment replies carry no reference: same thread, same words, and not settled yet."""
    if event.kind not in {EventKind.COMMENT_ADD, EventKind.COMMENT_REPLY}:
        return None
    return (
        OutboxItem.objects.select_related("conversation", "account")
        .select_for_update(of=("self",))
        .filter(
            account=account,
            target_external_id=event.parent_external_id,
            sent_text=event.text,
            state__in=[OutboxState.SENDING, OutboxState.UNKNOWN],
        )
        .order_by("created_at")
        .first()
    )


def _conversation_of(event: Event, *, account: ChannelAccount) -> Conversation | None:
    parent = (
        Message.objects.select_related("conversation__contact")
        .filter(account=account, external_id=event.parent_external_id)
        .first()
        if event.parent_external_id
        else None
    )
    if parent is not None:
        return parent.conversation
    threads = Conversation.objects.select_related("contact")
    return threads.filter(account=account, thread_key=event.thread_id).first()
