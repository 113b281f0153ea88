"""Looking on a Graph network whether a call of ours took effect, and what its answers confirm."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from inbox.providers.base import AccountAccess, Call, SendResult
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.graph import Answer, GraphClient
from inbox.providers.meta import object_in, text_in

READ_BACK_PAGES = 5
"""How far a read-back looks, in pages of replies, newest first where the network sorts so."""

CLOCK_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ReplyList:
    """How a network lists the answers to a comment, and what it calls their parts."""

    edge: str
    params: dict[str, str]
    text: str
    time: str


def find_reply(
    graph: GraphClient, account: AccountAccess, call: Call, shape: ReplyList
) -> SendResult | None:
    """Our own reply with these words, not older than the attempt. None: looked, not there.

    Raises: ReadBackUnavailable (too many to look through), PlatformFailure.
    """
    since = call.attempted_at - CLOCK_SKEW if call.attempted_at else None
    params = dict(shape.params)
    for _ in range(READ_BACK_PAGES):
        data = graph.get(account, call.target, shape.edge, params=params).data
        rows = data.get("data")
        if not isinstance(rows, list):
            raise PlatformFailure(ErrorClass.TRANSIENT, "no_list", "answer lists no replies")
        for row in rows:
            if _is_ours(row, account, call.text, since, shape):
                return SendResult(text_in(row, "id"))
        after = text_in(object_in(object_in(data, "paging"), "cursors"), "after")
        if not after or not rows:
            return None
        # The cursor alone: the answer's ``next`` address is not ours to follow.
        params["after"] = after
    raise ReadBackUnavailable("too many replies to look through")


def find_deleted(graph: GraphClient, account: AccountAccess, call: Call) -> SendResult | None:
    """Whether the comment is gone. Raises: PlatformFailure."""
    try:
        graph.get(account, call.target, params={"fields": "id"})
    except PlatformFailure as failure:
        if failure.error_class is ErrorClass.TARGET_GONE:
            return SendResult()
        raise
    return None


def with_id(answer: Answer, key: str) -> SendResult:
    """Raises: PlatformFailure(AMBIGUOUS), the network took it but names nothing."""
    external_id = text_in(answer.data, key)
    if not external_id:
        raise PlatformFailure(ErrorClass.AMBIGUOUS, "no_id", "accepted without an id")
    return SendResult(external_id, answer.usage_pct)


def confirmed(answer: Answer) -> SendResult:
    """Raises: PlatformFailure(AMBIGUOUS)."""
    if answer.data.get("success") is not True:
        raise PlatformFailure(ErrorClass.AMBIGUOUS, "not_confirmed", "answer says no success")
    return SendResult("", answer.usage_pct)


def _is_ours(
    row: Any, account: AccountAccess, text: str, since: datetime | None, shape: ReplyList
) -> bool:
    # Without an author the words decide: better one reply missing than the same one twice.
    if text_in(object_in(row, "from"), "id") not in ("", account.account_id):
        return False
    if text_in(row, shape.text).strip() != text.strip():
        return False
    if since is None:
        return True
    try:
        return datetime.fromisoformat(text_in(row, shape.time)) >= since
    except (ValueError, TypeError):  # no time, or one without a zone
        return True
