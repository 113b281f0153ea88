"""Facebook Page: reads deliveries, answers, hides and deletes comments, replies privately."""

from collections.abc import Iterator
from functools import partial
from typing import Any, override

from inbox.providers.acts import FACEBOOK
from inbox.providers.base import AccountAccess, Call, Capabilities, SendResult
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import Event
from inbox.providers.facebook.mapping import CHANNEL, read_change
from inbox.providers.facebook.messenger import read_messaging
from inbox.providers.graph import Answer, GraphClient, look_at
from inbox.providers.meta import Items, MetaConnector
from inbox.providers.read_back import ReplyList, confirmed, find_deleted, find_reply, with_id

_REPLIES = ReplyList(
    "comments",
    {
        "fields": "id,message,from,created_time",
        "order": "reverse_chronological",
        "limit": "100",
    },
    text="message",
    time="created_time",
)

# Answers to a second, late or impossible private reply; Meta's pages list none of them, so
# this is to be confirmed on a live Page.
_PRIVATE_REPLY_CODES = dict.fromkeys(range(10900, 10904), ErrorClass.WINDOW_CLOSED)


class FacebookConnector(MetaConnector):
    """See Connector. ``graph`` carries the timeouts."""

    channel = CHANNEL
    webhook_object = "page"
    acts = FACEBOOK
    capabilities = Capabilities(
        actions=("message", "comment_reply", "private_reply", "hide", "unhide", "delete"),
        reply_window_hours=24,
        private_reply_window_hours=7 * 24,
        private_replies_per_comment=1,
        max_chars=2000,
        max_chars_comment=8000,
        max_bytes=None,
        can_hide=True,
        hide_reversible=True,
        can_delete_foreign=True,
        can_private_reply=True,
        needs_template_after_window=False,
        read_back=("comment_reply", "hide", "unhide", "delete"),
        receipts=("delivered", "read"),
    )

    def __init__(self, graph: GraphClient | None = None) -> None:
        self.graph = graph or GraphClient()

    @override
    def read_entry(self, entry: dict[str, Any], items: Items) -> Iterator[Event]:
        parts = {key: entry[key] for key in ("changes", "messaging", "standby") if key in entry}
        if not parts and "field" in entry:
            parts = {"changes": [{"field": entry["field"], "value": entry.get("value")}]}
        if not parts:
            yield items.unsupported(entry, "entry without changes or messages")
        for key, part in parts.items():
            for item in part if isinstance(part, list) else [part]:
                if key == "changes":
                    yield from items.guarded_many(item, partial(read_change, item, items))
                elif key == "messaging":
                    yield items.guarded(item, partial(read_messaging, item, items))
                else:
                    yield items.unsupported(item, "another app owns this thread", field=key)

    @override
    def look(self, account: AccountAccess) -> str:
        return look_at(account)

    @override
    def send(self, account: AccountAccess, call: Call) -> SendResult:
        match call.action:
            case "comment_reply":
                self._check_text(call, "max_chars_comment")
                answer = self._post(account, call.target, "comments", body={"message": call.text})
                return with_id(answer, "id")
            case "private_reply" | "message":
                self._check_text(call, "max_chars")
                answer = self._post(account, account.account_id, "messages", body=_message(call))
                return with_id(answer, "message_id")
            case "hide" | "unhide":
                return self._set_hidden(account, call.target, is_hidden=call.action == "hide")
            case "delete":
                self._check_is_comment(account, call.target)
                return confirmed(self.graph.delete(account, call.target))

    @override
    def find_sent(self, account: AccountAccess, call: Call) -> SendResult | None:
        match call.action:
            case "comment_reply":
                return find_reply(self.graph, account, call, _REPLIES)
            case "hide" | "unhide":
                answer = self.graph.get(account, call.target, params={"fields": "id,is_hidden"})
                wanted = call.action == "hide"
                return SendResult() if answer.data.get("is_hidden") is wanted else None
            case "delete":
                return find_deleted(self.graph, account, call)
            case _:
                raise ReadBackUnavailable("messages cannot be read back; their echo tells")

    def _post(self, account: AccountAccess, *path: str, body: dict[str, Any]) -> Answer:
        """The only way in which this connector writes.

        POST on a comment's own address with ``message`` would rewrite the words of whoever
        wrote it. So on an address of one part nothing but ``is_hidden`` can be sent.
        Raises: PlatformFailure.
        """
        if len(path) < 2 and (
            set(body) != {"is_hidden"} or not isinstance(body["is_hidden"], bool)
        ):
            raise PlatformFailure(
                ErrorClass.INVALID, "edit_refused", "a comment's own text is never written"
            )
        return self.graph.post(account, *path, json_body=body, codes=_PRIVATE_REPLY_CODES)

    def _set_hidden(
        self, account: AccountAccess, comment_id: str, *, is_hidden: bool
    ) -> SendResult:
        self._check_is_comment(account, comment_id)
        return confirmed(self._post(account, comment_id, body={"is_hidden": is_hidden}))

    def _check_is_comment(self, account: AccountAccess, target: str) -> None:
        """Posts and comments share one address space; ours are ``<page>_<post>``."""
        if target == account.account_id or target.startswith(f"{account.account_id}_"):
            raise PlatformFailure(ErrorClass.INVALID, "not_a_comment", f"{target} is a post")

    def _check_text(self, call: Call, limit: str) -> None:
        most = self.capabilities["max_chars" if limit == "max_chars" else "max_chars_comment"]
        if not call.text.strip():
            raise PlatformFailure(ErrorClass.INVALID, "empty_text", "nothing to send")
        if len(call.text) > most:
            raise PlatformFailure(
                ErrorClass.INVALID, "text_too_long", f"{len(call.text)} of {most} characters"
            )


def _message(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = {"message": {"text": call.text}}
    if call.reference:
        body["message"]["metadata"] = call.reference
    if call.action == "private_reply":
        return {**body, "recipient": {"comment_id": _given(call.target, "target")}}
    return {**body, "recipient": {"id": _given(call.to, "to")}, "messaging_type": "RESPONSE"}


def _given(value: str, name: str) -> str:
    if not value:
        raise PlatformFailure(ErrorClass.INVALID, "bad_recipient", f"{name} is empty")
    return value
