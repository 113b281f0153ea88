"""Facebook Page deliveries → events: messages (``messaging[]``, ``standby[]``).

A private reply opens a conversation in Messenger; its echo and the person's answer come here.
Source: Messenger Platform webhooks, v25.0.
"""

from dataclasses import replace
from typing import Any

from inbox.providers.events import Attachment, Author, Event, EventKind, instant, storable_text
from inbox.providers.facebook.mapping import CHANNEL
from inbox.providers.meta import BadItem, Items, needed, object_in, text_in


def read_messaging(item: Any, items: Items) -> Event:
    """The event of one ``messaging`` element. Raises: BadItem."""
    if not isinstance(item, dict):
        raise BadItem("item is no object")
    if "policy-enforcement" in item:
        return _enforcement(item, items)
    sender = text_in(object_in(item, "sender"), "id")
    recipient = text_in(object_in(item, "recipient"), "id")
    is_ours = object_in(item, "message").get("is_echo") is True
    person = recipient if is_ours else sender
    if not person:
        raise BadItem("no sender")
    base = Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.UNSUPPORTED,
        external_id="",
        occurred_at=instant(item.get("timestamp")) or items.fallback,
        lane=f"{items.account_id}:{person}",
        thread_id=person,
        author=Author(sender or items.account_id, is_self=is_ours),
        raw=items.raw(item, field="messaging"),
    )
    for key, make in (
        ("message", _message),
        ("message_edit", _edit),
        ("postback", _postback),
        ("reaction", _reaction),
        ("delivery", _receipt),
        ("read", _receipt),
    ):
        if isinstance(item.get(key), dict):
            return make(base, item, item[key])
    return items.unsupported(item, "message event is not used", field="messaging")


def _message(base: Event, item: dict[str, Any], message: dict[str, Any]) -> Event:
    text, problem = storable_text(message["text"] if isinstance(message.get("text"), str) else "")
    files = _files(message)
    if message.get("is_echo") is True:
        kind = EventKind.DM_ECHO
    else:
        kind = EventKind.DM_TEXT if text and not files else EventKind.DM_MEDIA
    payload = text_in(object_in(message, "quick_reply"), "payload")
    return replace(
        base,
        kind=EventKind.DM_POSTBACK if payload and kind is EventKind.DM_TEXT else kind,
        external_id=needed(message, "mid"),
        parent_external_id=text_in(object_in(message, "reply_to"), "mid"),
        text=text,
        attachments=files,
        reply_ref=text_in(message, "metadata"),
        detail={"payload": payload} if payload else {},
        problem=problem,
    )


def _files(message: dict[str, Any]) -> tuple[Attachment, ...]:
    found = message.get("attachments")
    return tuple(
        Attachment(
            kind=text_in(one, "type") or "file",
            external_id=text_in(object_in(one, "payload"), "sticker_id"),
            url=text_in(object_in(one, "payload"), "url"),
        )
        for one in (found if isinstance(found, list) else [])
    )


def _edit(base: Event, item: dict[str, Any], edit: dict[str, Any]) -> Event:
    message_id = needed(edit, "mid")
    text, problem = storable_text(edit["text"] if isinstance(edit.get("text"), str) else "")
    return replace(
        base,
        kind=EventKind.DM_EDIT,
        external_id=message_id,
        discriminator=text_in(edit, "num_edit") or text_in(item, "timestamp"),
        parent_external_id=message_id,
        text=text,
        problem=problem,
    )


def _postback(base: Event, item: dict[str, Any], postback: dict[str, Any]) -> Event:
    text, problem = storable_text(text_in(postback, "title"))
    return replace(
        base,
        kind=EventKind.DM_POSTBACK,
        external_id=needed(postback, "mid"),
        text=text,
        detail={"payload": text_in(postback, "payload")},
        problem=problem,
    )


def _reaction(base: Event, item: dict[str, Any], reaction: dict[str, Any]) -> Event:
    message_id, action = needed(reaction, "mid"), text_in(reaction, "action") or "react"
    emoji = text_in(reaction, "emoji")
    actor = base.author.external_id if base.author else ""
    return replace(
        base,
        kind=EventKind.DM_REACTION,
        external_id=message_id,
        # The same person may react, take it back and react again.
        discriminator=f"{actor}/{emoji}/{action}/{text_in(item, 'timestamp')}",
        parent_external_id=message_id,
        detail={"emoji": emoji, "action": action},
    )


def _receipt(base: Event, item: dict[str, Any], receipt: dict[str, Any]) -> Event:
    """A high-water mark: all that we sent to this person up to it was delivered or read."""
    status = "delivered" if "delivery" in item else "read"
    watermark = needed(receipt, "watermark")
    return replace(
        base,
        kind=EventKind.DM_STATUS,
        external_id=base.thread_id,
        discriminator=f"{status}/{watermark}",
        status=status,
        detail={"watermark_ms": watermark},
    )


def _enforcement(item: dict[str, Any], items: Items) -> Event:
    body = object_in(item, "policy-enforcement")
    action = needed(body, "action")
    event = items.unsupported(item, f"policy action {action[:80]!r} is not used", field="messaging")
    if action != "block":
        return event
    return replace(
        event,
        kind=EventKind.ACCOUNT_RESTRICTED,
        external_id=f"{items.account_id}/{action}",
        discriminator=text_in(item, "timestamp") or items.entry_time or event.external_id[:16],
        occurred_at=instant(item.get("timestamp")) or items.fallback,
        lane=f"{items.account_id}:account",
        text=storable_text(text_in(body, "reason"))[0],
        status=action,
        problem="",
    )
