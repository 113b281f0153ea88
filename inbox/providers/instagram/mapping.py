"""Instagram deliveries → events: comments, also those on ads and live videos.

Source: Instagram Platform webhooks, fields ``comments`` and ``live_comments``, v25.0 (2026-09).
There is no verb, no edit and no notice of a removal: what arrives is a new comment, and the same
comment may arrive more than once where a post is advertised.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from inbox.providers.events import Author, Event, EventKind, instant, storable_text
from inbox.providers.meta import Items, needed, object_in, text_in

CHANNEL = "instagram"

_COMMENTS = frozenset({"comments", "live_comments"})


def read_change(change: Any, items: Items) -> Iterator[Event]:
    """The event of one ``changes`` element."""
    field, value = text_in(change, "field"), object_in(change, "value")
    if not value:
        yield items.malformed(change, "change has no value")
    elif field == "mentions":
        yield items.unsupported(value, "a mention names no text and no author", field=field)
    elif field not in _COMMENTS:
        yield items.unsupported(value, f"field {field[:80]!r} is not used", field=field)
    else:
        yield items.guarded(value, partial(_comment, value, field, items), field=field)


def _comment(value: dict[str, Any], field: str, items: Items) -> Event:
    comment_id, parent_id = needed(value, "id"), text_in(value, "parent_id")
    media = object_in(value, "media")
    media_id = text_in(media, "id")
    text, problem = storable_text(value["text"] if isinstance(value.get("text"), str) else "")
    return Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.COMMENT_REPLY if parent_id else EventKind.COMMENT_ADD,
        external_id=comment_id,
        # The comment tells no time of its own; the entry tells when it was handed over.
        occurred_at=instant(value.get("timestamp")) or items.fallback,
        lane=f"{items.account_id}:{comment_id}",
        parent_external_id=parent_id,
        root_external_id=media_id,
        thread_id=media_id or comment_id,
        author=_author(value, items),
        text=text,
        detail=_detail(media, field),
        raw=items.raw(value, field=field),
        problem=problem,
    )


def _author(value: dict[str, Any], items: Items) -> Author | None:
    person = object_in(value, "from")
    person_id = text_in(person, "id")
    if not person_id:
        return None
    return Author(
        person_id,
        handle=text_in(person, "username"),
        name=text_in(person, "username"),
        is_self=person_id == items.account_id,
    )


def _detail(media: dict[str, Any], field: str) -> dict[str, str]:
    """Where the comment stands: kind of post, the ad it belongs to, a live video."""
    found = {
        "type": text_in(media, "media_product_type"),
        "ad_id": text_in(media, "ad_id"),
        "live": "yes" if field == "live_comments" else "",
    }
    return {key: value for key, value in found.items() if value}
