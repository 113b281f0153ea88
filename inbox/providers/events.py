"""The one shape in which every network's news reaches the inbox."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from inbox.providers.errors import ErrorClass, PlatformError

TEXT_LIMIT_BYTES = 100 * 1024
"""Longest text kept, in UTF-8 bytes. Networks allow far less; this bounds hostile input."""

DEPTH_LIMIT = 40
"""Deepest nesting of a raw item that is kept as it came."""


class EventKind(StrEnum):
    """What happened. The list is closed; anything else is ``unsupported``."""

    DM_TEXT = "dm.text"
    DM_MEDIA = "dm.media"
    DM_POSTBACK = "dm.postback"
    DM_REACTION = "dm.reaction"
    DM_STORY_REPLY = "dm.story_reply"
    DM_STORY_MENTION = "dm.story_mention"
    DM_SHARE = "dm.share"
    DM_EDIT = "dm.edit"
    DM_UNSEND = "dm.unsend"
    DM_ECHO = "dm.echo"
    DM_STATUS = "dm.status"
    COMMENT_ADD = "comment.add"
    COMMENT_REPLY = "comment.reply"
    COMMENT_EDIT = "comment.edit"
    COMMENT_DELETE = "comment.delete"
    COMMENT_VISIBILITY = "comment.visibility"
    MENTION = "mention"
    LIVE_CHAT = "live.chat"
    LIVE_CHAT_DELETED = "live.chat_deleted"
    LIVE_USER_BANNED = "live.user_banned"
    POST_REACTION = "post.reaction"
    ACCOUNT_TOKEN_REVOKED = "account.token_revoked"  # noqa: S105 -- a kind of event, no secret
    ACCOUNT_RESTRICTED = "account.restricted"
    CONTACT_ID_CHANGED = "contact.id_changed"
    CONTACT_OPTOUT = "contact.optout"
    UNSUPPORTED = "unsupported"  # understood to be well formed, but not used
    MALFORMED = "malformed"  # one item that could not be read; kept with its raw part


# Kinds that carry one and the same piece of content share a class, so that the same
# message or comment told twice under two kinds is still one.
_KIND_CLASS = {
    EventKind.DM_TEXT: "dm",
    EventKind.DM_MEDIA: "dm",
    EventKind.DM_POSTBACK: "dm",
    EventKind.DM_STORY_REPLY: "dm",
    EventKind.DM_STORY_MENTION: "dm",
    EventKind.DM_SHARE: "dm",
    EventKind.DM_ECHO: "dm",
    EventKind.COMMENT_ADD: "comment",
    EventKind.COMMENT_REPLY: "comment",
    EventKind.MENTION: "comment",
}
_POINTS_AT_PARENT = frozenset({EventKind.DM_EDIT, EventKind.DM_UNSEND, EventKind.DM_REACTION})


@dataclass(frozen=True, slots=True)
class Author:
    """Who did it. ``external_id`` is the network's best id (WhatsApp: BSUID before number)."""

    external_id: str
    handle: str = ""
    name: str = ""
    is_self: bool = False
    phone: str = ""  # digits with country code, WhatsApp only


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or place sent along. ``url`` may be short-lived and may need the account's token."""

    kind: str  # image, audio, video, document, sticker, location, contacts, …: an open set
    external_id: str = ""
    url: str = ""
    mime_type: str = ""
    filename: str = ""
    sha256: str = ""
    is_voice: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on one account.

    ``lane``: events of one lane must be applied in order; lanes are independent of each other.
    ``status``: dm.status sent|delivered|read|played|failed; comment.visibility hidden|visible;
    contact.optout stop|resume; account.restricted the network's event name.
    ``detail``: small machine-readable extras, string to string (``emoji``, ``payload``,
    ``permalink``, ``new_phone``, ``category``, ``watermark_ms``, ``type``).
    ``raw``: the item with its envelope: {object, entry: {id, time}, field, …, item}.
    ``problem``: why the item is unsupported, malformed, or was changed while it was read.
    """

    channel: str
    account_id: str
    kind: EventKind
    external_id: str
    occurred_at: datetime
    lane: str
    discriminator: str = ""
    parent_external_id: str = ""
    root_external_id: str = ""
    thread_id: str = ""
    author: Author | None = None
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    status: str = ""
    error: PlatformError | None = None
    reply_ref: str = ""
    detail: dict[str, str] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def kind_class(self) -> str:
        """First part of the key that makes an event happen once."""
        return _KIND_CLASS.get(self.kind, self.kind.value)

    @property
    def dedupe_key(self) -> str:
        """Unique per (channel, account_id). Source: the networks deliver at least once."""
        key = f"{self.kind_class}:{self.external_id}"
        return f"{key}:{self.discriminator}" if self.discriminator else key

    @property
    def target_external_id(self) -> str:
        """The message or comment that this event adds, changes, removes or reports on."""
        if self.kind in _POINTS_AT_PARENT and self.parent_external_id:
            return self.parent_external_id
        return self.external_id

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values only, storable in a PostgreSQL jsonb column. Inverse: from_json."""
        data = asdict(self)
        data["kind"] = self.kind.value
        data["occurred_at"] = self.occurred_at.isoformat()
        data["attachments"] = [asdict(item) for item in self.attachments]
        if self.error is not None:
            data["error"] = {**asdict(self.error), "error_class": self.error.error_class.value}
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Event":
        """Raises: KeyError, TypeError, ValueError (not written by ``to_json``)."""
        values = dict(data)
        values["kind"] = EventKind(values["kind"])
        values["occurred_at"] = datetime.fromisoformat(values["occurred_at"])
        values["attachments"] = tuple(Attachment(**item) for item in values["attachments"])
        if values["author"] is not None:
            values["author"] = Author(**values["author"])
        if values["error"] is not None:
            error = dict(values["error"])
            error["error_class"] = ErrorClass(error["error_class"])
            values["error"] = PlatformError(**error)
        return cls(**values)


