"""WhatsApp deliveries → events.

Source: WhatsApp Cloud API webhooks, v25.0; business-scoped user ids since 2026.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
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
from inbox.providers.meta import BadItem, Items, list_in, needed, object_in, text_in
from inbox.providers.whatsapp.errors import whatsapp_error_class

CHANNEL = "whatsapp"

_MEDIA = frozenset({"image", "audio", "video", "document", "sticker"})
_STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
_RESTRICTING = frozenset(
    {
        "DISABLED_UPDATE",
        "ACCOUNT_RESTRICTION",
        "ACCOUNT_VIOLATION",
        "PARTNER_REMOVED",
        "ACCOUNT_OFFBOARDED",
        "ACCOUNT_DELETED",
    }
)


def read_change(change: Any, items: Items) -> Iterator[Event]:
    """The events of one ``changes`` element, in its order."""
    field, value = text_in(change, "field"), object_in(change, "value")
    if not value:
        yield items.malformed(change, "change has no value")
        return
    # The number names our account; the entry's id is the business account above it.
    items.account_id = text_in(object_in(value, "metadata"), "phone_number_id") or items.account_id
    context = {"field": field, "metadata": value.get("metadata")}
    contacts = [one for one in _list(value, "contacts") if isinstance(one, dict)]
    found = False
    for key, make in (
        ("messages", _message),
        ("message_echoes", _echo),
        ("statuses", _status),
        ("user_preferences", _preference),
    ):
        for item in _list(value, key):
            found = True
            contact = _contact_of(item, contacts)
            extra = {**context, **({"contact": contact} if contact else {})}
            yield items.guarded(item, partial(make, item, contact, value, items, extra), **extra)
    if not found and field == "account_update":
        yield items.guarded(value, partial(_account, value, items, context), **context)
    elif not found:
        event = items.unsupported(value, f"field {field[:80]!r} is not used", **context)
        yield replace(event, error=_first_error(value, "errors"))


def _list(value: dict[str, Any], key: str) -> list[Any]:
    """As the sender has it; what should be a list and is not becomes one (bad) item."""
    try:
        return list_in(value, key)
    except BadItem:
        return [value[key]]


def _contact_of(item: Any, contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """The element of ``contacts`` that speaks of this item's person; empty if none does."""
    ids = {
        text_in(item, key)
        for key in (
            "from",
            "from_user_id",
            "to",
            "to_user_id",
            "recipient_id",
            "recipient_user_id",
        )
    } - {""}
    for contact in contacts:
        if ids & {text_in(contact, "wa_id"), text_in(contact, "user_id")}:
            return contact
    return contacts[0] if len(contacts) == 1 and not ids else {}


def _person(phone: str, user_id: str, contact: dict[str, Any]) -> Author:
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


def _message(
    item: Any, contact: dict[str, Any], value: dict[str, Any], items: Items, extra: dict[str, Any]
) -> Event:
    author = _person(text_in(item, "from"), text_in(item, "from_user_id"), contact)
    return _content(item, author, author.external_id, items, extra)


def _echo(
    item: Any, contact: dict[str, Any], value: dict[str, Any], items: Items, extra: dict[str, Any]
) -> Event:
    """A message that staff typed in the WhatsApp Business app."""
    person = _person(text_in(item, "to"), text_in(item, "to_user_id"), contact)
    ours = Author(text_in(item, "from") or items.account_id, is_self=True)
    event = _content(item, ours, person.external_id, items, extra)
    if event.kind in (EventKind.DM_TEXT, EventKind.DM_MEDIA, EventKind.DM_POSTBACK):
        return replace(event, kind=EventKind.DM_ECHO)
    return event


def _content(
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
                error=_first_error(item, "errors"),
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


def _status(
    item: Any, contact: dict[str, Any], value: dict[str, Any], items: Items, extra: dict[str, Any]
) -> Event:
    message_id, status = needed(item, "id"), needed(item, "status")
    # Failed statuses may leave the contact out; then the message itself is the lane.
    person = (
        text_in(item, "recipient_user_id")
        or text_in(contact, "user_id")
        or text_in(item, "recipient_id")
    )
    participant = text_in(item, "recipient_participant_user_id") or text_in(
        item, "recipient_participant_id"
    )
    known_at = instant(text_in(item, "timestamp"))
    event = Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.DM_STATUS,
        external_id=message_id,
        occurred_at=known_at or items.fallback,
        lane=f"{items.account_id}:{person or message_id}",
        discriminator=f"{status}/{participant}" if participant else status,
        thread_id=person,
        status=status,
        error=_first_error(item, "errors")
        or (_first_error(value, "errors") if status == "failed" else None),
        reply_ref=text_in(item, "biz_opaque_callback_data"),
        raw=items.raw(item, **extra),
    )
    if status not in _STATUSES:
        return replace(
            event, kind=EventKind.UNSUPPORTED, problem=f"status {status[:80]!r} is not used"
        )
    return event


def _first_error(item: Any, key: str) -> PlatformError | None:
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


def _preference(
    item: Any, contact: dict[str, Any], value: dict[str, Any], items: Items, extra: dict[str, Any]
) -> Event:
    """Stop or resume of marketing, chosen in the app's own settings."""
    person = _person(text_in(item, "wa_id"), text_in(item, "user_id"), contact)
    choice, category = needed(item, "value"), needed(item, "category")
    moment = text_in(item, "timestamp")
    known = choice in ("stop", "resume")
    return Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.CONTACT_OPTOUT if known else EventKind.UNSUPPORTED,
        external_id=f"{person.external_id}/{category}",
        occurred_at=instant(moment) or items.fallback,
        lane=f"{items.account_id}:{person.external_id}",
        discriminator=f"{choice}/{moment}",
        thread_id=person.external_id,
        author=person,
        status=choice,
        detail={"category": category},
        raw=items.raw(item, **extra),
        problem="" if known else f"preference {choice[:80]!r} is not known",
    )


def _account(value: dict[str, Any], items: Items, context: dict[str, Any]) -> Event:
    name = needed(value, "event")
    event = items.unsupported(value, f"account event {name[:80]!r} is not used", **context)
    if name not in _RESTRICTING:
        return event
    return replace(
        event,
        kind=EventKind.ACCOUNT_RESTRICTED,
        external_id=f"{items.account_id}/{name}",
        discriminator=items.entry_time or event.external_id[:16],
        lane=f"{items.account_id}:account",
        status=name,
        problem="",
    )
