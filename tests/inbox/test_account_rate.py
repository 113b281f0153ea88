"""A full account: the message waits for its minute and goes by itself. I12, I13."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.domain.gates import PER_ACCOUNT_MINUTE, account_free_at
from inbox.domain.outbox import put
from inbox.domain.sending import send_waiting
from inbox.models import ChannelAccount, Conversation, OutboxItem
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation

SETUP = SystemActor("system", "tests")
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def chat(north: Brand) -> Iterator[Conversation]:
    with brand_scope(north.pk):
        yield make_conversation(make_account(north, "whatsapp", "PN1"))


def put_sent(chat: Conversation, count: int) -> None:
    """Sent one per half second, the first half a minute ago."""
    OutboxItem.objects.bulk_create(
        OutboxItem(
            brand_id=chat.brand_id, account_id=chat.account_id, conversation=chat,
            action="message", actor_ref="x", idempotency_key=f"k{n}", created_at=NOW,
            not_before=NOW, state="sent", sent_at=NOW - timedelta(seconds=30 - n * 0.5),
        )
        for n in range(count)
    )  # fmt: skip


def answer(chat: Conversation, text: str = "Gern!") -> OutboxItem:
    return put(
        chat, action="message", idempotency_key=text, actor=SETUP, now=NOW,
        recipient="4917", text=text,
    )  # fmt: skip


def test_the_time_is_when_the_oldest_of_the_minute_leaves_it(chat: Conversation) -> None:
    put_sent(chat, PER_ACCOUNT_MINUTE - 1)
    assert account_free_at(chat.account_id, now=NOW) is None

    OutboxItem.objects.all().delete()
    put_sent(chat, PER_ACCOUNT_MINUTE)
    assert account_free_at(chat.account_id, now=NOW) == NOW + timedelta(seconds=30)


def test_a_full_account_postpones_and_says_until_when(chat: Conversation) -> None:
    put_sent(chat, PER_ACCOUNT_MINUTE)

    with time_machine.travel(NOW, tick=False):
        item = answer(chat)

    assert (item.state, item.not_before) == ("queued", NOW + timedelta(seconds=30))
    (reason,) = item.held_reasons
    assert (reason["code"], "it goes at" in reason["message"]) == ("account_rate", True)
    kinds = AuditEvent.objects.filter(kind__startswith="inbox.reply.").values_list("kind")
    assert list(kinds) == [("inbox.reply.queued",)]


def test_another_refusal_still_holds_it_for_a_person(chat: Conversation) -> None:
    put_sent(chat, PER_ACCOUNT_MINUTE)
    ChannelAccount.objects.update(sending_stopped_at=NOW, sending_stopped_reason="stop")
    chat = Conversation.objects.select_related("account").get(pk=chat.pk)

    with time_machine.travel(NOW, tick=False):
        item = answer(chat)

    assert item.state == "held"
    assert {one["code"] for one in item.held_reasons} == {"stopped_account", "account_rate"}


def test_what_waits_goes_when_there_is_room_and_not_before(
    chat: Conversation, north: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        "inbox.domain.sending._carry_out", lambda _brand, claim: sent.append(claim.call.text)
    )
    put_sent(chat, PER_ACCOUNT_MINUTE)
    with time_machine.travel(NOW, tick=False):
        for text in ("eins", "zwei"):
            conversation = make_conversation(chat.account, last_inbound_at=NOW)
            answer(conversation, text)
        OutboxItem.objects.filter(state="queued").update(not_before=NOW)
        assert send_waiting(north.pk) == 0
        assert OutboxItem.objects.filter(state="queued").count() == 2

    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        send_waiting(north.pk)

    assert sent == ["eins", "zwei"]
    assert not OutboxItem.objects.filter(state="held").exists()
