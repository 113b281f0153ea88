"""The inbox's gates: each refuses for one reason, and says it in words."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.choices import Purpose
from inbox.choices import OutboxAction, OutboxState
from inbox.domain import gates
from inbox.domain.outgoing import Outgoing, walk_gates
from inbox.models import ChannelAccount, Conversation, Message, OutboxItem
from tenants.models import Brand, User, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

NOW = timezone.now()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MESSAGE, REPLY, PRIVATE, HIDE = (
    OutboxAction.MESSAGE,
    OutboxAction.COMMENT_REPLY,
    OutboxAction.PRIVATE_REPLY,
    OutboxAction.HIDE,
)


@pytest.fixture
def in_north(north: Brand) -> Iterator[Brand]:
    with brand_scope(north.pk):
        yield north


@pytest.fixture
def number(in_north: Brand) -> ChannelAccount:
    return make_account(in_north, "whatsapp", "PN1")


@pytest.fixture
def page(in_north: Brand) -> ChannelAccount:
    return make_account(in_north, "facebook", "5551")


@pytest.fixture
def chat(number: ChannelAccount) -> Conversation:
    return make_conversation(number, last_inbound_at=NOW)


@pytest.fixture
def thread(page: ChannelAccount) -> Conversation:
    return make_conversation(page, last_inbound_at=NOW)


def _item(conversation: Conversation, action: str = MESSAGE, **fields: Any) -> OutboxItem:
    return OutboxItem.objects.create(
        brand_id=conversation.brand_id,
        account=conversation.account,
        conversation=conversation,
        action=action,
        **{
            "text": "Gern geschehen!",
            "actor_ref": "test",
            "idempotency_key": str(uuid7()),
            "created_at": NOW,
            "not_before": NOW,
        }
        | fields,
    )


def _outgoing(item: OutboxItem) -> Outgoing:
    return walk_gates(item, now=NOW)[0]


def _code(gate: Any, item: OutboxItem) -> str:
    refusal = gate(_outgoing(item))
    assert refusal is None or (refusal.gate == gate.__name__ and refusal.message)
    return refusal.code if refusal else ""


@pytest.mark.parametrize("level", ["account", "brand", "agency"])
def test_stopped_sending_holds_every_text_and_lets_moderation_act(
    thread: Conversation, level: str
) -> None:
    owners = {
        "account": thread.account,
        "brand": thread.account.brand,
        "agency": thread.account.brand.agency,
    }
    texts = [_item(thread, action) for action in (MESSAGE, REPLY, PRIVATE)]
    hide = _item(thread, HIDE, text="")
    assert [_code(gates.kill_switch, item) for item in [*texts, hide]] == ["", "", "", ""]

    owner = owners[level]
    owner.sending_stopped_at, owner.sending_stopped_reason = NOW, "Shitstorm"
    owner.save()

    assert [_code(gates.kill_switch, item) for item in texts] == [f"stopped_{level}"] * 3
    assert _code(gates.kill_switch, hide) == ""
    refusal = gates.kill_switch(_outgoing(texts[0]))
    assert refusal is not None
    assert "Shitstorm" in refusal.message


def test_the_platform_can_be_stopped_as_a_whole(chat: Conversation, settings: Any) -> None:
    settings.SENDING_STOPPED = True

    assert _code(gates.kill_switch, _item(chat)) == "stopped_platform"


@pytest.mark.parametrize(
    ("since", "code"),
    [
        (timedelta(0), ""),
        (DAY, ""),
        (DAY + timedelta(seconds=1), "window_closed"),
        (None, "window_closed"),
    ],
)
def test_a_direct_message_leaves_within_a_day(
    chat: Conversation, since: timedelta | None, code: str
) -> None:
    chat.last_inbound_at = None if since is None else NOW - since

    assert _code(gates.window, _item(chat)) == code


def test_a_public_reply_has_no_window(thread: Conversation) -> None:
    thread.last_inbound_at = NOW - 300 * DAY

    assert _code(gates.window, _item(thread, REPLY)) == ""


@pytest.mark.parametrize(("age", "code"), [(7 * DAY, ""), (7 * DAY + MINUTE, "window_closed")])
def test_a_private_reply_counts_from_its_comment(
    thread: Conversation, age: timedelta, code: str
) -> None:
    comment = make_message(thread, occurred_at=NOW - age)

    assert _code(gates.window, _item(thread, PRIVATE, message=comment)) == code


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (OutboxState.SENT, "private_reply_used"),
        (OutboxState.SENDING, "private_reply_used"),
        (OutboxState.UNKNOWN, "private_reply_used"),
        (OutboxState.FAILED, ""),
        (OutboxState.CANCELLED, ""),
    ],
)
def test_one_private_reply_per_comment(thread: Conversation, state: str, code: str) -> None:
    one, other = make_message(thread), make_message(thread)
    _item(thread, PRIVATE, message=one, target_external_id=one.external_id, state=state)

    again = _item(thread, PRIVATE, message=one, target_external_id=one.external_id)
    elsewhere = _item(thread, PRIVATE, message=other, target_external_id=other.external_id)

    assert _code(gates.window, again) == code
    assert _code(gates.window, elsewhere) == ""


@pytest.mark.parametrize("action", [REPLY, PRIVATE, HIDE])
def test_what_a_network_does_not_offer_is_refused(chat: Conversation, action: str) -> None:
    assert _code(gates.window, _item(chat, action)) == "not_possible"


@pytest.mark.parametrize(("length", "code"), [(4096, ""), (4097, "too_long")])
def test_the_networks_limit_is_exact(chat: Conversation, length: int, code: str) -> None:
    assert _code(gates.window, _item(chat, text="x" * length)) == code


def _sent(conversation: Conversation, count: int, *, ago: timedelta, **fields: Any) -> None:
    for _ in range(count):
        _item(conversation, state=OutboxState.SENT, sent_at=NOW - ago, **fields)


def test_an_account_has_a_bound_per_minute(
    chat: Conversation, number: ChannelAccount, thread: Conversation
) -> None:
    bound = gates.PER_ACCOUNT_MINUTE
    _sent(chat, bound - 1, ago=MINUTE / 2)
    _sent(chat, 3, ago=2 * MINUTE)
    assert _code(gates.rate_and_loop, _item(chat)) == ""

    _sent(chat, 1, ago=MINUTE / 2)

    assert _code(gates.rate_and_loop, _item(chat)) == "account_rate"
    assert _code(gates.rate_and_loop, _item(thread, REPLY)) == ""
    assert _code(gates.rate_and_loop, _item(thread, HIDE)) == ""


def test_a_person_gets_few_automatic_messages_an_hour(
    chat: Conversation, number: ChannelAccount
) -> None:
    _sent(chat, gates.AUTOMATIC_PER_CONTACT_HOUR, ago=HOUR / 2, is_automated=True)
    other = make_conversation(number)

    assert _code(gates.rate_and_loop, _item(chat, is_automated=True)) == "contact_rate"
    # By a person, to somebody else, or the confirmation of an opt-out: all may leave.
    assert _code(gates.rate_and_loop, _item(chat)) == ""
    assert _code(gates.rate_and_loop, _item(other, is_automated=True)) == ""
    confirmation = _item(chat, is_automated=True, purpose=Purpose.CONFIRMATION)
    assert _code(gates.rate_and_loop, confirmation) == ""


def test_automatic_messages_of_an_hour_ago_do_not_count(chat: Conversation) -> None:
    _sent(chat, 9, ago=HOUR + MINUTE, is_automated=True)

    assert _code(gates.rate_and_loop, _item(chat, is_automated=True)) == ""


def _said(chat: Conversation, text: str, *, ago: timedelta, is_automated: bool = True) -> Message:
    return make_message(
        chat, text, direction="out", is_automated=is_automated, occurred_at=NOW - ago
    )


def test_the_same_automatic_answer_is_given_twice_and_no_third_time(chat: Conversation) -> None:
    item = _item(chat, is_automated=True, text="Vielen Dank!")
    _said(chat, "Vielen Dank!\n\nAutomatische Antwort.", ago=2 * HOUR)
    assert _code(gates.rate_and_loop, item) == ""

    _said(chat, "Vielen Dank!", ago=HOUR)

    assert _code(gates.rate_and_loop, item) == "loop"
    assert _code(gates.rate_and_loop, _item(chat, is_automated=True, text="Anders")) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Vielen Dank, das freut uns!", ""),
        ("Das kostet 49,90 €.", "sensitive"),
        ("Das kostet 49 EUR.", "sensitive"),
        ("It is $20.", "sensitive"),
        ("Unser Anwalt meldet sich.", "sensitive"),
        ("Please send us your IBAN.", "sensitive"),
        ("Wie ist dein Passwort?", "sensitive"),
        ("Wir haben 42 Filialen.", ""),
    ],
)
def test_price_law_and_secrets_wait_for_a_person(chat: Conversation, text: str, code: str) -> None:
    assert _code(gates.approval, _item(chat, text=text, is_automated=True)) == code
    assert _code(gates.approval, _item(chat, text=text)) == ""


def test_a_draft_waits_until_a_person_has_seen_it(chat: Conversation, ada: User) -> None:
    item = _item(chat, is_automated=True, needs_approval=True, text="Gern geschehen!")
    assert _code(gates.approval, item) == "draft"
    item.text = "Das kostet 5 €."  # releasing this takes the stricter right
    assert _code(gates.approval, item) == "sensitive"

    item.approved_by = ada

    assert _code(gates.approval, item) == ""


def test_where_a_person_took_over_machines_are_silent(chat: Conversation) -> None:
    item = _item(chat, is_automated=True)
    assert _code(gates.approval, item) == ""

    chat.automation_paused = True

    assert _code(gates.approval, item) == "person_took_over"
    confirmation = _item(chat, is_automated=True, purpose=Purpose.CONFIRMATION)
    assert _code(gates.approval, confirmation) == ""


def test_automation_can_be_switched_off_per_account(chat: Conversation) -> None:
    chat.account.automation_on = False

    assert _code(gates.approval, _item(chat, is_automated=True)) == "automation_off"
    assert _code(gates.approval, _item(chat)) == ""


def test_all_refusals_are_told_in_the_order_of_the_gates(chat: Conversation) -> None:
    chat.last_inbound_at, chat.automation_paused = NOW - 2 * DAY, True
    chat.account.sending_stopped_at = NOW
    item = _item(chat, is_automated=True)

    _outgoing, refusals = walk_gates(item, now=NOW)

    assert [(r.gate, r.code) for r in refusals] == [
        ("kill_switch", "stopped_account"),
        ("window", "window_closed"),
        ("approval", "person_took_over"),
    ]


def test_a_gate_that_breaks_is_shut(chat: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_outgoing: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("inbox.domain.outgoing.send_gates", lambda: (broken, gates.window))

    _outgoing, refusals = walk_gates(_item(chat), now=NOW)

    assert [refusal.code for refusal in refusals] == ["gate_broke"]
