"""Fetched pages of YouTube comments → events.

Source: YouTube Data API v3, commentThread and comment resources (rev 20261104).
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from inbox.providers.events import Author, Event, EventKind, storable_text
from inbox.providers.meta import Items, list_in, needed, object_in, text_in
from inbox.providers.polling import moment

CHANNEL = "youtube"


def read_page(entry: dict[str, Any], items: Items) -> Iterator[Event]:
    """Comments of threads, single replies, and the ids that are gone."""
    is_held = entry.get("held") is True
    for thread in list_in(entry, "threads"):
        snippet = object_in(thread, "snippet")
        video = text_in(snippet, "videoId") or text_in(snippet, "channelId")
        rows = [object_in(snippet, "topLevelComment")]
        rows += list_in(object_in(thread, "replies"), "comments")
        for row in rows:
            make = partial(_comment, row, video, items, is_held=is_held)
            yield from items.guarded_many(row, make)
    for row in list_in(entry, "replies"):
        make = partial(_comment, row, text_in(row, "video"), items, is_held=is_held)
        yield from items.guarded_many(row, make)
    for gone in list_in(entry, "gone"):
        yield items.guarded({"id": gone}, partial(_gone, str(gone), items))


def _comment(row: Any, video: str, items: Items, *, is_held: bool) -> Iterator[Event]:
    """The comment; where it was edited also its edit; where it is held also that."""
    comment_id, snippet = needed(row, "id"), object_in(row, "snippet")
    published, updated = text_in(snippet, "publishedAt"), text_in(snippet, "updatedAt")
    told = snippet.get("textOriginal") or snippet.get("textDisplay")
    text, problem = storable_text(told if isinstance(told, str) else "")
    parent_id = text_in(snippet, "parentId")
    root = text_in(snippet, "videoId") or video
    added = Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.COMMENT_REPLY if parent_id else EventKind.COMMENT_ADD,
        external_id=comment_id,
        occurred_at=moment(published) or items.fallback,
        lane=f"{items.account_id}:{comment_id}",
        parent_external_id=parent_id,
        root_external_id=root,
        thread_id=root or comment_id,
        author=_author(snippet, items),
        text=text,
        detail={"permalink": f"https://www.youtube.com/watch?v={root}&lc={comment_id}"}
        if root
        else {},
        raw=items.raw(row),
        problem=problem,
    )
    yield added
    if updated and updated != published:
        yield replace(
            added,
            kind=EventKind.COMMENT_EDIT,
            discriminator=updated,
            occurred_at=moment(updated) or items.fallback,
        )
    if is_held:
        yield replace(
            added,
            kind=EventKind.COMMENT_VISIBILITY,
            discriminator=f"held/{updated}",
            occurred_at=items.fallback,
            status="hidden",
        )


def _author(snippet: dict[str, Any], items: Items) -> Author | None:
    person_id = text_in(object_in(snippet, "authorChannelId"), "value")
    if not person_id:
        return None
    name = text_in(snippet, "authorDisplayName")
    return Author(person_id, handle=name, name=name, is_self=person_id == items.account_id)


def _gone(comment_id: str, items: Items) -> Event:
    return Event(
        channel=CHANNEL,
        account_id=items.account_id,
        kind=EventKind.COMMENT_DELETE,
        external_id=comment_id,
        occurred_at=items.fallback,
        lane=f"{items.account_id}:{comment_id}",
        raw=items.raw({"gone": comment_id}),
    )
