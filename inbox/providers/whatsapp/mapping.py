"""WhatsApp deliveries → events.

Source: WhatsApp Cloud API webhooks, v25.0; business-scoped user ids since 2026.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from inbox.providers.events import Author, Event, EventKind, instant
from inbox.providers.meta import BadItem, Items, list_in, needed, object_in, text_in
from inbox.providers.whatsapp.content import CHANNEL, first_error, message_event, person_of

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
        yield replace(event, error=first_error(value, "errors"))


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


def _message(
    item: Any, contact: dict[str, Any], value: dict[str, Any], items: Items, extra: dict[str, Any]
) -> Event:
    author = person_of(text_in(item, "from"), text_in(item, "from_user_id"), contact)
    return message_event(item, author, author.external_id, items, extra)


def _echo(
    item: Any, contact: dict[str, Any], value: dict[str, Any], items: Items, extra: dict[str, Any]
) -> Event:
    """A message that staff typed in the WhatsApp Business app."""
    person = person_of(text_in(item, "to"), text_in(item, "to_user_id"), contact)
    ours = Author(text_in(item, "from") or items.account_id, is_self=True)
    event = message_event(item, ours, person.external_id, items, extra)
    if event.kind in (EventKind.DM_TEXT, EventKind.DM_MEDIA, EventKind.DM_POSTBACK):
        return replace(event, kind=EventKind.DM_ECHO)
    return event


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
        error=first_error(item, "errors")
        or (first_error(value, "errors") if status == "failed" else None),
        reply_ref=text_in(item, "biz_opaque_callback_data"),
        raw=items.raw(item, **extra),
    )
    if status not in _STATUSES:
        return replace(
            event, kind=EventKind.UNSUPPORTED, problem=f"status {status[:80]!r} is not used"
        )
    return event


def _preference(
    item: Any, contact: dict[str, Any], value: dict[str, Any], items: Items, extra: dict[str, Any]
) -> Event:
    """Stop or resume of marketing, chosen in the app's own settings."""
    person = person_of(text_in(item, "wa_id"), text_in(item, "user_id"), contact)
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
