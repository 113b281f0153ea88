from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.providers.base import AccountAccess, Call
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import EventKind
from inbox.providers.facebook.client import FacebookConnector
from inbox.providers.graph import Answer, GraphClient
from inbox.providers.sandbox.client import SandboxClient

TOM = {"id": "9002", "name": "Tom"}


@pytest.fixture
def comment(sandbox: SandboxClient, hook) -> str:
    """A question by Tom, who has written no message."""
    comment_id = sandbox.say(
        "5551", "comment", person=TOM, text="Noch verfügbar?", post_id="5551_700"
    )
    sandbox.wait_until_delivered()
    hook.taken.clear()
    return comment_id


def refused(facebook: FacebookConnector, account: AccountAccess, call: Call) -> PlatformFailure:
    with pytest.raises(PlatformFailure) as caught:
        facebook.send(account, call)
    return caught.value


def replies(sandbox: SandboxClient) -> list[tuple[str, str]]:
    rows = sandbox.state()["comments"]
    return [(one["parent_id"], one["text"]) for one in rows if one["author_id"] == "5551"]


def test_comment_reply_comes_back_as_our_own_comment(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, hook, comment: str
) -> None:
    result = facebook.send(page, Call("comment_reply", target=comment, text="Ja, grün 😀"))
    sandbox.wait_until_delivered()

    (event,) = hook.events("facebook")
    assert (event.kind, event.external_id) == (EventKind.COMMENT_REPLY, result.external_id)
    assert (event.parent_external_id, event.text) == (comment, "Ja, grün 😀")
    assert event.author is not None
    assert event.author.is_self


def test_hide_and_unhide_change_the_network_and_come_back_once_each(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, hook, comment: str
) -> None:
    states = []
    for action in ("hide", "hide", "unhide", "hide"):
        facebook.send(page, Call(action, target=comment))
        states.append(sandbox.comment(comment)["is_hidden"])
    sandbox.wait_until_delivered()

    assert states == [True, True, False, True]
    events = hook.events("facebook")
    assert [one.status for one in events] == ["hidden", "visible", "hidden"]
    assert len({one.dedupe_key for one in events}) == 3
    assert {one.external_id for one in events} == {comment}


def test_delete_removes_and_comes_back(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, hook, comment: str
) -> None:
    facebook.send(page, Call("delete", target=comment))
    sandbox.wait_until_delivered()

    assert sandbox.comment(comment)["is_removed"] is True
    assert [one.kind for one in hook.events("facebook")] == [EventKind.COMMENT_DELETE]
    again = refused(facebook, page, Call("delete", target=comment))
    assert again.error_class is ErrorClass.TARGET_GONE


def test_private_reply_once_and_its_echo_carries_our_reference(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, hook, comment: str
) -> None:
    call = Call("private_reply", target=comment, text="Details per Nachricht", reference="outbox:9")

    result = facebook.send(page, call)
    second = refused(facebook, page, call)
    sandbox.wait_until_delivered()

    (event,) = hook.events("facebook")
    assert (event.kind, event.external_id) == (EventKind.DM_ECHO, result.external_id)
    assert (event.reply_ref, event.thread_id) == ("outbox:9", "9002")
    assert (second.error_class, second.code) == (ErrorClass.WINDOW_CLOSED, "10900")
    assert sandbox.message(result.external_id)["comment_id"] == comment


def test_private_reply_after_seven_days(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str
) -> None:
    sandbox.move_clock(7 * 24 * 3600 + 5)

    failure = refused(facebook, page, Call("private_reply", target=comment, text="Hallo"))

    assert failure.error_class is ErrorClass.WINDOW_CLOSED


def test_private_reply_opens_no_window_until_the_person_answers(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str
) -> None:
    facebook.send(page, Call("private_reply", target=comment, text="Hallo"))

    closed = refused(facebook, page, Call("message", to="9002", text="Noch was"))
    sandbox.say("5551", text="Ja?", person=TOM)
    open_now = facebook.send(page, Call("message", to="9002", text="Noch was"))

    assert (closed.error_class, closed.code) == (ErrorClass.WINDOW_CLOSED, "10/2018278")
    assert sandbox.message(open_now.external_id)["text"] == "Noch was"


def test_message_to_somebody_who_blocks_us(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient
) -> None:
    sandbox.block("5551", "9001")

    failure = refused(facebook, page, Call("message", to="9001", text="Hallo"))

    assert (failure.error_class, failure.code) == (ErrorClass.RECIPIENT_UNREACHABLE, "551")


def test_dead_token_and_rate_limit(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str
) -> None:
    call = Call("hide", target=comment)
    sandbox.add_fault("rate_limit")

    limited = refused(facebook, page, call)
    dead = refused(facebook, replace(page, token="old"), call)

    assert (limited.error_class, limited.code) == (ErrorClass.RATE_LIMITED, "613")
    assert limited.retry_after_s == 2
    assert dead.error_class is ErrorClass.AUTH_EXPIRED
    assert sandbox.comment(comment)["is_hidden"] is False


@pytest.mark.parametrize("action", ["comment_reply", "private_reply", "hide", "unhide", "delete"])
def test_target_that_is_gone_or_never_was(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str, action
) -> None:
    sandbox.say("5551", "comment_remove", target=comment)

    for target in (comment, "700_nothing"):
        failure = refused(facebook, page, Call(action, target=target, text="x"))
        assert (failure.error_class, failure.code) == (ErrorClass.TARGET_GONE, "100/33")


