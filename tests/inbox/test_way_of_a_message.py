"""From the network's webhook to the inbox and back, over real HTTP and real commits."""

from datetime import UTC, datetime, timedelta

import pytest

from compliance.domain.consent import standing
from compliance.models import AuditEvent, Consent, DisclosureShown
from inbox.domain import replies
from inbox.models import (
    AnswerTemplate,
    ContactHandle,
    Conversation,
    InboundEvent,
    Message,
    OutboxItem,
    SlaClock,
)
from tenants.models import Brand, User
from tests.factories.tenants import make_member, make_user
from tests.inbox.stage import Stage

LENA = {"id": "49170000", "name": "Lena Beispiel", "phone": "49170000"}
MAX = {"id": "9001", "name": "Max D."}


@pytest.fixture
def ada(north: Brand) -> User:
    user = make_user("ada")
    make_member(user, north.agency, "community_manager", north)
    return user


def test_a_whatsapp_question_is_stored_triaged_clocked_and_audited(stage: Stage) -> None:
    stage.sandbox.say(stage.number, "text", person=LENA, text="Wo ist mein Paket? Bestellung 48213")

    stage.work()

    with stage.scope():
        (message,) = Message.objects.filter(direction="in")
        conversation = message.conversation
        clock = SlaClock.objects.get(conversation=conversation)
        kinds = list(AuditEvent.objects.values_list("kind", flat=True))
        assert message.text == "Wo ist mein Paket? Bestellung 48213"
        assert (conversation.intent, conversation.language) == ("order_status", "de")
        assert message.triages.get().order_numbers == ["48213"]
        assert clock.due_at - message.occurred_at == timedelta(minutes=30)
        assert kinds.count("inbox.message.received") == 1


def test_a_reply_reaches_the_network_and_its_receipts_come_back(stage: Stage, ada: User) -> None:
    stage.sandbox.say(stage.number, "text", person=LENA, text="Habt ihr Größe 42?")
    stage.work()

    with stage.scope():
        conversation = Conversation.objects.get()
        item = replies.send_reply(conversation, text="Ja, noch drei Paar.", actor=ada)
    stage.work()

    with stage.scope():
        item.refresh_from_db()
        sent = Message.objects.get(direction="out")
        conversation.refresh_from_db()
        assert item.state == "sent"
        assert (sent.text, sent.status, sent.is_automated) == ("Ja, noch drei Paar.", "read", False)
        assert conversation.due_at is None
        assert not SlaClock.objects.filter(stopped_at=None).exists()
    outgoing = [m for m in stage.sandbox.state()["messages"] if m["direction"] == "out"]
    assert [m["text"] for m in outgoing] == ["Ja, noch drei Paar."]


def test_the_same_click_twice_sends_once(stage: Stage, ada: User) -> None:
    stage.sandbox.say(stage.number, "text", person=LENA, text="Hallo?")
    stage.work()

    with stage.scope():
        conversation = Conversation.objects.get()
        first = replies.send_reply(conversation, text="Hallo!", actor=ada, idempotency_key="k1")
        second = replies.send_reply(conversation, text="Hallo!", actor=ada, idempotency_key="k1")
    stage.work()

    assert first.pk == second.pk
    outgoing = [m for m in stage.sandbox.state()["messages"] if m["direction"] == "out"]
    assert len(outgoing) == 1


def test_a_closed_window_holds_the_reply_and_says_why(stage: Stage, ada: User) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=30)
    stage.sandbox.say(stage.number, "text", person=LENA, text="Hallo?", at=long_ago.timestamp())
    stage.work()

    with stage.scope():
        item = replies.send_reply(Conversation.objects.get(), text="Guten Tag", actor=ada)
        assert item.state == "held"
        assert [reason["code"] for reason in item.held_reasons] == ["window_closed"]
    stage.work()
    assert [m for m in stage.sandbox.state()["messages"] if m["direction"] == "out"] == []


