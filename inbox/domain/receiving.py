"""A message or comment arrives: who, which thread, what, and then through the stages."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from compliance.domain.audit import record
from inbox.choices import ConversationKind, ConversationState, Direction
from inbox.domain import ahead, people
from inbox.domain.items import Item
from inbox.domain.lists import inbox_stages
from inbox.models import (
    ChannelAccount,
    ContactHandle,
    Conversation,
    Message,
    MessageRevision,
)
from inbox.providers.events import Event, EventKind
from tenants.actors import PIPELINE

_PUBLIC = frozenset(
    {
        EventKind.COMMENT_ADD,
        EventKind.COMMENT_REPLY,
        EventKind.COMMENT_EDIT,
        EventKind.MENTION,
    }
)

_EDITS = frozenset({EventKind.COMMENT_EDIT, EventKind.DM_EDIT})


def receive_message(
    event: Event, *, account: ChannelAccount, received_at: datetime, now: datetime
) -> str:
    """Store what a person wrote and walk it through ``INBOX_STAGES``; returns a note.

    Does nothing for a message that is there already or whose removal came first.
    """
    external_id = event.target_external_id
    if why := ahead.why_settled(account, external_id):
        return why
    handle = people.find_or_add(
        event.author, account=account, fallback_id=f"unknown:{external_id}"[:150], now=now
    )
    conversation = _open_conversation(event, account=account, handle=handle, now=now)
    message = Message.objects.create(
        brand_id=account.brand_id,
        account=account,
        conversation=conversation,
        direction=Direction.INBOUND,
        external_id=external_id,
        parent_external_id=event.parent_external_id[:200],
        text=event.text,
        attachments=_attachments(event),
        occurred_at=event.occurred_at,
        received_at=received_at,
        # Known by its edit alone: an older edit that comes later must not win.
        edited_at=event.occurred_at if event.kind in _EDITS else None,
        author_label=str(handle.contact.name)[:150],
    )
    ahead.note_arrived(account, external_id)
    item = Item(account, handle.contact, handle, conversation, message, now)
    if not item.is_first_contact:
        item.contact_changes.update(people.SEEN_FIELDS)
    run_stages(item)
    record("inbox.message.received", message, actor=PIPELINE, facts=_seen(item))
    return ""


def rewrite_message(
    message: Message, event: Event, *, account: ChannelAccount, now: datetime
) -> str:
    """The author edited: the old text is kept, the new one walks the stages again."""
    if message.removed_at is not None:
        return "edit of a removed message"
    if message.text == event.text:
        return ""
    if message.edited_at is not None and event.occurred_at < message.edited_at:
        return "older than the edit that is shown"
    MessageRevision.objects.create(
        brand_id=message.brand_id,
        message=message,
        revision=message.revision,
        text=message.text,
        replaced_at=event.occurred_at,
    )
    message.revision += 1
    message.text, message.edited_at = event.text, event.occurred_at
    message.save(update_fields=["revision", "text", "edited_at"])
    conversation = _lock(message.conversation)
    handle = (
        ContactHandle.objects.select_related("contact")
        .filter(contact_id=conversation.contact_id, channel=account.channel)
        .order_by("id")[0]
    )
    _note_inbound(conversation, message, now=now)
    item = Item(account, handle.contact, handle, conversation, message, now)
    run_stages(item)
    record("inbox.message.edited", message, actor=PIPELINE, facts=_seen(item))
    return ""


def run_stages(item: Item) -> None:
    """Walk ``settings.INBOX_STAGES`` and store what they changed of conversation and contact.

    Stored after the walk: a stage whose verb reads them again calls ``item.store`` first.
    """
    for stage in inbox_stages():
        stage(item)
    item.store()


def _open_conversation(
    event: Event, *, account: ChannelAccount, handle: ContactHandle, now: datetime
) -> Conversation:
    public = event.kind in _PUBLIC
    thread_key = (
        event.root_external_id or event.thread_id or event.external_id
        if public
        else handle.external_id
    )
    key: dict[str, Any] = {
        "brand_id": account.brand_id,
        "account": account,
        "kind": ConversationKind.COMMENT if public else ConversationKind.DIRECT,
        "contact": handle.contact,
    }
    if public:
        key["thread_key"] = thread_key[:200]
    # A contact that was added just now, in this transaction, has no conversation.
    conversation = None if handle.contact.first_seen_at == now else _find_conversation(key)
    if conversation is None:
        conversation = Conversation(
            **{"thread_key": thread_key[:200], **key},
            post_id=event.root_external_id[:200] if public else "",
            permalink=event.detail.get("permalink", "")[:500],
            last_message_at=event.occurred_at,
        )
        if not ahead.is_reading():  # a batch stores it once, after the walk
            conversation = _add_or_find(conversation, key)
    conversation.account, conversation.contact = account, handle.contact
    conversation.state = ConversationState.OPEN
    conversation.last_inbound_at = max(
        filter(None, (conversation.last_inbound_at, event.occurred_at))
    )
    conversation.last_message_at = max(conversation.last_message_at, event.occurred_at)
    conversation.unanswered_count += 1
    conversation.preview = _preview(event.text, event.attachments)
    return conversation


def _add_or_find(conversation: Conversation, key: dict[str, Any]) -> Conversation:
    """Store it, or take the one that another worker has stored meanwhile."""
    try:
        with transaction.atomic():
            conversation.save(force_insert=True)
    except IntegrityError:
        found = _find_conversation(key)
        if found is None:
            raise
        return found
    return conversation


def _find_conversation(key: dict[str, Any]) -> Conversation | None:
    return Conversation.objects.select_for_update().filter(**key).order_by("id").first()


def _lock(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_for_update().get(pk=conversation.pk)


def _note_inbound(conversation: Conversation, message: Message, *, now: datetime) -> None:
    conversation.last_message_at = max(conversation.last_message_at, now)
    conversation.preview = _preview(message.text, ())
    conversation.state = ConversationState.OPEN


def _preview(text: str, attachments: Any) -> str:
    line = " ".join(text.split())
    if line:
        return line[:160]
    return f"[{attachments[0].kind}]" if attachments else ""


def _attachments(event: Event) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind,
            "external_id": one.external_id,
            "url": one.url,
            "mime_type": one.mime_type,
            "filename": one.filename,
            "is_voice": one.is_voice,
        }
        for one in event.attachments
    ]


def _seen(item: Item) -> dict[str, Any]:
    """What the ledger keeps of the walk: no text, no names."""
    facts: dict[str, Any] = {"revision": item.message.revision, "intent": item.intent}
    if item.heard is not None and item.heard.kind is not None:
        facts["heard"] = item.heard.kind
    if item.verdict:
        facts["verdict"] = item.verdict
    if item.why_not:
        facts["automation_stopped_by"] = ".".join(item.why_not)[:90]
    return facts | item.facts
