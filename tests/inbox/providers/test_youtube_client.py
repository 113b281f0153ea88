import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from inbox.providers.base import AccountAccess, Call, SendResult
from inbox.providers.errors import ErrorClass, PlatformFailure
from inbox.providers.events import EventKind
from inbox.providers.polling import Polled
from inbox.providers.youtube import api
from inbox.providers.youtube.client import YouTubeConnector
from tests.inbox.providers.youtube_fake import (
    CHANNEL,
    CLIENT,
    REFRESH,
    SECRET,
    START,
    YouTubeFake,
    running_youtube,
)

NOW = START + timedelta(hours=12)
youtube = YouTubeConnector()


@pytest.fixture
def fake() -> Iterator[YouTubeFake]:
    api._tokens.clear()
    with running_youtube() as running:
        yield running


@pytest.fixture
def account(fake: YouTubeFake) -> AccountAccess:
    return AccountAccess(fake.url, CHANNEL, REFRESH, SECRET, client_id=CLIENT, sandbox=True)


def _poll(account: AccountAccess, cursor: dict[str, Any], *watched: str) -> Polled:
    return youtube.poll(account, cursor, watched=watched, now=NOW)


def _events(polled: Polled) -> list[tuple[str, str]]:
    return [
        (event.kind.value, event.external_id)
        for body in polled.bodies
        for event in youtube.split(body, received_at=NOW)
    ]


def test_a_comment_its_answers_and_an_edit_arrive(
    fake: YouTubeFake, account: AccountAccess
) -> None:
    fake.say("Ugx1", "Wann kommt Teil 2?")
    for number in range(4):
        fake.say(f"Ugx1.r{number}", "+1", minutes=number, parent="Ugx1")
    fake.comments["Ugx1"]["updatedAt"] = "2026-11-22T09:00:00Z"

    polled = _poll(account, {})

    (event, *_rest) = youtube.split(polled.bodies[0], received_at=NOW)
    assert (event.text, event.root_external_id) == ("Wann kommt Teil 2?", "v1")
    assert event.author is not None
    assert event.author.external_id == "UC9"
    # Two answers come with the thread, all four with the list that their number asks for.
    assert set(_events(polled)) == {
        ("comment.add", "Ugx1"),
        ("comment.edit", "Ugx1"),
        *(("comment.reply", f"Ugx1.r{number}") for number in range(4)),
    }
    assert polled.units == len(fake.calls) == 4
    assert not polled.is_behind
    assert _poll(account, polled.cursor).units == 1  # the number of answers is known


def test_after_an_outage_everything_is_fetched_over_several_polls_and_nothing_is_lost(
    fake: YouTubeFake, account: AccountAccess
) -> None:
    fake.say("Ugx0", "alt")
    cursor = _poll(account, {}).cursor
    fake.page_size = 2
    for number in range(1, 26):
        fake.say(f"Ugx{number}", "neu", minutes=10 * number)

    seen: set[str] = set()
    polls = 0
    behind = True
    while behind:
        polled = _poll(account, cursor)
        if polls == 0:  # comes in while the older ones are still being fetched
            fake.say("Ugx99", "währenddessen", minutes=600)
        seen |= {external_id for _kind, external_id in _events(polled)}
        cursor, behind, polls = polled.cursor, polled.is_behind, polls + 1
    seen |= {external_id for _kind, external_id in _events(_poll(account, cursor))}

    assert polls == 3
    assert seen >= {*(f"Ugx{number}" for number in range(1, 26)), "Ugx99"}


def test_a_walk_that_breaks_off_goes_on_where_it_stopped(
    fake: YouTubeFake, account: AccountAccess
) -> None:
    fake.page_size = 1
    for number in range(3):
        fake.say(f"Ugx{number}", "neu", minutes=10 * number)
    fake.fail = ["", "quotaExceeded"]

    first = _poll(account, {})
    second = _poll(account, first.cursor)

    assert first.failure is not None
    assert first.failure.error_class is ErrorClass.RATE_LIMITED
    assert first.is_behind
    assert {i for _k, i in _events(first) + _events(second)} == {"Ugx0", "Ugx1", "Ugx2"}


