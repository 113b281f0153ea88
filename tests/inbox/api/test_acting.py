"""Programs answer, close, reopen and assign."""

from typing import Any

import pytest

from compliance.models import AuditEvent
from inbox.domain.channels import stop_sending
from inbox.models import Conversation, OutboxItem
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.api import Program, make_token
from tests.factories.inbox import make_account, make_conversation, make_message


@pytest.fixture
def thread(north: Brand) -> Conversation:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        make_message(conversation, "Wo ist mein Paket?", external_id="c1")
        make_message(conversation, "Hallo?", external_id="c2")
        return conversation


@pytest.fixture
def token(north: Brand) -> Any:
    return make_token(
        north, "inbox.reply.send", "inbox.conversation.work", "inbox.conversation.view"
    )


@pytest.fixture
def program(token: Any) -> Program:
    return Program("acme/north", token[1])


def send(program: Program, thread: Conversation, key: str = "k1", **body: Any) -> Any:
    return program.post(
        f"conversations/{thread.pk}/replies/",
        {"text": "It is on its way."} | body,
        **{"Idempotency-Key": key},
    )


def outbox(brand: Brand) -> list[OutboxItem]:
    with brand_scope(brand.pk):
        return list(OutboxItem.objects.order_by("id"))


def test_a_reply_is_queued_when_the_gates_let_it(
    thread: Conversation, program: Program, token: Any, north: Brand
) -> None:
    response = send(program, thread)

    assert response.status_code == 201
    (item,) = outbox(north)
    found = response.json()
    assert (found["id"], found["state"], found["held_reasons"]) == (str(item.pk), "queued", [])
    assert (item.state, item.action, item.target_external_id) == ("queued", "comment_reply", "c2")
    assert item.actor_ref == token[0].ref
    assert response.headers["Location"] == f"/w/acme/north/api/v1/replies/{item.pk}/"
    with brand_scope(north.pk):
        event = AuditEvent.objects.get(kind="inbox.reply.queued")
        assert (event.actor_kind, event.actor_ref) == ("api", str(token[0].pk))
    assert program.get(f"replies/{item.pk}/").json() == found


def test_a_reply_is_held_with_the_reasons_of_the_gates(
    thread: Conversation, program: Program, north: Brand, olga: User
) -> None:
    with brand_scope(north.pk):
        stop_sending(north, actor=olga, reason="Crisis")

    response = send(program, thread)

    assert response.status_code == 201
    assert response.json()["state"] == "held"
    (reason,) = response.json()["held_reasons"]
    assert (reason["gate"], reason["code"]) == ("kill_switch", "stopped_brand")
    assert "Crisis" in reason["message"]
    assert [item.state for item in outbox(north)] == ["held"]


def test_a_reply_can_name_the_message_and_the_way(
    thread: Conversation, program: Program, north: Brand
) -> None:
    with brand_scope(north.pk):
        first = thread.messages.get(external_id="c1")

    response = send(program, thread, action="private_reply", to_message=str(first.pk))

    assert response.status_code == 201
    (item,) = outbox(north)
    assert (item.action, item.target_external_id) == ("private_reply", "c1")


def test_the_same_key_gives_the_same_reply(
    thread: Conversation, program: Program, north: Brand
) -> None:
    first, second = send(program, thread), send(program, thread)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(outbox(north)) == 1


def test_the_same_key_gives_the_reply_as_it_is_now(
    thread: Conversation, program: Program, north: Brand, olga: User
) -> None:
    first = send(program, thread)
    with brand_scope(north.pk):
        OutboxItem.objects.update(state="sent", text="Edited.", approved_by=olga)

    second = send(program, thread)

    assert second.json()["id"] == first.json()["id"]
    assert (second.json()["state"], second.json()["text"]) == ("sent", "Edited.")


@pytest.mark.parametrize("other", [{"text": "Something else"}, {"action": "private_reply"}])
def test_the_same_key_for_another_reply_is_refused(
    thread: Conversation, program: Program, north: Brand, other: dict[str, str]
) -> None:
    send(program, thread)

    response = send(program, thread, **other)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert [item.text for item in outbox(north)] == ["It is on its way."]


def test_the_same_key_in_another_conversation_is_refused(
    thread: Conversation, program: Program, north: Brand
) -> None:
    with brand_scope(north.pk):
        other = make_conversation(thread.account)
        make_message(other)
    send(program, thread)

    assert send(program, other).json()["code"] == "idempotency_key_reused"
    with brand_scope(north.pk):
        other.refresh_from_db()
        assert other.automation_paused is False


def test_keys_of_two_programs_do_not_meet(
    thread: Conversation, program: Program, north: Brand
) -> None:
    _token, plain = make_token(north, "inbox.reply.send")
    colleague = Program("acme/north", plain)

    first, second = send(program, thread), send(colleague, thread)

    assert first.json()["id"] != second.json()["id"]
    assert len(outbox(north)) == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, "\u00e9"])
def test_a_reply_needs_a_key(
    thread: Conversation, program: Program, north: Brand, key: str
) -> None:
    response = send(program, thread, key)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["Idempotency-Key"]
    assert outbox(north) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "hide"}, "action"),
        ({"to_message": "1"}, "to_message"),
        ({"to_message": "018f0000-0000-7000-8000-000000000000"}, "to_message"),
    ],
)
def test_bad_members_are_named(
    thread: Conversation, program: Program, north: Brand, body: dict[str, str], field: str
) -> None:
    response = send(program, thread, **body)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert outbox(north) == []


def test_a_message_of_another_conversation_is_not_answered_here(
    thread: Conversation, program: Program, north: Brand
) -> None:
    with brand_scope(north.pk):
        other = make_message(make_conversation(thread.account))

    response = send(program, thread, to_message=str(other.pk))

    assert [error["field"] for error in response.json()["errors"]] == ["to_message"]


def test_close_and_reopen(thread: Conversation, program: Program, north: Brand) -> None:
    closed = program.post(f"conversations/{thread.pk}/close/")
    again = program.post(f"conversations/{thread.pk}/close/")
    reopened = program.post(f"conversations/{thread.pk}/reopen/")

    assert [one.json()["state"] for one in (closed, again, reopened)] == [
        "closed",
        "closed",
        "open",
    ]
    assert "contact" not in closed.json()
    with brand_scope(north.pk):
        kinds = AuditEvent.objects.order_by("id").values_list("kind", flat=True)
        assert list(kinds) == ["inbox.conversation.closed", "inbox.conversation.reopened"]


def test_assign_to_a_colleague_and_to_nobody(
    thread: Conversation, program: Program, ada: User
) -> None:
    path = f"conversations/{thread.pk}/assign/"

    given = program.post(path, {"assignee": str(ada.pk)})
    taken = program.post(path, {"assignee": None})

    assert given.json()["assignee"] == str(ada.pk)
    assert taken.json()["assignee"] is None


def test_assign_refuses_others_all_in_the_same_words(
    thread: Conversation, program: Program, aud: User, gus: User, eve: User
) -> None:
    nobody = "018f0000-0000-7000-8000-000000000000"

    answers = {
        program.post(f"conversations/{thread.pk}/assign/", {"assignee": str(one)}).content
        for one in (aud.pk, gus.pk, eve.pk, nobody)
    }

    (answer,) = answers
    assert b'"field": "assignee"' in answer


@pytest.mark.parametrize("body", [{}, {"assignee": "me"}, {"assignee": 7}])
def test_assign_needs_a_person(
    thread: Conversation, program: Program, body: dict[str, Any]
) -> None:
    response = program.post(f"conversations/{thread.pk}/assign/", body)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["assignee"]
