from collections.abc import Iterator
from dataclasses import replace

import pytest

from inbox.providers.base import AccountAccess, Action, Call, SendResult
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.graph import GraphClient
from inbox.providers.instagram.client import InstagramConnector
from tests.inbox.providers.graph_fake import ACCOUNT, SECRET, TOKEN, GraphFake, running_graph

COMMENT = "179001"
instagram = InstagramConnector(
    GraphClient(connect_timeout_s=2, read_timeout_s=2, total_timeout_s=3)
)


@pytest.fixture
def graph() -> Iterator[GraphFake]:
    with running_graph() as fake:
        yield fake


@pytest.fixture
def account(graph: GraphFake) -> AccountAccess:
    return AccountAccess(graph.url, ACCOUNT, TOKEN, SECRET, sandbox=True)


def _failure(account: AccountAccess, call: Call) -> PlatformFailure:
    with pytest.raises(PlatformFailure) as caught:
        instagram.send(account, call)
    return caught.value


def test_hidden_shown_and_deleted_as_documented(graph: GraphFake, account: AccountAccess) -> None:
    states = []
    for action in ("hide", "hide", "unhide"):
        instagram.send(account, Call(action, target=COMMENT))
        states.append(graph.comments[COMMENT]["hidden"])
    instagram.send(account, Call("delete", target=COMMENT))

    assert states == [True, True, False]
    assert graph.comments == {}
    assert graph.calls == [
        *["POST /v25.0/179001"] * 3,
        "DELETE /v25.0/179001",
    ]


def test_a_reply_stands_under_the_comment_and_is_found_again(
    graph: GraphFake, account: AccountAccess
) -> None:
    call = Call("comment_reply", target=COMMENT, text="49 €")
    missing = instagram.find_sent(account, call)

    sent = instagram.send(account, call)

    assert missing is None
    assert instagram.find_sent(account, call) == SendResult(sent.external_id)
    assert graph.comments[sent.external_id]["parent"] == COMMENT


@pytest.mark.parametrize("action", ["hide", "unhide"])
def test_the_look_tells_whether_it_is_hidden(
    graph: GraphFake, account: AccountAccess, action: Action
) -> None:
    call = Call(action, target=COMMENT)
    graph.comments[COMMENT]["hidden"] = action == "unhide"

    before = instagram.find_sent(account, call)
    instagram.send(account, call)

    assert (before, instagram.find_sent(account, call)) == (None, SendResult())


def test_a_private_reply_names_the_comment_and_counts_bytes(
    graph: GraphFake, account: AccountAccess
) -> None:
    sent = instagram.send(account, Call("private_reply", target=COMMENT, text="ü" * 500))

    assert sent.external_id == "mid-1"
    assert graph.messages[0]["recipient"] == {"comment_id": COMMENT}
    too_long = _failure(account, Call("private_reply", target=COMMENT, text="ü" * 501))
    assert (too_long.error_class, too_long.code) == (ErrorClass.INVALID, "text_too_long")
    with pytest.raises(ReadBackUnavailable):
        instagram.find_sent(account, Call("private_reply", target=COMMENT, text="x"))


def test_what_is_gone_refused_or_unsigned_has_its_class(
    graph: GraphFake, account: AccountAccess
) -> None:
    gone = _failure(account, Call("hide", target="1"))
    revoked = _failure(replace(account, token="old"), Call("hide", target=COMMENT))
    graph.comments[COMMENT]["hidden"] = True
    closed = _failure(account, Call("comment_reply", target=COMMENT, text="Hallo"))

    assert gone.error_class is ErrorClass.TARGET_GONE
    assert instagram.find_sent(account, Call("delete", target="1")) == SendResult()
    assert revoked.error_class is ErrorClass.AUTH_EXPIRED
    assert closed.error_class is ErrorClass.INVALID


def test_nothing_is_ever_written_over_a_comment_or_the_account(
    graph: GraphFake, account: AccountAccess
) -> None:
    refused = _failure(account, Call("hide", target=ACCOUNT))

    assert (refused.code, graph.calls) == ("edit_refused", [])
    assert _failure(account, Call("hide", target="../x")).code == "bad_id"
    assert graph.calls == []


def test_the_account_is_looked_at_by_its_own_name(account: AccountAccess) -> None:
    assert instagram.look(account) == "nordwerk"
