"""Instagram: reads deliveries, answers, hides and deletes comments, replies privately.

Source: Instagram Platform, comment moderation and private replies, v25.0 (2026-06).
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, override

from inbox.providers.acts import INSTAGRAM
from inbox.providers.base import AccountAccess, Call, Capabilities, SendResult
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import Event
from inbox.providers.graph import Answer, GraphClient, look_at
from inbox.providers.instagram.mapping import CHANNEL, read_change
from inbox.providers.meta import Items, MetaConnector
from inbox.providers.read_back import ReplyList, confirmed, find_deleted, find_reply, with_id

MAX_MESSAGE_BYTES = 1000

_REPLIES = ReplyList(
    "replies", {"fields": "id,text,from,timestamp", "limit": "50"}, text="text", time="timestamp"
)


class InstagramConnector(MetaConnector):
    """See Connector. ``graph`` carries the timeouts."""

    channel = CHANNEL
    webhook_object = "instagram"
    acts = INSTAGRAM
    look_fields = "id,username,name"
    capabilities = Capabilities(
        actions=("comment_reply", "private_reply", "hide", "unhide", "delete"),
        reply_window_hours=None,
        private_reply_window_hours=7 * 24,
        private_replies_per_comment=1,
        max_chars=MAX_MESSAGE_BYTES,
        max_chars_comment=2200,
        max_bytes=MAX_MESSAGE_BYTES,
        can_hide=True,
        hide_reversible=True,
        can_delete_foreign=True,
        can_private_reply=True,
        needs_template_after_window=False,
        read_back=("comment_reply", "hide", "unhide", "delete"),
        receipts=(),
    )

    def __init__(self, graph: GraphClient | None = None) -> None:
        self.graph = graph or GraphClient()

    @override
    def read_entry(self, entry: dict[str, Any], items: Items) -> Iterator[Event]:
        changes = entry.get("changes")
        if changes is None and "field" in entry:
            changes = [{"field": entry["field"], "value": entry.get("value")}]
        for change in changes if isinstance(changes, list) else [changes] if changes else []:
            yield from items.guarded_many(change, partial(read_change, change, items))
        for key in ("messaging", "standby"):
            for item in entry.get(key) or []:
                yield items.unsupported(item, "direct messages are not read here", field=key)
        if not changes and not {"messaging", "standby"} & set(entry):
            yield items.unsupported(entry, "entry without changes")

    @override
    def look(self, account: AccountAccess) -> str:
        return look_at(account, self.look_fields)

    @override
    def send(self, account: AccountAccess, call: Call) -> SendResult:
        match call.action:
            case "comment_reply":
                _check_text(call, most=self.capabilities["max_chars_comment"])
                answer = self._post(account, call.target, "replies", body={"message": call.text})
                return with_id(answer, "id")
            case "private_reply":
                _check_text(call, most=MAX_MESSAGE_BYTES, in_bytes=True)
                body = {"recipient": {"comment_id": call.target}, "message": {"text": call.text}}
                answer = self._post(account, account.account_id, "messages", body=body)
                return with_id(answer, "message_id")
            case "hide" | "unhide":
                hiding: dict[str, Any] = {"hide": call.action == "hide"}
                return confirmed(self._post(account, call.target, body=hiding))
            case "delete":
                return confirmed(self.graph.delete(account, call.target))
            case _:
                raise PlatformFailure(
                    ErrorClass.INVALID, "no_such_action", f"Instagram has no {call.action} here"
                )

    @override
    def find_sent(self, account: AccountAccess, call: Call) -> SendResult | None:
        match call.action:
            case "comment_reply":
                return find_reply(self.graph, account, call, _REPLIES)
            case "hide" | "unhide":
                answer = self.graph.get(account, call.target, params={"fields": "id,hidden"})
                wanted = call.action == "hide"
                return SendResult() if answer.data.get("hidden") is wanted else None
            case "delete":
                return find_deleted(self.graph, account, call)
            case _:
                raise ReadBackUnavailable("messages cannot be read back")

    def _post(self, account: AccountAccess, *path: str, body: dict[str, Any]) -> Answer:
        """The only way in which this connector writes.

        On an address of one part stands a comment or a post: nothing but ``hide`` is sent there,
        and never to the account itself. Raises: PlatformFailure.
        """
        is_hiding = set(body) == {"hide"} and isinstance(body["hide"], bool)
        if len(path) < 2 and (not is_hiding or path[0] == account.account_id):
            raise PlatformFailure(
                ErrorClass.INVALID, "edit_refused", "a comment's own text is never written"
            )
        return self.graph.post(account, *path, json_body=body)


def _check_text(call: Call, *, most: int, in_bytes: bool = False) -> None:
    if not call.text.strip():
        raise PlatformFailure(ErrorClass.INVALID, "empty_text", "nothing to send")
    length = len(call.text.encode()) if in_bytes else len(call.text)
    if length > most:
        unit = "bytes" if in_bytes else "characters"
        raise PlatformFailure(ErrorClass.INVALID, "text_too_long", f"{length} of {most} {unit}")
