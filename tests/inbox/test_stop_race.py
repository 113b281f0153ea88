"""STOP against the sender: real threads and connections, real commits, many rounds.

After STOP is stored nothing automatic is taken for sending; what a sender had taken before stands
in the entry of the consent ledger as on its way.
"""

import random
import threading
import time
from typing import Any

import pytest
from django.utils import timezone

from compliance.choices import Purpose
from compliance.domain.consent import address_hash, withdraw
from compliance.models import Consent, ConsentEntry
from inbox.domain import outbox, sending
from inbox.domain.effects import apply_event
from inbox.domain.sending import send_waiting
from inbox.models import ChannelAccount, Conversation, InboundEvent, OutboxItem
from inbox.providers.base import AccountAccess, Call, SendResult
from inbox.providers.connectors import CONNECTORS
from inbox.providers.events import Author, Event, EventKind
from tenants.actors import PIPELINE, SystemActor
from tenants.models import Brand, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.faults.parallel import run_parallel

RULE = SystemActor("rule", "tests", "1")
ROUNDS = 40
PER_ACCOUNT = 10


class Wire:
    """The network: takes a little while and remembers what reached it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def send(self, _account: AccountAccess, call: Call) -> SendResult:
        self.calls.append(call)
        time.sleep(0.003)
        return SendResult(f"ext-{uuid7()}")

    def references(self) -> set[str]:
        return {call.reference for call in self.calls}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    for connector in CONNECTORS.values():
        monkeypatch.setattr(connector, "send", wire.send)
    return wire


def _automatic(conversation: Conversation, message: Any, who: str, text: str) -> OutboxItem:
    return outbox.put(
        Conversation.objects.get(pk=conversation.pk),
        action="message",
        idempotency_key=f"auto:{uuid7()}",
        actor=RULE,
        now=timezone.now(),
        message=message,
        recipient=who,
        text=text,
        purpose=Purpose.AUTOMATION,
        language="de",
        is_automated=True,
    )


def _prepare(brand: Brand, account: ChannelAccount, who: str) -> list[OutboxItem]:
    """A person whom two automatic messages are on their way to."""
    with brand_scope(brand.pk):
        conversation = make_conversation(account, handle=who)
        message = make_message(conversation)
        return [_automatic(conversation, message, who, f"{who} {n}") for n in range(2)]


def _say_stop(brand: Brand, account: ChannelAccount, who: str) -> None:
    """The way of a real STOP: an event through every stage, in one transaction."""
    now = timezone.now()
    event = Event(
        channel=account.channel,
        account_id=account.external_id,
        kind=EventKind.DM_TEXT,
        external_id=f"stop-{who}",
        occurred_at=now,
        lane=who,
        thread_id=who,
        text="STOP",
        author=Author(external_id=who, name="Lena"),
    )
    with brand_scope(brand.pk):
        fresh = ChannelAccount.objects.select_related("brand__agency").get(pk=account.pk)
        apply_event(event, account=fresh, row=InboundEvent(received_at=now), now=now)


def _entry(brand: Brand, who: str) -> ConsentEntry:
    return ConsentEntry.objects.get(
        address_hash=address_hash(brand.pk, "whatsapp", who), purpose=Purpose.AUTOMATION
    )


def test_after_stop_is_stored_nothing_automatic_leaves(
    committed: None, north: Brand, wire: Wire
) -> None:
    dice, told, sent_before, held = random.Random(7), 0, 0, 0  # noqa: S311 -- delays, no secrets
    account: ChannelAccount | None = None
    for turn in range(ROUNDS):
        if turn % PER_ACCOUNT == 0:
            with brand_scope(north.pk):
                account = make_account(north, "whatsapp", f"acc-{turn}")
        assert account is not None
        who, number = f"4917{turn:06d}", account
        items = _prepare(north, number, who)
        delay = dice.uniform(0, 0.05)

        def stop(number: ChannelAccount = number, who: str = who, delay: float = delay) -> None:
            time.sleep(delay)
            _say_stop(north, number, who)

        run_parallel(stop, lambda: send_waiting(north.pk), lambda: send_waiting(north.pk))
        with brand_scope(north.pk):  # what waited for the opt-out looks again
            OutboxItem.objects.filter(state="queued").update(not_before=timezone.now())
        send_waiting(north.pk)

        with brand_scope(north.pk):
            entry = _entry(north, who)
            in_flight = set(entry.facts.get("in_flight", []))
            for item in OutboxItem.objects.filter(pk__in=[one.pk for one in items]):
                if str(item.pk) not in wire.references():
                    codes = [reason["code"] for reason in item.held_reasons]
                    assert (item.state, codes) == ("held", ["opted_out"]), turn
                    assert str(item.pk) not in in_flight
                    held += 1
                    continue
                assert item.state == "sent"
                assert item.first_attempt_at is not None
                assert item.first_attempt_at <= entry.recorded_at, turn
                if str(item.pk) in in_flight:
                    told += 1
                else:
                    assert item.sent_at is not None
                    assert item.sent_at <= entry.recorded_at, turn
                    sent_before += 1

    assert told + sent_before + held == 2 * ROUNDS
    assert held >= 5  # else nothing was raced
    assert told + sent_before >= 5


def test_stop_waits_for_a_sender_that_has_asked_and_names_what_it_took(
    committed: None, north: Brand, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last question and the mark: the answer stays true until the mark is stored."""
    with brand_scope(north.pk):
        account = make_account(north, "whatsapp", "acc")
    item = _prepare(north, account, "491700")[0]
    stop = threading.Thread(
        target=lambda: run_parallel(lambda: _say_stop(north, account, "491700"))
    )
    seen: list[bool] = []
    real = sending.spend

    def between(*args: Any, **kwargs: Any) -> Any:
        if not seen:
            stop.start()
            stop.join(0.4)
            seen.append(stop.is_alive())
        return real(*args, **kwargs)

    monkeypatch.setattr(sending, "spend", between)
    send_waiting(north.pk, limit=1)
    stop.join(10)

    assert seen == [True]
    with brand_scope(north.pk):
        entry = _entry(north, "491700")
        item.refresh_from_db()
        assert wire.references() == {str(item.pk)}
        assert item.first_attempt_at is not None
        assert item.first_attempt_at <= entry.recorded_at
        is_told = entry.facts.get("in_flight") == [str(item.pk)]
        assert is_told or (item.sent_at is not None and item.sent_at <= entry.recorded_at)


def test_a_sender_that_asks_while_stop_is_being_stored_takes_nothing(
    committed: None, north: Brand, wire: Wire
) -> None:
    with brand_scope(north.pk):
        account = make_account(north, "whatsapp", "acc")
    items = _prepare(north, account, "491700")

    with brand_scope(north.pk):  # not committed yet
        withdraw(
            north.pk,
            channel="whatsapp",
            address="491700",
            purposes=[Purpose.AUTOMATION],
            source="message",
            evidence="m1",
            actor=PIPELINE,
            at=timezone.now(),
        )
        run_parallel(lambda: send_waiting(north.pk))
        assert wire.calls == []
        codes = {r["code"] for one in OutboxItem.objects.all() for r in one.held_reasons}
        assert codes == {"consent_changing"}
    with brand_scope(north.pk):
        OutboxItem.objects.update(not_before=timezone.now())

    send_waiting(north.pk)

    assert wire.calls == []
    with brand_scope(north.pk):
        assert {one.state for one in OutboxItem.objects.filter(pk__in=[i.pk for i in items])} == {
            "held"
        }
        assert Consent.objects.get().state == "withdrawn"
