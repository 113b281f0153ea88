"""Pages: newest first, nothing skipped or repeated, and no more queries for more rows."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.domain.audit import record
from engage.api.pagination import NewestFirst
from inbox.models import Conversation
from tenants.models import Brand, uuid7
from tenants.scope import brand_scope
from tests.engage.api.conftest import SETUP
from tests.factories.api import Program, ids, make_program
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision


@pytest.fixture
def thread(north: Brand) -> Conversation:
    with brand_scope(north.pk):
        return make_conversation(make_account(north))


def say(conversation: Conversation, *texts: str) -> list[str]:
    with brand_scope(conversation.brand_id):
        return [str(make_message(conversation, text).pk) for text in texts]


@pytest.fixture
def program(thread: Conversation) -> Program:
    return make_program(thread.brand)


def test_pages_follow_each_other_newest_first(thread: Conversation, program: Program) -> None:
    said = say(thread, "a", "b", "c", "d", "e")

    first = program.get("messages/", {"limit": 2})
    second = program.follow(first.json()["next"])
    third = program.follow(second.json()["next"])

    assert ids(first) + ids(second) + ids(third) == said[::-1]
    assert first.json()["previous"] is None
    assert third.json()["next"] is None
    assert ids(program.follow(third.json()["previous"])) == ids(second)
    assert ids(program.follow(second.json()["previous"])) == ids(first)


def test_a_row_that_arrives_between_pages_moves_nothing(
    thread: Conversation, program: Program
) -> None:
    said = say(thread, "a", "b", "c", "d")

    first = program.get("messages/", {"limit": 2})
    new = say(thread, "new")
    second = program.follow(first.json()["next"])

    assert ids(second) == [said[1], said[0]]
    assert ids(program.get("messages/", {"limit": 1})) == new


def test_links_keep_filters_and_name_the_public_address(
    thread: Conversation, program: Program, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://engage.example"
    say(thread, "a", "b", "c")

    link = program.get("messages/", {"limit": 1, "direction": "in"}).json()["next"]

    assert link.startswith("https://engage.example/w/acme/north/api/v1/messages/?")
    assert "direction=in" in link
    assert "limit=1" in link


def test_a_page_holds_50_rows_by_default_and_200_at_most(
    thread: Conversation, program: Program
) -> None:
    say(thread, *map(str, range(201)))

    assert len(ids(program.get("messages/"))) == NewestFirst.page_size == 50
    assert len(ids(program.get("messages/", {"limit": 200}))) == 200


def made_up(**tokens: str) -> str:
    return base64.b64encode("&".join(f"{k}={v}" for k, v in tokens.items()).encode()).decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "-1"),
        ("limit", "x"),
        ("limit", "²"),
        ("limit", ""),
        ("limit", "9" * 30),
        ("cursor", ""),
        ("cursor", "x"),
        ("cursor", "ä"),
        ("cursor", "a\x00b"),
        ("cursor", made_up(p="not-a-key")),
        ("cursor", made_up(p="")),
        ("cursor", made_up(o="5")),
        ("cursor", made_up(r="x", p="0190a3c4-5b7e-7c3d-8e2f-0a1b2c3d4e5f")),
        ("cursor", base64.b64encode(b"\xff\xfe").decode()),
    ],
)
def test_bad_paging_is_named(program: Program, name: str, value: str) -> None:
    response = program.get("messages/", {name: value})

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [name]


def test_since_gives_what_came_in_then_or_later(thread: Conversation, program: Program) -> None:
    old, *new = say(thread, "old", "b", "c")
    with brand_scope(thread.brand_id):
        thread.messages.filter(pk=old).delete()
        ancient = make_message(thread, "old", id=NOW_MINUS_A_DAY)

    yesterday = timezone.now() - timedelta(hours=23)

    assert ids(program.get("messages/", {"since": yesterday.isoformat()})) == new[::-1]
    assert ids(program.get("messages/")) == [*new[::-1], str(ancient.pk)]


NOW_MINUS_A_DAY = type(uuid7())(int=uuid7().int - (86_400_000 << 80))


def _conversation(account: Any, _thread: Conversation) -> None:
    make_conversation(account)


def _message(_account: Any, thread: Conversation) -> None:
    make_message(thread)


def _case(_account: Any, thread: Conversation) -> None:
    make_case(make_message(thread))


def _decision(_account: Any, thread: Conversation) -> None:
    make_decision(make_message(thread))


def _event(_account: Any, thread: Conversation) -> None:
    record("inbox.conversation.closed", thread, actor=SETUP, personal={"a": "b"})


def _channel(account: Any, _thread: Conversation) -> None:
    make_account(account.brand, external_id=str(uuid7()), app=account.app)


# The token, the scope (savepoint, setting, setting back, release) and the rows; where reading is
# recorded, the event.
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "make", "queries"),
    [
        ("conversations/", _conversation, 12),
        ("messages/", _message, 12),
        ("cases/", _case, 11),
        ("decisions/", _decision, 11),
        ("audit-events/", _event, 11),
        ("channels/", _channel, 11),
    ],
)
def test_lists_ask_the_database_as_often_for_3_rows_as_for_1(
    north: Brand,
    django_assert_num_queries: Any,
    path: str,
    make: Any,
    queries: int,
    count: int,
) -> None:
    with brand_scope(north.pk):
        account = make_account(north)
        thread = make_conversation(account)
        for _ in range(count):
            make(account, thread)
    program = make_program(north)
    extra = 1 if path in {"conversations/", "channels/"} else 0

    with django_assert_num_queries(queries):
        response = program.get(path)

    assert len(ids(response)) == count + extra
