"""Fetched notifications → events. Source: app.bsky.notification.listNotifications, 2026-08."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from inbox.providers.bluesky.addresses import post_parts
from inbox.providers.events import Attachment, Author, Event, EventKind, storable_text
from inbox.providers.meta import BadItem, Items, list_in, needed, object_in, text_in
from inbox.providers.polling import moment

CHANNEL = "bluesky"


def read_page(entry: dict[str, Any], items: Items) -> Iterator[Event]:
    """Replies, mentions and quotes, then the posts that are gone."""
    for row in list_in(entry, "notifications"):
        if text_in(row, "reason") in {"reply", "mention", "quote"}:
            yield items.guarded(row, partial(_post, row, items))
        else:
            yield items.unsupported(row, f"reason {text_in(row, 'reason')[:60]!r} is not used")
    for gone in list_in(entry, "gone"):
        yield items.guarded({"gone": gone}, partial(_gone, str(gone), items))


def _post(row: dict[str, Any], items: Items) -> Event:
    uri, record = needed(row, "uri"), object_in(row, "record")
    did, _key = post_parts(uri)
    reply = object_in(record, "reply")
    root = text_in(object_in(reply, "root"), "uri") or uri
    parent = text_in(object_in(reply, "parent"), "uri")
    text, problem = storable_text(record["text"] if isinstance(record.get("text"), str) else "")
    person = object_in(row, "author")
    if text_in(person, "did") != did:
        raise BadItem("the author is not the owner of the post")
    handle = text_in(person, "handle")
    kind = EventKind.MENTION
    if text_in(row, "reason") == "reply":
        kind = EventKind.COMMENT_ADD if parent == root else EventKind.COMMENT_REPLY
    root_did, root_key = post_parts(root)
    return Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=kind,
        external_id=uri,
        # The post's own time is whatever its author's client wrote into it.
        occurred_at=moment(row.get("indexedAt")) or items.fallback,
        lane=f"{items.account_id}:{uri}",
        parent_external_id=parent if kind is EventKind.COMMENT_REPLY else "",
        root_external_id=root,
        thread_id=root,
        author=Author(
            did,
            handle=handle,
            name=text_in(person, "displayName") or handle,
            is_self=did == items.account_id,
        ),
        text=text,
        attachments=_images(record),
        detail={"permalink": f"https://bsky.app/profile/{root_did}/post/{root_key}"},
        raw=items.raw(row),
        problem=problem,
    )


def _images(record: dict[str, Any]) -> tuple[Attachment, ...]:
    images = object_in(record, "embed").get("images")
    blobs = [object_in(one, "image") for one in (images if isinstance(images, list) else [])]
    return tuple(
        Attachment(
            "image",
            external_id=text_in(object_in(blob, "ref"), "$link"),
            mime_type=text_in(blob, "mimeType"),
        )
        for blob in blobs
    )


def _gone(uri: str, items: Items) -> Event:
    post_parts(uri)
    return Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.COMMENT_DELETE,
        external_id=uri,
        occurred_at=items.fallback,
        lane=f"{items.account_id}:{uri}",
        raw=items.raw({"gone": uri}),
    )
