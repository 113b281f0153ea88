"""What a WhatsApp message says, by its type.

Source: WhatsApp Cloud API webhooks, v25.0; business-scoped user ids since 2026.
"""

from dataclasses import replace
from typing import Any

from inbox.providers.errors import PlatformError
from inbox.providers.events import (
    Attachment,
    Author,
    Event,
    EventKind,
    instant,
    storable,
    storable_text,
)
from inbox.providers.meta import BadItem, Items, needed, object_in, text_in
from inbox.providers.whatsapp.errors import whatsapp_error_class

CHANNEL = "whatsapp"

_MEDIA = frozenset({"image", "audio", "video", "document", "sticker"})


def person_of(phone: str, user_id: str, contact: dict[str, Any]) -> Author:
    """Business-scoped id first, number second. Raises: BadItem (neither is there)."""
    phone = phone or text_in(contact, "wa_id")
    user_id = user_id or text_in(contact, "user_id")
    if not phone and not user_id:
        raise BadItem("no sender: neither number nor user id")
    profile = object_in(contact, "profile")
    return Author(
        external_id=user_id or phone,
        handle=text_in(profile, "username"),
        name=text_in(profile, "name"),
        phone=phone,
    )


def message_event(
    item: Any, author: Author, thread_id: str, items: Items, extra: dict[str, Any]
) -> Event:
    """A message of any type, by ``author`` in the thread with one contact."""
    known_at = instant(text_in(item, "timestamp"))
    base = Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.UNSUPPORTED,
        external_id=needed(item, "id"),
        occurred_at=known_at or items.fallback,
        lane=f"{items.account_id}:{thread_id}",
        parent_external_id=text_in(object_in(item, "context"), "id"),
        thread_id=thread_id,
        author=author,
        raw=items.raw(item, **extra),
        problem="" if known_at else "no time; time of arrival taken",
    )
    kind = text_in(item, "type")
    body = object_in(item, kind)
    match kind:
        case "text":
            return _with_text(replace(base, kind=EventKind.DM_TEXT), _body(body, "body"))
        case _ if kind in _MEDIA:
            return _with_text(
                replace(base, kind=EventKind.DM_MEDIA, attachments=(_file(kind, body),)),
                text_in(body, "caption"),
            )
        case "location" | "contacts":
            place = Attachment(kind=kind, filename=text_in(body, "name"))
            return replace(base, kind=EventKind.DM_MEDIA, attachments=(place,))
        case "interactive" | "button":
            return _button(base, kind, body)
        case "reaction":
            emoji = text_in(body, "emoji")
            action = "react" if emoji else "unreact"
            return replace(
                base,
                kind=EventKind.DM_REACTION,
                parent_external_id=needed(body, "message_id"),
                discriminator=f"{author.external_id}/{emoji}/{action}",
                detail={"emoji": emoji, "action": action},
            )
        case "edit":
            return _edit(base, body)
        case "revoke":
            target = needed(body, "original_message_id")
            return replace(base, kind=EventKind.DM_UNSEND, parent_external_id=target)
        case "system" if text_in(body, "type") == "user_changed_number":
            return _with_text(
                replace(
                    base,
                    kind=EventKind.CONTACT_ID_CHANGED,
                    detail={
                        "new_phone": needed(body, "wa_id"),
                        "new_user_id": text_in(body, "user_id"),
                    },
                ),
                text_in(body, "body"),
            )
        case _:
            return replace(
                base,
                error=first_error(item, "errors"),
                detail={"type": kind[:80]},
                problem=f"message type {kind[:80]!r} is not used",
            )


def _body(body: dict[str, Any], key: str) -> str:
    text = body.get(key)
    if not isinstance(text, str):
        raise BadItem(f"{key} is missing")
    return text


def _with_text(event: Event, text: str) -> Event:
    kept, problem = storable_text(text)
    return replace(event, text=kept, problem="; ".join(filter(None, (event.problem, problem))))


def _file(kind: str, body: dict[str, Any]) -> Attachment:
    return Attachment(
        kind=kind,
        external_id=needed(body, "id"),
        url=text_in(body, "url"),
        mime_type=text_in(body, "mime_type"),
        filename=text_in(body, "filename"),
        sha256=text_in(body, "sha256"),
        is_voice=body.get("voice") is True,
    )


def _button(base: Event, kind: str, body: dict[str, Any]) -> Event:
    if kind == "button":
        payload, title = text_in(body, "payload"), text_in(body, "text")
    else:
        reply = object_in(body, text_in(body, "type"))
        payload, title = needed(reply, "id"), text_in(reply, "title")
    return _with_text(replace(base, kind=EventKind.DM_POSTBACK, detail={"payload": payload}), title)


def _edit(base: Event, body: dict[str, Any]) -> Event:
    """The new content of an earlier message: its text, or the caption of its file."""
    message = object_in(body, "message")
    kind = text_in(message, "type")
    content = object_in(message, kind)
    text = _body(content, "body") if kind == "text" else text_in(content, "caption")
    files = (_file(kind, content),) if kind in _MEDIA and "id" in content else ()
    return _with_text(
        replace(
            base,
            kind=EventKind.DM_EDIT,
            parent_external_id=needed(body, "original_message_id"),
            attachments=files,
        ),
        text,
    )


def first_error(item: Any, key: str) -> PlatformError | None:
    """The first element of an ``errors`` list, None without one."""
    errors = item.get(key) if isinstance(item, dict) else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None
    error = errors[0]
    code = text_in(error, "code")
    details = text_in(object_in(error, "error_data"), "details") or text_in(error, "message")
    return PlatformError(
        code=code,
        title=text_in(error, "title"),
        details=storable(details)[:1000],
        error_class=whatsapp_error_class(code),
    )
