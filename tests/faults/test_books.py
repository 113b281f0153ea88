"""The count itself: what is missing, double, out of order or given up is noticed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.domain.audit import record
from inbox.models import ChannelAccount, Conversation, InboundEvent, Message, OutboxItem, Triage
from tenants.actors import SystemActor
from tenants.models import Brand, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.faults.books import (
    Verdict,
    check_dead,
    check_messages,
    check_order,
    check_send,
    waiting,
)

TESTS = SystemActor("system", "tests")


@pytest.fixture
def account(north: Brand) -> ChannelAccount:
    with brand_scope(north.pk):
        return make_account(north, "whatsapp", "PN1")


def arrive(account: ChannelAccount, external_id: str, conversation: Conversation) -> Message:
    """A message that has walked all stages once."""
    message = make_message(conversation, external_id=external_id)
    judge(message)
    record("inbox.message.received", message, actor=TESTS)
    return message


def judge(message: Message) -> None:
    Triage.objects.create(
        brand_id=message.brand_id,
        message=message,
        revision=1,
        language="de",
        intents=[],
        sentiment=0,
        urgency=0,
        order_numbers=[],
        model_version=f"{uuid7()}",
        created_at=timezone.now(),
    )


def test_messages_are_counted(north: Brand, account: ChannelAccount) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(account)
        arrive(account, "a", conversation)
        make_message(conversation, external_id="b")
        record("inbox.message.received", arrive(account, "c", conversation), actor=TESTS)
    verdict = Verdict()

    check_messages(verdict, north, ["a", "b", "c", "d"])

    assert (verdict.checked, verdict.lost, verdict.doubled) == (4, 2, 1)
    assert verdict.wrong == [
        "no message for ['d'] and 1 in all",
        "1 messages did not walk all stages",
        "1 messages walked the stages twice",
    ]


@pytest.mark.parametrize(("turns", "is_fine"), [((0, 1, 2, 10), True), ((0, 2, 1), False)])
def test_order_is_seen(
    north: Brand, account: ChannelAccount, turns: tuple[int, ...], is_fine: bool
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(account)
        ids = [arrive(account, f"m.7.{turn}", conversation).external_id or "" for turn in turns]
    verdict = Verdict()

    check_order(verdict, north, ids)

    assert (not verdict.wrong) is is_fine


@pytest.mark.parametrize(
    ("state", "shown", "times", "lost", "doubled"),
    [
        ("sent", 1, 1, 0, 0),
        ("sent", 1, 2, 0, 1),
        ("sent", 2, 1, 0, 1),
        ("sent", 1, 0, 1, 0),
        ("sent", 0, 1, 1, 0),
        ("unknown", 0, 1, 1, 0),
        ("queued", 0, 0, 1, 0),
    ],
)
def test_a_send_is_counted(
    north: Brand,
    account: ChannelAccount,
    state: str,
    shown: int,
    times: int,
    lost: int,
    doubled: int,
) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        conversation = make_conversation(account)
        item = OutboxItem.objects.create(
            brand=north,
            account=account,
            conversation=conversation,
            action="message",
            actor_ref="x",
            idempotency_key="k",
            state=state,
            text="Gern!",
            sent_text="Gern!",
            created_at=now,
            not_before=now,
        )
        for _message in range(shown):
            make_message(conversation, "Gern!", direction="out")
    verdict = Verdict()

    check_send(verdict, north, item.pk, times=times)

    assert (verdict.checked, verdict.lost, verdict.doubled) == (1, lost, doubled)


def test_what_waits_or_was_given_up_is_named(north: Brand, account: ChannelAccount) -> None:
    verdict = Verdict()
    assert waiting(north) == ""
    with brand_scope(north.pk):
        for number, state in enumerate(("pending", "dead", "done")):
            InboundEvent.objects.create(
                brand=north,
                account=account,
                delivery_ref=uuid7(),
                kind="dm.text",
                dedupe_key=f"{number}",
                lane="x",
                payload={},
                occurred_at=timezone.now(),
                received_at=timezone.now(),
                not_before=timezone.now() + timedelta(hours=1),
                state=state,
                problem="broken",
            )

    check_dead(verdict, north, expected=0)

    assert waiting(north) == "1 events waiting"
    assert verdict.wrong == ["1 dead events, expected 0: ['broken']"]