def storable(value: str) -> str:
    """Without NUL, lone surrogates as U+FFFD; otherwise unchanged (bidi controls stay).

    PostgreSQL can hold neither. Surrogate pairs that a sender escaped one by one have been
    joined by the JSON parser before this.
    """
    value = value.replace("\x00", "")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def storable_text(value: str) -> tuple[str, str]:
    """The text, storable and at most TEXT_LIMIT_BYTES long, and what was lost ("" if nothing)."""
    text = storable(value)
    encoded = text.encode()
    if len(encoded) <= TEXT_LIMIT_BYTES:
        return text, ""
    kept = encoded[:TEXT_LIMIT_BYTES].decode(errors="ignore")
    return kept, f"text cut from {len(encoded)} to {len(kept.encode())} bytes"


def storable_json(value: Any, *, depth: int = 0) -> Any:
    """A copy that jsonb accepts: storable strings, finite numbers, nesting up to DEPTH_LIMIT."""
    match value:
        case str():
            return storable(value)
        case float() if not math.isfinite(value):
            return str(value)
        case dict() | list() if depth >= DEPTH_LIMIT:
            return "(nested too deeply)"
        case dict():
            return {
                storable(str(key)): storable_json(item, depth=depth + 1)
                for key, item in value.items()
            }
        case list() | tuple():
            return [storable_json(item, depth=depth + 1) for item in value]
        case _:
            return value


def instant(value: object) -> datetime | None:
    """UTC instant from seconds or milliseconds since 1970 (number or digits), else None.

    Above 10^11 it means milliseconds. Outside 2000 to 2100 is no instant.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if abs(number) > 1e11:
        number /= 1000
    if not 946_684_800 <= number <= 4_102_444_800:  # also refuses NaN
        return None
    return datetime.fromtimestamp(number, tz=UTC)