def test_stop_is_confirmed_once_and_ends_automation(stage: Stage) -> None:
    with stage.scope():
        AnswerTemplate.objects.create(
            brand=stage.brand,
            name="Dank",
            shortcut="dank",
            intent="praise",
            conversation_kind="direct",
            language="de",
            text="Vielen Dank, das freut uns sehr!",
            sends_itself=True,
            min_confidence_pct=10,
        )
    for text in ("STOP", "stopp!", "Ihr seid super, vielen Dank!"):
        stage.sandbox.say(stage.number, "text", person=LENA, text=text)
        stage.work()

    with stage.scope():
        out = list(Message.objects.filter(direction="out").values_list("text", flat=True))
        states = dict(Consent.objects.values_list("purpose", "state"))
        held = OutboxItem.objects.filter(state="held").values_list("held_reasons", flat=True)
        assert len(out) == 1
        assert "START" in out[0]
        assert states == dict.fromkeys(("automation", "marketing", "survey"), "withdrawn")
        assert [r["code"] for reasons in held for r in reasons] == ["opted_out"]


def test_an_automatic_answer_discloses_itself_and_leaves_the_clock_running(stage: Stage) -> None:
    with stage.scope():
        AnswerTemplate.objects.create(
            brand=stage.brand,
            name="Dank",
            shortcut="dank",
            intent="praise",
            conversation_kind="direct",
            language="de",
            text="Vielen Dank, das freut uns sehr!",
            sends_itself=True,
            min_confidence_pct=10,
        )
    stage.sandbox.say(stage.number, "text", person=LENA, text="Ihr seid super, vielen Dank!")

    stage.work()

    with stage.scope():
        sent = Message.objects.get(direction="out")
        assert sent.is_automated
        assert sent.text.startswith("Vielen Dank, das freut uns sehr!\n\n")
        assert DisclosureShown.objects.get().text in sent.text
        assert SlaClock.objects.filter(stopped_at=None).count() == 1


def test_a_comment_edit_and_removal_follow_the_network(stage: Stage) -> None:
    comment = stage.sandbox.say(stage.page, "comment", person=MAX, text="Noch verfügbar?")
    stage.work()
    stage.sandbox.say(stage.page, "comment_edit", target=comment, text="Noch in Blau verfügbar?")
    stage.work()

    with stage.scope():
        message = Message.objects.get(external_id=comment)
        assert (message.text, message.revision) == ("Noch in Blau verfügbar?", 2)
        assert [r.text for r in message.revisions.all()] == ["Noch verfügbar?"]

    stage.sandbox.say(stage.page, "comment_remove", target=comment)
    stage.work()

    with stage.scope():
        message.refresh_from_db()
        assert (message.text, message.visibility) == ("", "removed")
        assert not message.revisions.exists()


def test_one_delivery_five_times_has_one_effect(stage: Stage) -> None:
    stage.sandbox.say(stage.number, "text", person=LENA, text="Hallo?", times=5)

    stage.work()

    with stage.scope():
        assert Message.objects.filter(direction="in").count() == 1
        assert InboundEvent.objects.count() == 1
        assert AuditEvent.objects.filter(kind="inbox.message.received").count() == 1


def test_an_opt_out_stays_when_the_number_gives_way_to_the_networks_id(stage: Stage) -> None:
    known_by_number = {"id": "49170000", "name": "Lena Beispiel", "phone": "49170000"}
    known_by_id = {"id": "DE.48ab", "name": "Lena Beispiel", "phone": "49170000"}
    stage.sandbox.say(stage.number, "text", person=known_by_number, text="STOP")
    stage.work()

    for person in (known_by_id, known_by_number):
        stage.sandbox.say(stage.number, "text", person=person, text="Habt ihr noch Zelte?")
        stage.work()

    with stage.scope():
        handle = ContactHandle.objects.get()
        known = standing(stage.brand.pk, channel="whatsapp", address=handle.external_id)
        assert {purpose: word.state for purpose, word in known.items()} == {
            "automation": "withdrawn",
            "marketing": "withdrawn",
            "survey": "withdrawn",
        }
        assert Message.objects.filter(direction="in").count() == 3
        assert Conversation.objects.count() == 1
