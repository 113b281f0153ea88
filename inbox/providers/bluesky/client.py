"""Bluesky: asks for replies, answers them, folds them away under the account's own posts.

What a post's author can do about a reply is to name it in the ``hiddenReplies`` of the thread's
gate: a record of the author's own, beside the post. Nobody can hide or delete elsewhere.
Source: app.bsky.feed.threadgate lexicon, 2026-08.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, override

from inbox.providers.acts import BLUESKY, BLUESKY_NOT_OURS, Act, ActEffect
from inbox.providers.base import AccountAccess, Call, Capabilities, SendResult
from inbox.providers.bluesky import xrpc
from inbox.providers.bluesky.addresses import GATE, POST, key_of, owner_of, post_parts
from inbox.providers.bluesky.mapping import CHANNEL, read_page
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import Event
from inbox.providers.exchange import USUAL, Timeouts
from inbox.providers.meta import Items, list_in, object_in, text_in
from inbox.providers.polling import (
    Cursor,
    Page,
    Polled,
    PolledConnector,
    believed_gone,
    moment,
    walk,
)

PAGES = 10
POSTS_PER_CALL = 25
MAX_HIDDEN = 300
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_LOOK = Timeouts(3.0, 5.0, 6.0)
_REASONS = ("reply", "mention", "quote")


class BlueskyConnector(PolledConnector):
    """See Connector. ``timeouts`` bound every call."""

    channel = CHANNEL
    acts = BLUESKY
    quickest_s, slowest_s, watch_limit = 15, 120, POSTS_PER_CALL
    capabilities = Capabilities(
        actions=("comment_reply", "hide", "unhide"),
        reply_window_hours=None,
        private_reply_window_hours=None,
        private_replies_per_comment=0,
        max_chars=300,
        max_chars_comment=300,
        max_bytes=None,
        can_hide=True,
        hide_reversible=True,
        can_delete_foreign=False,
        can_private_reply=False,
        needs_template_after_window=False,
        read_back=("comment_reply", "hide", "unhide"),
        receipts=(),
    )

    def __init__(self, timeouts: Timeouts = USUAL) -> None:
        self.timeouts = timeouts

    @override
    def effect_of(self, act: Act, *, account_id: str, root_id: str) -> ActEffect:
        if act in {Act.HIDE, Act.UNHIDE} and owner_of(root_id) not in {"", account_id}:
            return BLUESKY_NOT_OURS
        return self.acts[act]

    @override
    def look(self, account: AccountAccess) -> str:
        data = xrpc.query(account, "com.atproto.server.getSession", {}, timeouts=_LOOK)
        return text_in(data, "handle")

    @override
    def known_as(self, account: AccountAccess) -> str:
        given = account.account_id.removeprefix("@")
        if given.startswith("did:"):
            return given
        return xrpc.resolve_handle(account.base_url, given, sandbox=account.sandbox, timeouts=_LOOK)

    # Reading

    @override
    def read_items(self, entry: dict[str, Any], items: Items) -> Iterator[Event]:
        yield from read_page(entry, items)

    @override
    def poll(
        self, account: AccountAccess, cursor: Cursor, *, watched: Sequence[str], now: datetime
    ) -> Polled:
        cursor = dict(cursor)

        def fetch(page: str) -> Page:
            params: dict[str, str | Sequence[str]] = {"limit": "100", "reasons": _REASONS}
            if page:
                params["cursor"] = page
            data = self._query(account, "app.bsky.notification.listNotifications", params)
            return Page(list_in(data, "notifications"), text_in(data, "cursor"))

        walked = walk(cursor, fetch, _indexed, pages=PAGES, now=now)
        failure, gone = walked.failure, []
        if watched and failure is None and not walked.is_behind:
            try:
                gone = self._gone(account, cursor, watched)
            except PlatformFailure as later:
                failure = later
        bodies: tuple[bytes, ...] = ()
        if walked.items or gone:
            bodies = (self.body(account, now, notifications=walked.items, gone=gone),)
        return Polled(bodies, cursor, walked.is_behind, walked.has_news, failure=failure)

    def _gone(self, account: AccountAccess, cursor: Cursor, watched: Sequence[str]) -> list[str]:
        """Known posts that are not there any more; believed when it was seen twice."""
        there = {text_in(row, "uri") for row in self._posts(account, watched)}
        return believed_gone(cursor, watched, there)

    # Acting

    @override
    def send(self, account: AccountAccess, call: Call) -> SendResult:
        match call.action:
            case "comment_reply":
                return self._reply(account, call)
            case "hide" | "unhide":
                return self._fold(account, call.target, is_hidden=call.action == "hide")
            case _:
                raise PlatformFailure(
                    ErrorClass.INVALID, "no_such_action", f"Bluesky has no {call.action}"
                )

    @override
    def find_sent(self, account: AccountAccess, call: Call) -> SendResult | None:
        match call.action:
            case "comment_reply":
                found = self._record(account, POST, _key(call))
                return SendResult(text_in(found, "uri")) if found else None
            case "hide" | "unhide":
                root = self._root_of(account, call.target)
                gate = self._record(account, GATE, post_parts(root)[1])
                is_hidden = call.target in _hidden(gate)
                return SendResult() if is_hidden is (call.action == "hide") else None
            case _:
                raise ReadBackUnavailable(f"Bluesky has no {call.action}")

    def _reply(self, account: AccountAccess, call: Call) -> SendResult:
        if not call.text.strip() or len(call.text) > self.capabilities["max_chars_comment"]:
            raise PlatformFailure(ErrorClass.INVALID, "text_too_long", "empty or too long")
        parent = self._post(account, call.target)
        above = {"uri": text_in(parent, "uri"), "cid": text_in(parent, "cid")}
        root = object_in(object_in(object_in(parent, "record"), "reply"), "root") or above
        record: dict[str, Any] = {
            "$type": POST,
            "text": call.text,
            "createdAt": _now(),
            "reply": {
                "root": {"uri": text_in(root, "uri"), "cid": text_in(root, "cid")},
                "parent": above,
            },
        }
        if facets := _links(call.text):
            record["facets"] = facets
        try:
            data = self._write(account, POST, _key(call), record, replaces=None)
        except PlatformFailure as failure:
            if failure.code != "InvalidSwap":
                raise
            # The key is our reference: it was written by an earlier attempt.
            data = self._record(account, POST, _key(call)) or {}
        return SendResult(text_in(data, "uri"))

    def _fold(self, account: AccountAccess, target: str, *, is_hidden: bool) -> SendResult:
        """Read the gate, change the one entry, write it back if nobody was faster."""
        root = self._root_of(account, target)
        did, key = post_parts(root)
        if did != account.account_id:
            raise PlatformFailure(
                ErrorClass.PERMISSION, "not_our_thread", "the thread is somebody else's"
            )
        gate = self._record(account, GATE, key)
        hidden = _hidden(gate)
        if (target in hidden) is is_hidden:
            return SendResult()
        if is_hidden and len(hidden) >= MAX_HIDDEN:
            raise PlatformFailure(
                ErrorClass.INVALID, "gate_full", f"a thread hides at most {MAX_HIDDEN} replies"
            )
        wanted = [*hidden, target] if is_hidden else [uri for uri in hidden if uri != target]
        # What else the gate says, who may answer, stays as it is.
        value = dict(object_in(gate or {}, "value"))
        value = {"$type": GATE, "post": root, "createdAt": _now(), **value, "hiddenReplies": wanted}
        self._write(account, GATE, key, value, replaces=text_in(gate, "cid") if gate else None)
        return SendResult()

    def _write(
        self,
        account: AccountAccess,
        collection: str,
        key: str,
        record: dict[str, Any],
        *,
        replaces: str | None,
    ) -> dict[str, Any]:
        """``replaces``: the version that was read; None: there is none, or the write is refused."""
        return xrpc.procedure(
            account,
            "com.atproto.repo.putRecord",
            {
                "repo": account.account_id,
                "collection": collection,
                "rkey": key,
                "record": record,
                "swapRecord": replaces,
            },
            timeouts=self.timeouts,
        )

    def _record(self, account: AccountAccess, collection: str, key: str) -> dict[str, Any] | None:
        params = {"repo": account.account_id, "collection": collection, "rkey": key}
        try:
            return self._query(account, "com.atproto.repo.getRecord", params)
        except PlatformFailure as failure:
            if failure.error_class is ErrorClass.TARGET_GONE:
                return None
            raise

    def _root_of(self, account: AccountAccess, target: str) -> str:
        post_parts(target)
        record = object_in(self._post(account, target), "record")
        return text_in(object_in(object_in(record, "reply"), "root"), "uri") or target

    def _post(self, account: AccountAccess, uri: str) -> dict[str, Any]:
        post_parts(uri)
        for row in self._posts(account, [uri]):
            if isinstance(row, dict) and row.get("uri") == uri:
                return row
        raise PlatformFailure(ErrorClass.TARGET_GONE, "NotFound", "the post is gone")

    def _posts(self, account: AccountAccess, uris: Sequence[str]) -> list[Any]:
        data = self._query(account, "app.bsky.feed.getPosts", {"uris": list(uris)[:POSTS_PER_CALL]})
        rows = data.get("posts")
        if not isinstance(rows, list):
            raise PlatformFailure(ErrorClass.TRANSIENT, "no_list", "answer lists nothing")
        return rows

    def _query(self, account: AccountAccess, name: str, params: dict[str, Any]) -> dict[str, Any]:
        return xrpc.query(account, name, params, timeouts=self.timeouts)


def _indexed(row: Any) -> datetime | None:
    return moment(row.get("indexedAt")) if isinstance(row, dict) else None


def _hidden(gate: dict[str, Any] | None) -> list[str]:
    found = object_in(gate or {}, "value").get("hiddenReplies")
    return [str(one) for one in found] if isinstance(found, list) else []


def _key(call: Call) -> str:
    try:
        return key_of(call.reference)
    except ValueError as error:
        raise PlatformFailure(ErrorClass.INVALID, "no_reference", "no reference") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _links(text: str) -> list[dict[str, Any]]:
    """Addresses become links; their places are counted in bytes."""
    return [
        {
            "index": {
                "byteStart": len(text[: match.start()].encode()),
                "byteEnd": len(text[: match.end()].encode()),
            },
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": match[0]}],
        }
        for match in _LINK.finditer(text)
    ]
