"""Facebook Page deliveries → events: comments and mentions.

Source: Graph API webhooks for Pages, fields ``feed`` and ``mention``, v25.0. ``feed`` tells of
some thirty kinds of item; only comments are used, the others are kept as unsupported.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from inbox.providers.events import (
    Attachment,
    Author,
    Event,
    EventKind,
    instant,
    storable_text,
)
from inbox.providers.meta import Items, needed, object_in, text_in

CHANNEL = "facebook"

# Both spellings of edit and remove occur.
_VERBS = {
    "add": EventKind.COMMENT_ADD,
    "edit": EventKind.COMMENT_EDIT,
    "edited": EventKind.COMMENT_EDIT,
    "update": EventKind.COMMENT_EDIT,
    "remove": EventKind.COMMENT_DELETE,
    "delete": EventKind.COMMENT_DELETE,
    "hide": EventKind.COMMENT_VISIBILITY,
    "unhide": EventKind.COMMENT_VISIBILITY,
}


def read_change(change: Any, items: Items) -> Iterator[Event]:
    """The event of one ``changes`` element."""
    field, value = text_in(change, "field"), object_in(change, "value")
    if not value:
        yield items.malformed(change, "change has no value")
    elif field not in ("feed", "mention"):
        yield items.unsupported(value, f"field {field[:80]!r} is not used", field=field)
    elif text_in(value, "item") != "comment" and not (field == "mention" and "post_id" in value):
        problem = f"feed item {text_in(value, 'item')[:80]!r} is not used"
        yield items.unsupported(value, problem, field=field)
    elif text_in(value, "verb") not in _VERBS:
        problem = f"verb {text_in(value, 'verb')[:80]!r} is not used"
        yield items.unsupported(value, problem, field=field)
    else:
        yield items.guarded(value, partial(_comment, value, field, items), field=field)


def _comment(value: dict[str, Any], field: str, items: Items) -> Event:
    kind = _VERBS[text_in(value, "verb")]
    post_id = text_in(value, "post_id")
    # A mention in a post of somebody else has no comment; the post is what can be answered.
    comment_id = text_in(value, "comment_id") or (post_id if field == "mention" else "")
    if not comment_id:
        comment_id = needed(value, "comment_id")
    needed({"id": comment_id}, "id")
    parent_id = text_in(value, "parent_id") or post_id
    if kind is EventKind.COMMENT_ADD:
        if field == "mention":
            kind = EventKind.MENTION
        elif parent_id not in ("", post_id):
            kind = EventKind.COMMENT_REPLY
    text, problem = storable_text(value["message"] if isinstance(value.get("message"), str) else "")
    # On edit and hide, created_time may still be that of the comment; the entry's time is not.
    created_at, told_at = instant(value.get("created_time")), instant(items.entry_time)
    is_new = kind in (EventKind.COMMENT_ADD, EventKind.COMMENT_REPLY, EventKind.MENTION)
    occurred_at = (created_at or told_at) if is_new else (told_at or created_at)
    event = Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=kind,
        external_id=comment_id,
        occurred_at=occurred_at or items.fallback,
        lane=f"{items.account_id}:{comment_id}",
        discriminator=_discriminator(kind, value, text, items),
        parent_external_id=parent_id if parent_id != comment_id else "",
        root_external_id=post_id,
        thread_id=post_id or comment_id,
        author=_author(value, items),
        text=text,
        attachments=_attachments(value),
        status=_visibility(value) if kind is EventKind.COMMENT_VISIBILITY else "",
        detail=_detail(value),
        raw=items.raw(value, field=field),
        problem=problem,
    )
    if occurred_at is None:
        return replace(event, problem="; ".join(filter(None, ("no time", problem))))
    return event


def _discriminator(kind: EventKind, value: dict[str, Any], text: str, items: Items) -> str:
    if kind is EventKind.COMMENT_EDIT:
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return f"{text_in(value, 'created_time')}/{items.entry_time}/{digest}"
    if kind is EventKind.COMMENT_VISIBILITY:
        return f"{_visibility(value)}/{items.entry_time or text_in(value, 'created_time')}"
    return ""


def _visibility(value: dict[str, Any]) -> str:
    return "hidden" if text_in(value, "verb") == "hide" else "visible"


def _author(value: dict[str, Any], items: Items) -> Author | None:
    """None if the network does not tell (privacy, missing permission, mentions)."""
    person = object_in(value, "from")
    person_id = text_in(person, "id") or text_in(value, "sender_id")
    if not person_id:
        return None
    name = text_in(person, "name") or text_in(value, "sender_name")
    return Author(person_id, name=name, is_self=person_id == items.account_id)


def _attachments(value: dict[str, Any]) -> tuple[Attachment, ...]:
    found = [("image", text_in(value, "photo")), ("video", text_in(value, "video"))]
    return tuple(Attachment(kind=kind, url=url) for kind, url in found if url)


def _detail(value: dict[str, Any]) -> dict[str, str]:
    permalink = text_in(object_in(value, "post"), "permalink_url")
    return {"permalink": permalink} if permalink else {}