def test_reply_without_an_answer_is_found_by_reading_back(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str
) -> None:
    call = Call("comment_reply", target=comment, text="Ja!", attempted_at=datetime.now(UTC))
    assert facebook.find_sent(page, call) is None
    sandbox.add_fault("timeout_after_accept")

    failure = refused(facebook, page, call)
    found = facebook.find_sent(page, call)

    assert failure.error_class is ErrorClass.AMBIGUOUS
    assert found is not None
    assert sandbox.comment(found.external_id)["text"] == "Ja!"
    assert replies(sandbox) == [(comment, "Ja!")]


def test_read_back_takes_no_older_reply_and_no_other_author_for_ours(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str
) -> None:
    facebook.send(page, Call("comment_reply", target=comment, text="Ja!"))
    sandbox.say("5551", "comment", person=TOM, text="Nein!", post_id="5551_700", parent_id=comment)
    later = datetime.now(UTC) + timedelta(minutes=10)

    older = facebook.find_sent(
        page, Call("comment_reply", target=comment, text="Ja!", attempted_at=later)
    )
    other = facebook.find_sent(page, Call("comment_reply", target=comment, text="Nein!"))

    assert older is None
    assert other is None
    assert facebook.find_sent(page, Call("comment_reply", target=comment, text="Ja!")) is not None


def test_read_back_looks_through_several_pages(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str
) -> None:
    ours = facebook.send(page, Call("comment_reply", target=comment, text="Ja!")).external_id
    others = {"account_id": "5551", "kind": "comment", "person": TOM, "text": "+1"}
    sandbox.say_many([{**others, "post_id": "5551_700", "parent_id": comment}] * 230)

    found = facebook.find_sent(page, Call("comment_reply", target=comment, text="Ja!"))

    assert found is not None
    assert found.external_id == ours


class Listing(GraphClient):
    """Reads back one reply that the network tells no author of."""

    def get(self, account: AccountAccess, *path: str, **options: Any) -> Answer:
        return Answer({"data": [{"id": "1_5", "message": "Ja!", "created_time": "?"}]}, None)


def test_read_back_without_an_author_goes_by_the_words(page: AccountAccess) -> None:
    facebook = FacebookConnector(Listing())
    call = Call("comment_reply", target="1_2", text="Ja!", attempted_at=datetime.now(UTC))

    found = facebook.find_sent(page, call)

    assert found is not None
    assert found.external_id == "1_5"
    assert facebook.find_sent(page, replace(call, text="Nein!")) is None


@pytest.mark.parametrize("action", ["hide", "delete"])
def test_change_without_an_answer_is_found_by_reading_back(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str, action
) -> None:
    call = Call(action, target=comment)
    assert facebook.find_sent(page, call) is None
    sandbox.add_fault("bad_gateway")

    failure = refused(facebook, page, call)

    assert (failure.error_class, failure.code) == (ErrorClass.AMBIGUOUS, "http_502")
    assert facebook.find_sent(page, call) is not None


def test_messages_cannot_be_read_back(facebook: FacebookConnector, page: AccountAccess) -> None:
    for action in ("message", "private_reply"):
        with pytest.raises(ReadBackUnavailable):
            facebook.find_sent(page, Call(action, to="9001", target="1_2", text="x"))


def test_no_call_can_write_the_text_of_a_comment(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, comment: str
) -> None:
    for body in (
        {"message": "neu"},
        {"is_hidden": True, "message": "neu"},
        {"is_hidden": "true"},
        {},
    ):
        with pytest.raises(PlatformFailure) as caught:
            facebook._post(page, comment, body=body)
        assert caught.value.code == "edit_refused"

    for action in ("hide", "unhide"):
        facebook.send(page, Call(action, target=comment, text="neu"))
    for target in (f"{comment}/", f"{comment}?message=neu", f"{comment}#", ""):
        failure = refused(facebook, page, Call("comment_reply", target=target, text="neu"))
        assert failure.error_class is ErrorClass.INVALID
    assert sandbox.comment(comment)["text"] == "Noch verfügbar?"
    assert sandbox.state()["refusals"] == []


@pytest.mark.parametrize("action", ["hide", "unhide", "delete"])
@pytest.mark.parametrize("target", ["5551_700", "5551"])
def test_posts_cannot_be_hidden_or_deleted(
    facebook: FacebookConnector, page: AccountAccess, sandbox: SandboxClient, action, target: str
) -> None:
    failure = refused(facebook, page, Call(action, target=target))

    assert (failure.error_class, failure.code) == (ErrorClass.INVALID, "not_a_comment")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (Call("comment_reply", target="1_2", text=""), "empty_text"),
        (Call("comment_reply", target="1_2", text="x" * 8001), "text_too_long"),
        (Call("private_reply", target="1_2", text="x" * 2001), "text_too_long"),
        (Call("private_reply", text="x"), "bad_recipient"),
        (Call("message", text="x"), "bad_recipient"),
    ],
)
def test_our_own_mistakes_never_leave_the_machine(
    facebook: FacebookConnector, call: Call, code: str
) -> None:
    nowhere = AccountAccess("http://127.0.0.1:1", "5551", "t", "s", sandbox=True)

    failure = refused(facebook, nowhere, call)

    assert (failure.error_class, failure.code) == (ErrorClass.INVALID, code)
