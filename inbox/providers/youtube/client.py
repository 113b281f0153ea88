"""YouTube: asks for comments, answers them, holds, publishes and rejects them.

Rejecting is final, so hiding is ``heldForReview``. Every call costs units of the project's day.
Source: YouTube Data API v3 (rev 20261104) and its quota calculator.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, override

from inbox.providers.acts import YOUTUBE
from inbox.providers.base import AccountAccess, Action, Call, Capabilities, SendResult
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import Event
from inbox.providers.exchange import USUAL, Timeouts
from inbox.providers.meta import Items, list_in, object_in, text_in
from inbox.providers.polling import (
    Cursor,
    Page,
    Polled,
    PolledConnector,
    Walked,
    believed_gone,
    moment,
    walk,
)
from inbox.providers.youtube.api import call as api_call
from inbox.providers.youtube.mapping import CHANNEL, read_page

LIST_UNITS, WRITE_UNITS = 1, 50
PAGES = 5
IDS_PER_CALL = 50
REPLY_LISTS = 3
SWEEP_EVERY = 5
"""Held comments and known ones are looked at on every fifth poll."""
KEPT_COUNTS = 300
_STATUS = {"hide": "heldForReview", "unhide": "published", "delete": "rejected"}
_SKEW = timedelta(minutes=2)
_LOOK = Timeouts(3.0, 5.0, 6.0)


class YouTubeConnector(PolledConnector):
    """See Connector. ``timeouts`` bound every call."""

    channel = CHANNEL
    acts = YOUTUBE
    units = dict.fromkeys(("comment_reply", "hide", "unhide", "delete"), WRITE_UNITS)
    quickest_s, slowest_s, watch_limit = 60, 900, IDS_PER_CALL
    capabilities = Capabilities(
        actions=("comment_reply", "hide", "unhide", "delete"),
        reply_window_hours=None,
        private_reply_window_hours=None,
        private_replies_per_comment=0,
        max_chars=10_000,
        max_chars_comment=10_000,
        max_bytes=None,
        can_hide=True,
        hide_reversible=True,
        can_delete_foreign=True,
        can_private_reply=False,
        needs_template_after_window=False,
        read_back=("comment_reply",),
        receipts=(),
    )

    def __init__(self, timeouts: Timeouts = USUAL) -> None:
        self.timeouts = timeouts

    @override
    def batch_size(self, action: Action) -> int:
        return IDS_PER_CALL if action in _STATUS else 1

    @override
    def look(self, account: AccountAccess) -> str:
        params = {"part": "snippet", "mine": "true"}
        rows = api_call(account, "GET", "channels", params=params, timeouts=_LOOK).get("items")
        for row in rows if isinstance(rows, list) else []:
            if text_in(row, "id") == account.account_id:
                return text_in(object_in(row, "snippet"), "title")
        raise PlatformFailure(
            ErrorClass.PERMISSION, "other_channel", "the token belongs to another channel"
        )

    # Reading

    @override
    def read_items(self, entry: dict[str, Any], items: Items) -> Iterator[Event]:
        yield from read_page(entry, items)

    @override
    def poll(
        self, account: AccountAccess, cursor: Cursor, *, watched: Sequence[str], now: datetime
    ) -> Polled:
        cursor, units = dict(cursor), 0
        turn = int(cursor.get("turn", 0))
        cursor["turn"] = (turn + 1) % SWEEP_EVERY

        def fetch(page: str) -> Page:
            nonlocal units
            units += LIST_UNITS
            return self._threads(account, page)

        walked = self._walk(cursor, fetch, now=now)
        threads, failure = list(walked.items), walked.failure
        held: list[Any] = []
        gone: list[str] = []
        replies: list[Any] = []
        try:
            if turn == 0 and not walked.is_behind and failure is None:
                units += 2 * LIST_UNITS
                for status in ("heldForReview", "likelySpam"):
                    held += self._threads(account, "", status=status).items
                again, gone, cost = self._watch(account, cursor, watched)
                threads, units = threads + again, units + cost
            replies, cost = self._further_replies(account, cursor, threads)
            units += cost
        except PlatformFailure as later:
            failure = later
        bodies = []
        if threads or replies or gone:
            bodies.append(self.body(account, now, threads=threads, replies=replies, gone=gone))
        if held:
            bodies.append(self.body(account, now, threads=held, held=True))
        return Polled(tuple(bodies), cursor, walked.is_behind, walked.has_news, units, failure)

    def _walk(self, cursor: Cursor, fetch: Callable[[str], Page], *, now: datetime) -> Walked:
        try:
            return walk(cursor, fetch, _published, pages=PAGES, now=now)
        except PlatformFailure as refused:
            if refused.code != "invalidPageToken":
                raise
        cursor.pop("page", None)  # from the top again; what is known is known
        return walk(cursor, fetch, _published, pages=PAGES, now=now)

    def _threads(self, account: AccountAccess, page: str, *, status: str = "") -> Page:
        params = {
            "part": "snippet,replies",
            "allThreadsRelatedToChannelId": account.account_id,
            "order": "time",
            "textFormat": "plainText",
            "maxResults": "100",
        }
        if page:
            params["pageToken"] = page
        if status:
            params["moderationStatus"] = status
        data = self._get(account, "commentThreads", params)
        return Page(_rows(data), text_in(data, "nextPageToken"))

    def _watch(
        self, account: AccountAccess, cursor: Cursor, watched: Sequence[str]
    ) -> tuple[list[Any], list[str], int]:
        """Known comments again: answers that came later, edits, removals. A removal is believed
        when it was seen twice."""
        found: list[Any] = []
        there: set[str] = set()
        cost = 0
        for resource, ids in (
            ("commentThreads", [one for one in watched if "." not in one]),
            ("comments", [one for one in watched if "." in one]),
        ):
            if not ids:
                continue
            part = "snippet,replies" if resource == "commentThreads" else "snippet"
            params = {"part": part, "id": ",".join(ids[:IDS_PER_CALL]), "textFormat": "plainText"}
            rows = _rows(self._get(account, resource, params))
            cost += LIST_UNITS
            there |= {text_in(row, "id") for row in rows}
            if resource == "commentThreads":
                found += rows
        return found, believed_gone(cursor, watched, there), cost

    def _further_replies(
        self, account: AccountAccess, cursor: Cursor, threads: Sequence[Any]
    ) -> tuple[list[Any], int]:
        """A thread brings only some of its answers; the rest is listed when their number grew."""
        counts: dict[str, int] = dict(cursor.get("replies") or {})
        found: list[Any] = []
        cost = 0
        for thread in threads:
            thread_id, snippet = text_in(thread, "id"), object_in(thread, "snippet")
            total = snippet.get("totalReplyCount")
            if not thread_id or not isinstance(total, int) or counts.get(thread_id, 0) >= total:
                continue
            if total > len(list_in(object_in(thread, "replies"), "comments")):
                if cost >= REPLY_LISTS:
                    continue  # next time: its number is not noted yet
                params = {
                    "part": "snippet",
                    "parentId": thread_id,
                    "textFormat": "plainText",
                    "maxResults": "100",
                }
                rows = _rows(self._get(account, "comments", params))
                video = text_in(snippet, "videoId")
                found += [{**row, "video": video} for row in rows if isinstance(row, dict)]
                cost += LIST_UNITS
            counts[thread_id] = total
        cursor["replies"] = dict(list(counts.items())[-KEPT_COUNTS:])
        return found, cost

    def _get(self, account: AccountAccess, resource: str, params: dict[str, str]) -> dict[str, Any]:
        return api_call(account, "GET", resource, params=params, timeouts=self.timeouts)

    # Acting

    @override
    def send(self, account: AccountAccess, call: Call) -> SendResult:
        if call.action in _STATUS:
            return self.send_many(account, [call])[0]
        if call.action != "comment_reply":
            raise PlatformFailure(
                ErrorClass.INVALID, "no_such_action", f"YouTube has no {call.action}"
            )
        if not call.text.strip() or len(call.text) > self.capabilities["max_chars_comment"]:
            raise PlatformFailure(ErrorClass.INVALID, "text_too_long", "empty or too long")
        # Only the top of a thread can be answered; an answer's id begins with its thread's.
        snippet = {"parentId": _checked(call.target).partition(".")[0], "textOriginal": call.text}
        data = api_call(
            account,
            "POST",
            "comments",
            params={"part": "snippet"},
            json_body={"snippet": snippet},
            timeouts=self.timeouts,
        )
        external_id = text_in(data, "id")
        if not external_id:
            raise PlatformFailure(ErrorClass.AMBIGUOUS, "no_id", "accepted without an id")
        return SendResult(external_id)

    @override
    def send_many(self, account: AccountAccess, calls: Sequence[Call]) -> list[SendResult]:
        """Acts of one kind on up to fifty comments, at the price of one."""
        params = {
            "id": ",".join(_checked(one.target) for one in calls),
            "moderationStatus": _STATUS[calls[0].action],
        }
        api_call(
            account, "POST", "comments/setModerationStatus", params=params, timeouts=self.timeouts
        )
        return [SendResult() for _one in calls]

    @override
    def find_sent(self, account: AccountAccess, call: Call) -> SendResult | None:
        if call.action != "comment_reply":
            raise ReadBackUnavailable("the status of a comment is not told by its id")
        thread_id = _checked(call.target).partition(".")[0]
        params = {
            "part": "snippet",
            "parentId": thread_id,
            "textFormat": "plainText",
            "maxResults": "100",
        }
        for row in _rows(self._get(account, "comments", params)):
            snippet = object_in(row, "snippet")
            told = text_in(snippet, "textOriginal") or text_in(snippet, "textDisplay")
            at = moment(snippet.get("publishedAt"))
            if (
                text_in(object_in(snippet, "authorChannelId"), "value") == account.account_id
                and told.strip() == call.text.strip()
                and (call.attempted_at is None or at is None or at >= call.attempted_at - _SKEW)
            ):
                return SendResult(text_in(row, "id"))
        return None


def _published(thread: Any) -> datetime | None:
    top = object_in(object_in(thread, "snippet"), "topLevelComment")
    return moment(object_in(top, "snippet").get("publishedAt"))


def _rows(data: dict[str, Any]) -> list[Any]:
    rows = data.get("items")
    if not isinstance(rows, list):
        raise PlatformFailure(ErrorClass.TRANSIENT, "no_list", "answer lists nothing")
    return rows


def _checked(comment_id: str) -> str:
    """Ids are listed with commas, so none may bring one. Raises: PlatformFailure(INVALID)."""
    plain = comment_id.replace("-", "").replace("_", "").replace(".", "")
    if not (plain.isascii() and plain.isalnum()) or len(comment_id) > 150:
        raise PlatformFailure(ErrorClass.INVALID, "bad_id", f"{comment_id[:80]!r} is no id")
    return comment_id
