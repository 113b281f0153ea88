"""What people do in the sandbox network: write, edit, take back, comment."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from inbox.providers.sandbox.payloads import (
    facebook_comment,
    facebook_envelope,
    is_business_scoped,
    messenger_envelope,
    messenger_message,
    whatsapp_contact,
    whatsapp_envelope,
    whatsapp_message,
)
from inbox.providers.sandbox.world import Account, Comment, Message, Person, World

MEDIA = frozenset({"image", "audio", "video", "document", "sticker"})


class CannotSay(Exception):
    """The wish cannot be carried out; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """``envelope``: the delivery with this one thing; ``thing_id``: message or comment id."""

    account: Account
    envelope: dict[str, Any]
    thing_id: str


def say(world: World, wish: Mapping[str, Any]) -> Said:
    """Let a person do one thing. Hold the world's lock.

    ``wish``: account_id, kind, and as the kind needs: person {id, name, handle, phone}, text,
    id (chosen by the caller), at (epoch seconds or ISO 8601; default now), target (message or
    comment id), post_id, parent_id, value (raw change). Kinds: text, image, audio, video,
    document, sticker, button, reaction, edit, revoke, number_changed, marketing, comment,
    comment_edit, comment_remove, comment_hide, comment_unhide, mention, raw.
    Raises: CannotSay.
    """
    account = world.accounts.get(str(wish.get("account_id", "")))
    if account is None:
        raise CannotSay(f"there is no account {wish.get('account_id')!r}")
    kind, at = str(wish.get("kind", "text")), _moment(world, wish.get("at"))
    if kind == "raw":
        return _raw(account, wish, at)
    if account.channel == "whatsapp":
        return _whatsapp(world, account, wish, kind, at)
    if kind == "text":
        return _messenger(world, account, wish, at)
    return _comment(world, account, wish, kind, at)


def _moment(world: World, value: Any) -> float:
    if value is None:
        return world.now()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise CannotSay(f"at: {value!r} is no time") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _raw(account: Account, wish: Mapping[str, Any], at: float) -> Said:
    """A change exactly as given, to try out what no person could send."""
    value = wish.get("value")
    if account.channel == "whatsapp":
        change = dict(value) if isinstance(value, Mapping) else {"messages": [value]}
        return Said(account, whatsapp_envelope(account, changes=[change]), "")
    changes: list[Any] = [value]
    return Said(account, facebook_envelope(account, at, changes=changes), "")


def person_of(world: World, account: Account, wish: Mapping[str, Any], at: float) -> Person:
    """The person named by the wish, noted as having written at ``at``. Raises: CannotSay."""
    given = wish.get("person")
    if not isinstance(given, Mapping) or not given.get("id"):
        raise CannotSay("person needs an id")
    person_id = str(given["id"])
    known = world.people.get((account.account_id, person_id)) or Person("", person_id)
    phone = str(given.get("phone") or known.phone)
    if account.channel == "whatsapp" and not phone and not is_business_scoped(person_id):
        phone = person_id.lstrip("+")
    world.do(
        "person",
        account_id=account.account_id,
        person_id=person_id,
        name=str(given.get("name") or known.name),
        handle=str(given.get("handle") or known.handle),
        phone=phone,
        is_blocking=known.is_blocking,
        last_wrote_at=max(at, known.last_wrote_at),
    )
    return world.people[account.account_id, person_id]


def _whatsapp(
    world: World, account: Account, wish: Mapping[str, Any], kind: str, at: float
) -> Said:
    person = person_of(world, account, wish, at)
    text = str(wish.get("text", ""))
    message_id = str(wish.get("id") or f"wamid.IN{world.next_number()}")
    if kind == "marketing":
        choice = {"category": "marketing_messages", "value": text, "timestamp": str(int(at))}
        if person.phone:
            choice["wa_id"] = person.phone
        if is_business_scoped(person.person_id):
            choice["user_id"] = person.person_id
        change = {"_field": "user_preferences", "user_preferences": [choice]}
        return Said(account, whatsapp_envelope(account, changes=[change]), "")
    content = _content(world, wish, kind, text, message_id)
    wire_kind = {"button": "interactive", "number_changed": "system"}.get(kind, kind)
    told = whatsapp_message(
        message_id, person, at, wire_kind, content, str(wish.get("context_id", ""))
    )
    change = {"contacts": [whatsapp_contact(person)], "messages": [told]}
    if kind == "text" or kind in MEDIA or kind == "button":
        message = Message(
            message_id, account.account_id, person.person_id, "in", text, at, kind=kind
        )
        world.do("message", **asdict(message))
    return Said(account, whatsapp_envelope(account, changes=[change]), message_id)


