"""What programs read, and the trace that reading leaves."""

from typing import Any

import pytest

from compliance.models import AuditEvent
from inbox.models import ChannelAccount, Conversation
from inbox.providers.connectors import CONNECTORS
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.api import Program, ids, make_token
from tests.factories.inbox import make_account, make_conversation, make_message


@pytest.fixture
def account(north: Brand) -> ChannelAccount:
    with brand_scope(north.pk):
        return make_account(north)


@pytest.fixture
def thread(account: ChannelAccount) -> Conversation:
    with brand_scope(account.brand_id):
        conversation = make_conversation(account, handle="4711")
        make_message(conversation, "Wo ist mein Paket?")
        make_message(conversation, "Hallo?")
        make_conversation(account, state="closed")
        return conversation


@pytest.fixture
def token(north: Brand) -> Any:
    return make_token(north, "inbox.conversation.view", "inbox.channel.view")


@pytest.fixture
def program(token: Any) -> Program:
    return Program("acme/north", token[1])


def events(brand: Brand) -> list[tuple[str, str, str]]:
    """Kind, actor and object of every event, oldest first."""
    with brand_scope(brand.pk):
        found = AuditEvent.objects.order_by("id")
        return list(found.values_list("kind", "actor_ref", "object_ref"))


def test_a_conversation_shows_the_contact_and_is_recorded(
    thread: Conversation, program: Program, token: Any, north: Brand
) -> None:
    found = program.get(f"conversations/{thread.pk}/").json()

    assert found["channel"] == "facebook"
    assert found["contact"]["name"] == "Lena Beispiel"
    assert [one["external_id"] for one in found["contact"]["handles"]] == ["4711"]
    assert events(north) == [("inbox.conversation.read", str(token[0].pk), str(thread.pk))]


def test_a_list_is_recorded_once_with_its_count(
    thread: Conversation, program: Program, token: Any, north: Brand
) -> None:
    found = program.get("conversations/").json()["results"]

    assert len(found) == 2
    assert "handles" not in found[0]["contact"]
    assert events(north) == [("inbox.conversation.listed", str(token[0].pk), str(north.pk))]
    with brand_scope(north.pk):
        event = AuditEvent.objects.get()
        assert '"facts":{"count":2}' in event.body
        assert event.actor_kind == "api"


def test_messages_of_a_conversation_are_recorded_with_the_conversation(
    thread: Conversation, program: Program, token: Any, north: Brand
) -> None:
    found = program.get(f"conversations/{thread.pk}/messages/").json()["results"]

    assert [one["text"] for one in found] == ["Hallo?", "Wo ist mein Paket?"]
    assert events(north) == [("inbox.message.listed", str(token[0].pk), str(thread.pk))]


def test_an_empty_page_leaves_no_trace(
    thread: Conversation, program: Program, north: Brand
) -> None:
    assert ids(program.get("messages/", {"direction": "out"})) == []
    assert events(north) == []


def test_conversations_are_filtered(thread: Conversation, program: Program) -> None:
    mine = [str(thread.pk)]

    assert ids(program.get("conversations/", {"state": "open"})) == mine
    assert ids(program.get("conversations/", {"contact": thread.contact_id})) == mine
    assert ids(program.get("conversations/", {"channel": "whatsapp"})) == []
    assert len(ids(program.get("conversations/", {"kind": "comment"}))) == 2
    assert ids(program.get("conversations/", {"active_since": "2100-01-01T00:00:00Z"})) == []


def test_channels_say_what_they_can_and_keep_their_secrets(
    account: ChannelAccount, program: Program, north: Brand
) -> None:
    response = program.get(f"channels/{account.pk}/")

    found = response.json()
    wanted = CONNECTORS["facebook"].capabilities
    assert found["capabilities"].keys() == wanted.keys()
    assert found["capabilities"]["max_chars"] == wanted["max_chars"]
    assert found["capabilities"]["actions"] == list(wanted["actions"])
    assert found["sending_stopped"] is False
    assert {"access_token", "app", "base_url"} & found.keys() == set()
    assert events(north) == []
