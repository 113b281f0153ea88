"""How long the parts of an event may be. Hostile input must not reach a column that refuses it."""

import hashlib
from dataclasses import replace

from inbox.providers.events import Attachment, Event

ID_LIMIT = 200
CONTACT_ID_LIMIT = 150
PHONE_LIMIT = 32
ATTACHMENT_LIMIT = 20
KEY_LIMIT = 200
LANE_LIMIT = 250


class TooLong(ValueError):
    """An id is longer than any network's. Cutting it could make two things one."""


def bounded(event: Event) -> Event:
    """The event with ids checked, labels cut and lane and discriminator of bounded length.

    Raises: TooLong (an id).
    """
    for name in ("external_id", "parent_external_id", "root_external_id", "thread_id"):
        if len(getattr(event, name)) > ID_LIMIT:
            raise TooLong(f"{name} is too long")
    author = event.author
    if author is not None:
        if len(author.external_id) > CONTACT_ID_LIMIT or len(author.phone) > PHONE_LIMIT:
            raise TooLong("author id is too long")
        author = replace(author, handle=author.handle[:150], name=author.name[:300])
    return replace(
        event,
        account_id=event.account_id[:ID_LIMIT],
        author=author,
        attachments=tuple(_attachment(one) for one in event.attachments[:ATTACHMENT_LIMIT]),
        lane=_key(event.lane, LANE_LIMIT),
        discriminator=_key(event.discriminator, KEY_LIMIT - 80),
        status=event.status[:60],
        reply_ref=event.reply_ref[:512],
        detail={key: value[:500] for key, value in event.detail.items()},
        problem=event.problem[:500],
    )


def _attachment(one: Attachment) -> Attachment:
    return replace(
        one,
        kind=one.kind[:40],
        external_id=one.external_id[:ID_LIMIT],
        url=one.url[:2000],
        mime_type=one.mime_type[:150],
        filename=one.filename[:300],
        sha256=one.sha256[:100],
    )


def _key(value: str, limit: int) -> str:
    """Cut, with a digest of the whole, so that different values stay different."""
    if len(value) <= limit:
        return value
    return f"{value[: limit - 33]}#{hashlib.sha256(value.encode()).hexdigest()[:32]}"