def _content(
    world: World, wish: Mapping[str, Any], kind: str, text: str, message_id: str
) -> dict[str, Any]:
    """The part of a WhatsApp message that its type names. Notes edits and removals."""
    target = str(wish.get("target", ""))
    if kind in ("edit", "revoke", "reaction") and not target:
        raise CannotSay(f"{kind} needs a target")
    match kind:
        case "text":
            return {"body": text}
        case "edit":
            if target in world.messages:
                world.do("message_changed", message_id=target, text=text)
            message = {"type": "text", "text": {"body": text}}
            return {"original_message_id": target, "message": message}
        case "revoke":
            if target in world.messages:
                world.do("message_changed", message_id=target, is_removed=True)
            return {"original_message_id": target}
        case "reaction":
            return {"message_id": target, "emoji": text}
        case "button":
            reply = {"id": str(wish.get("payload", "b1")), "title": text}
            return {"type": "button_reply", "button_reply": reply}
        case "number_changed":
            number = str(wish.get("new_phone", ""))
            return {"type": "user_changed_number", "wa_id": number, "body": text}
        case _ if kind in MEDIA:
            media: dict[str, Any] = {
                "id": f"MEDIA-{message_id}",
                "mime_type": str(wish.get("mime_type", "application/octet-stream")),
            }
            if text:
                media["caption"] = text
            if wish.get("filename"):
                media["filename"] = str(wish["filename"])
            if kind == "audio":
                media["voice"] = True
            return media
        case _:
            raise CannotSay(f"WhatsApp has no {kind!r}")


def _messenger(world: World, account: Account, wish: Mapping[str, Any], at: float) -> Said:
    person = person_of(world, account, wish, at)
    message_id = str(wish.get("id") or f"m_in{world.next_number()}")
    text = str(wish.get("text", ""))
    message = Message(message_id, account.account_id, person.person_id, "in", text, at)
    world.do("message", **asdict(message))
    item = messenger_message(account, message)
    return Said(account, messenger_envelope(account, at, item), message_id)


def _comment(world: World, account: Account, wish: Mapping[str, Any], kind: str, at: float) -> Said:
    if kind in ("comment", "mention"):
        comment = _new_comment(world, account, wish, at)
        change = facebook_comment(comment, "add")
        if kind == "mention":
            value = {**change["value"], "sender_id": comment.author_id}
            value.pop("from", None)
            change = {"field": "mention", "value": value}
        return Said(account, facebook_envelope(account, at, changes=[change]), comment.comment_id)
    target = str(wish.get("target", ""))
    changes: dict[str, dict[str, Any]] = {
        "comment_edit": {"verb": "edited", "text": str(wish.get("text", ""))},
        "comment_remove": {"verb": "remove", "is_removed": True},
        "comment_hide": {"verb": "hide", "is_hidden": True},
        "comment_unhide": {"verb": "unhide", "is_hidden": False},
    }
    if kind not in changes:
        raise CannotSay(f"Facebook has no {kind!r}")
    known = world.comments.get(target)
    if known is None or known.account_id != account.account_id:
        raise CannotSay(f"there is no comment {target!r}")
    change = changes[kind]
    verb = change.pop("verb")
    changed_at = max(at, known.changed_at + 1)
    world.do("comment_changed", comment_id=target, changed_at=changed_at, **change)
    told = facebook_comment(known, verb)
    return Said(account, facebook_envelope(account, changed_at, changes=[told]), target)


def _new_comment(world: World, account: Account, wish: Mapping[str, Any], at: float) -> Comment:
    post_id = str(wish.get("post_id") or f"{account.account_id}_1")
    number = world.next_number()
    author_id, author_name = "", ""
    if wish.get("person") is not None:  # without a person: the network does not tell who
        # A comment opens no window for messages, so the person has not "written".
        person = person_of(world, account, wish, 0.0)
        author_id, author_name = person.person_id, person.name
    comment = Comment(
        comment_id=str(wish.get("id") or f"{post_id.partition('_')[2] or post_id}_8{number}"),
        account_id=account.account_id,
        post_id=post_id,
        parent_id=str(wish.get("parent_id") or post_id),
        author_id=author_id,
        author_name=author_name,
        text=str(wish.get("text", "")),
        at=at,
    )
    world.do("comment", **asdict(comment))
    return comment