def test_hiding_holds_and_showing_publishes_fifty_for_the_price_of_one(
    fake: YouTubeFake, account: AccountAccess
) -> None:
    for number in range(50):
        fake.say(f"Ugx{number}", "x")
    calls = [Call("hide", target=f"Ugx{number}") for number in range(50)]

    youtube.send_many(account, calls)
    held = {row["status"] for row in fake.comments.values()}
    youtube.send(account, Call("unhide", target="Ugx7"))

    assert held == {"heldForReview"}
    assert fake.comments["Ugx7"]["status"] == "published"
    assert len(fake.calls) == 2
    assert youtube.batch_size("hide") == 50
    assert youtube.units["hide"] == 50


def test_held_comments_arrive_hidden(fake: YouTubeFake, account: AccountAccess) -> None:
    fake.say("Ugx1", "spam?")
    fake.comments["Ugx1"]["status"] = "likelySpam"

    events = _events(_poll(account, {}))

    assert events == [("comment.add", "Ugx1"), ("comment.visibility", "Ugx1")]


def test_a_removal_is_believed_when_it_was_seen_twice(
    fake: YouTubeFake, account: AccountAccess
) -> None:
    fake.say("Ugx1", "da")
    cursor = _poll(account, {}, "Ugx1", "Ugx2").cursor
    gone = []
    for _look in range(10):
        polled = _poll(account, cursor, "Ugx1", "Ugx2")
        cursor = polled.cursor
        gone += [i for kind, i in _events(polled) if kind == EventKind.COMMENT_DELETE]

    assert gone == ["Ugx2"]


def test_an_answer_to_an_answer_goes_to_the_top_and_is_found_again(
    fake: YouTubeFake, account: AccountAccess
) -> None:
    fake.say("Ugx1", "Frage")
    call = Call("comment_reply", target="Ugx1.r1", text="Antwort")
    missing = youtube.find_sent(account, call)

    sent = youtube.send(account, call)

    assert missing is None
    assert fake.comments[sent.external_id]["parentId"] == "Ugx1"
    assert youtube.find_sent(account, call) == SendResult(sent.external_id)


def test_an_expired_token_is_renewed_once_and_a_withdrawn_one_told(
    fake: YouTubeFake, account: AccountAccess
) -> None:
    fake.say("Ugx1", "x")
    youtube.send(account, Call("hide", target="Ugx1"))
    fake.access = "expired meanwhile"

    youtube.send(account, Call("unhide", target="Ugx1"))
    with pytest.raises(PlatformFailure) as refused:
        youtube.look(replace(account, token="withdrawn"))

    assert fake.renewals == 2
    assert (refused.value.error_class, refused.value.code) == (
        ErrorClass.AUTH_EXPIRED,
        "invalid_grant",
    )
    assert youtube.look(account) == "Nordwerk"


@pytest.mark.parametrize("target", ["Ugx1,Ugx2", "Ugx1&banAuthor=true", "", "ü"])
def test_an_id_that_is_none_is_not_sent(
    fake: YouTubeFake, account: AccountAccess, target: str
) -> None:
    with pytest.raises(PlatformFailure) as refused:
        youtube.send(account, Call("hide", target=target))

    assert (refused.value.code, fake.calls) == ("bad_id", [])


def test_no_network_may_post_a_page_to_us(account: AccountAccess) -> None:
    body = json.dumps({"object": "youtube", "threads": []}).encode()

    assert not youtube.verify_signature(body, {"x-hub-signature-256": "sha256="}, ["", SECRET])
    assert youtube.handshake({"hub.mode": "subscribe"}, "") is None
