"""Networks that bring no news: they are asked, newest first, down to what is known.

What was fetched is handed in as a delivery of our own making and goes the way of all deliveries, so
reading the same page twice changes nothing.
"""

import json
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, override

from inbox.providers.base import AccountAccess, Connector
from inbox.providers.errors import PlatformFailure, UnreadableDelivery
from inbox.providers.events import Event
from inbox.providers.meta import Items, load_json, text_in

FIRST_LOOK_BACK = timedelta(days=7)
"""What is older when an account is connected is not fetched."""

OVERLAP = timedelta(minutes=5)
"""Read again each time: networks sort by a time that is not always the moment of appearing."""

KEPT_MISSING = 500

type Cursor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Polled:
    """``bodies``: deliveries to hand in; ``units``: what it cost; ``failure``: broke off there."""

    bodies: tuple[bytes, ...]
    cursor: Cursor
    is_behind: bool
    has_news: bool
    units: int = 0
    failure: PlatformFailure | None = None


@dataclass(slots=True)
class Page:
    """One answer, newest first. ``next_page`` is "" on the last one."""

    items: list[Any]
    next_page: str


@dataclass(slots=True)
class Walked:
    items: list[Any] = field(default_factory=list)
    pages: int = 0
    is_behind: bool = False
    has_news: bool = False
    failure: PlatformFailure | None = None


class PolledConnector(Connector):
    """Asked instead of told. ``quickest_s`` and ``slowest_s`` bound the time between two polls;
    ``watch_limit``: how many known comments one poll looks at again."""

    quickest_s: int
    slowest_s: int
    watch_limit: int

    @abstractmethod
    def poll(
        self, account: AccountAccess, cursor: Cursor, *, watched: Sequence[str], now: datetime
    ) -> Polled:
        """What is new, and whether the ``watched`` comments are still there.

        Raises: PlatformFailure, if the very first call fails; later ones are told in the result.
        """

    @abstractmethod
    def read_items(self, entry: dict[str, Any], items: Items) -> Iterator[Event]:
        """The events of one fetched page. May raise; ``items`` isolates its parts."""

    @override
    def handshake(self, params: Mapping[str, str], verify_token: str) -> str | None:
        return None

    @override
    def verify_signature(
        self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]
    ) -> bool:
        return False  # nobody delivers here

    @override
    def split(self, body: bytes, *, received_at: datetime | None = None) -> Iterator[Event]:
        document = load_json(body)
        if not isinstance(document, dict) or document.get("object") != self.channel:
            raise UnreadableDelivery("no page of this network")
        entry = {**document, "id": text_in(document, "account"), "time": document.get("fetched")}
        items = Items(self.channel, document, entry, received_at or datetime.now(UTC))
        return items.guarded_many(document, lambda: self.read_items(entry, items))

    def body(self, account: AccountAccess, now: datetime, **parts: Any) -> bytes:
        """A fetched page as a delivery."""
        envelope = {"object": self.channel, "account": account.account_id}
        return json.dumps({**envelope, "fetched": int(now.timestamp()), **parts}).encode()


def walk(
    cursor: Cursor,
    fetch: Callable[[str], Page],
    when: Callable[[Any], datetime | None],
    *,
    pages: int,
    now: datetime,
) -> Walked:
    """Page by page back to what the last complete walk had seen; ``cursor`` is moved along.

    ``since``: newest item of the last complete walk. ``newest``, ``page``: of a walk that is not
    complete yet and goes on next time; what comes in meanwhile stands above ``newest`` and is
    found by the walk after it.

    Raises: PlatformFailure, if the first page fails.
    """
    walked = Walked()
    since = _read(cursor.get("since")) or now - FIRST_LOOK_BACK
    newest = _read(cursor.get("newest")) or since
    page = str(cursor.get("page") or "")
    while walked.pages < pages:
        try:
            found = fetch(page)
        except PlatformFailure as failure:
            if not walked.pages:
                raise
            walked.failure = failure
            break
        walked.pages += 1
        times = [(item, when(item)) for item in found.items]
        walked.items += [item for item, at in times if at is None or at > since - OVERLAP]
        known = [at for _item, at in times if at is not None]
        newest = max([newest, *known])
        walked.has_news = walked.has_news or any(at > since for at in known)
        page = found.next_page
        if not page or any(at <= since - OVERLAP for at in known):
            cursor.pop("newest", None)
            cursor.pop("page", None)
            cursor["since"] = newest.isoformat()
            return walked
    walked.is_behind = True
    cursor.update(since=since.isoformat(), newest=newest.isoformat(), page=page)
    return walked


def believed_gone(cursor: Cursor, watched: Sequence[str], there: set[str]) -> list[str]:
    """Of the watched comments those that are missing for the second time; the first time is noted
    in ``cursor``. An answer that leaves something out once costs nobody a comment."""
    before = [str(one) for one in cursor.get("missing") or []]
    missing = [one for one in watched if one not in there]
    noted = [one for one in before if one not in watched]
    noted += [one for one in missing if one not in before]
    cursor["missing"] = noted[-KEPT_MISSING:]
    return [one for one in missing if one in before]


def moment(value: object) -> datetime | None:
    """UTC instant of an ISO text with a zone; None for anything else."""
    return _read(value)


def _read(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None
