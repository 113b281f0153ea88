"""The sender: every kind of failure, every doubt, and several senders at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.domain import outbox, replies, sending
from inbox.domain.channels import resume_sending, stop_sending
from inbox.domain.effects import apply_event
from inbox.domain.sending import send_waiting
from inbox.models import ChannelAccount, Conversation, InboundEvent, Message, OutboxItem
from inbox.providers.base import AccountAccess, Call, SendResult
from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import Author, Event, EventKind
from tenants.actors import SystemActor
from tenants.models import Brand, User, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.faults.parallel import run_parallel

SETUP = SystemActor("system", "tests")
RULE = SystemActor("rule", "tests", "1")


class Network:
    """Stands in for the connectors: answers what it is told, remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.looks: list[Call] = []
        self.answers: list[Exception | Callable[[Call], None]] = []
        self.found: SendResult | Exception | None = ReadBackUnavailable("no")

    def send(self, account: AccountAccess, call: Call) -> SendResult:
        self.calls.append(call)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            answer(call)
        return SendResult(f"ext-{len(self.calls)}" if call.text else "")

    def find_sent(self, account: AccountAccess, call: Call) -> SendResult | None:
        self.looks.append(call)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()
    for connector in CONNECTORS.values():
        monkeypatch.setattr(connector, "send", network.send)
        monkeypatch.setattr(connector, "find_sent", network.find_sent)
    return network


class Desk:
    """ada at a conversation of north; ``late`` moves the clock of the outbox."""

    def __init__(self, brand: Brand, ada: User, channel: str) -> None:
        self.brand, self.ada = brand, ada
        with brand_scope(brand.pk):
            self.account = make_account(brand, channel, f"acc-{channel}")
            self.conversation = make_conversation(self.account, handle="49170000")
            self.message = make_message(self.conversation)

    def reply(self, text: str = "Gern!", **fields: Any) -> OutboxItem:
        with brand_scope(self.brand.pk):
            return replies.send_reply(self.conversation, text=text, actor=self.ada, **fields)

    def automatic(self, text: str = "Danke!") -> OutboxItem:
        with brand_scope(self.brand.pk):
            return outbox.put(
                Conversation.objects.get(pk=self.conversation.pk),
                action="message",
                idempotency_key=f"auto:{uuid7()}",
                actor=RULE,
                now=timezone.now(),
                message=self.message,
                recipient="49170000",
                text=text,
                purpose="automation",
                language="de",
                is_automated=True,
            )

    def act(self, action: str) -> OutboxItem:
        with brand_scope(self.brand.pk):
            return outbox.put_action(
                self.message,
                action=action,  # type: ignore[arg-type]
                actor=RULE,
                idempotency_key=f"{action}:{uuid7()}",
                now=timezone.now(),
            )

    def work(self) -> int:
        return send_waiting(self.brand.pk)

    def late(self, **ago: float) -> None:
        """Let the open items be as if all this had happened earlier."""
        with brand_scope(self.brand.pk):
            for item in OutboxItem.objects.exclude(state__in=["sent", "failed"]):
                for name in ("not_before", "lease_until", "first_attempt_at", "created_at"):
                    at: datetime | None = getattr(item, name)
                    setattr(item, name, at - timedelta(**ago) if at else None)
                item.save()

    def fresh(self, item: OutboxItem) -> OutboxItem:
        with brand_scope(self.brand.pk):
            return OutboxItem.objects.get(pk=item.pk)

    def states(self) -> list[str]:
        with brand_scope(self.brand.pk):
            return list(OutboxItem.objects.order_by("id").values_list("state", flat=True))

    def kinds(self) -> list[str]:
        with brand_scope(self.brand.pk):
            return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))

    def hear(self, kind: EventKind, external_id: str, **fields: Any) -> str:
        """The network tells something about one of our messages."""
        now = timezone.now()
        event = Event(
            channel=self.account.channel,
            account_id=self.account.external_id,
            kind=kind,
            external_id=external_id,
            occurred_at=now,
            lane="x",
            **fields,
        )
        with brand_scope(self.brand.pk):
            account = ChannelAccount.objects.get(pk=self.account.pk)
            return apply_event(event, account=account, row=InboundEvent(received_at=now), now=now)


@pytest.fixture
def whatsapp(north: Brand, ada: User) -> Desk:
    return Desk(north, ada, "whatsapp")


@pytest.fixture
def facebook(north: Brand, ada: User) -> Desk:
    return Desk(north, ada, "facebook")


PERMANENT = [
    ErrorClass.AUTH_EXPIRED,
    ErrorClass.PERMISSION,
    ErrorClass.WINDOW_CLOSED,
    ErrorClass.RECIPIENT_BLOCKED,
    ErrorClass.RECIPIENT_UNREACHABLE,
    ErrorClass.TARGET_GONE,
    ErrorClass.INVALID,
    ErrorClass.POLICY,
]


@pytest.mark.parametrize("kind", PERMANENT)
def test_a_permanent_failure_ends_the_item_with_its_reason(
    whatsapp: Desk, network: Network, kind: ErrorClass
) -> None:
    network.answers = [PlatformFailure(kind, "1", "the network's words")]
    item = whatsapp.reply()

    whatsapp.work()
    whatsapp.late(hours=2)
    whatsapp.work()

    item = whatsapp.fresh(item)
    assert (item.state, item.error_class) == ("failed", kind.value)
    assert item.error_text == "the network's words"
    assert len(network.calls) == 1
    assert whatsapp.kinds().count("inbox.reply.failed") == 1
    with brand_scope(item.brand_id):
        assert not Message.objects.filter(direction="out").exists()


def test_every_class_of_failure_is_tested() -> None:
    later = {ErrorClass.RATE_LIMITED, ErrorClass.TRANSIENT, ErrorClass.AMBIGUOUS}

    assert set(ErrorClass) == {*PERMANENT, *later}


@pytest.mark.parametrize("kind", [ErrorClass.RATE_LIMITED, ErrorClass.TRANSIENT])
def test_a_passing_failure_is_tried_again_and_sent_once(
    whatsapp: Desk, network: Network, kind: ErrorClass
) -> None:
    network.answers = [PlatformFailure(kind)] * 2
    item = whatsapp.reply("Gern!")

    whatsapp.work()
    waits = whatsapp.fresh(item)
    assert (waits.state, waits.attempts) == ("queued", 1)
    assert whatsapp.work() == 0
    for _attempt in range(2):
        whatsapp.late(minutes=1)
        whatsapp.work()

    assert whatsapp.fresh(item).state == "sent"
    assert network.texts == ["Gern!"] * 3
    assert whatsapp.kinds().count("inbox.reply.sent") == 1


def test_back_off_grows_and_follows_the_hint(whatsapp: Desk, network: Network) -> None:
    network.answers = [
        PlatformFailure(ErrorClass.RATE_LIMITED),
        PlatformFailure(ErrorClass.RATE_LIMITED, retry_after_s=600),
        PlatformFailure(ErrorClass.RATE_LIMITED, retry_after_s=1),
    ]
    item = whatsapp.reply()
    waits = []

    for _attempt in range(3):
        before = timezone.now()
        whatsapp.work()
        waits.append(round((whatsapp.fresh(item).not_before - before).total_seconds()))
        whatsapp.late(seconds=waits[-1] + 1)

    assert waits == [2, 600, 8]


def test_an_outage_of_minutes_does_not_fail_a_reply_but_one_of_hours_does(
    whatsapp: Desk, network: Network
) -> None:
    network.answers = [PlatformFailure(ErrorClass.TRANSIENT)] * 100
    item = whatsapp.reply()

    for _attempt in range(10):
        whatsapp.work()
        whatsapp.late(minutes=5, seconds=1)
    assert whatsapp.fresh(item).state == "queued"
    for _attempt in range(5):
        whatsapp.work()
        whatsapp.late(minutes=5, seconds=1)

    assert whatsapp.fresh(item).state == "failed"
    assert whatsapp.kinds().count("inbox.reply.failed") == 1


def test_an_expired_token_marks_the_account(whatsapp: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.AUTH_EXPIRED, "190", "expired")]
    whatsapp.reply()

    whatsapp.work()

    with brand_scope(whatsapp.brand.pk):
        account = ChannelAccount.objects.get()
    assert (account.needs_reconnect, account.automation_on) == (True, True)
    assert "inbox.channel.expired" in whatsapp.kinds()


def test_a_restricted_account_stops_its_automation(whatsapp: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.POLICY, "368", "blocked")]
    whatsapp.reply()
    whatsapp.work()

    with brand_scope(whatsapp.brand.pk):  # a thread in which no person has spoken
        whatsapp.account.refresh_from_db()
        whatsapp.conversation = make_conversation(whatsapp.account, handle="49170001")
    late = whatsapp.automatic()
    whatsapp.work()

    assert (whatsapp.fresh(late).state, len(network.calls)) == ("held", 1)
    with brand_scope(whatsapp.brand.pk):
        assert not ChannelAccount.objects.get().automation_on
    assert "automation_off" in [reason["code"] for reason in late.held_reasons]
    assert "inbox.channel.restricted" in whatsapp.kinds()


def test_a_lost_answer_is_never_sent_again_blindly(whatsapp: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS, "no_answer", "timeout")]
    item = whatsapp.reply()

    for _look in range(5):
        whatsapp.work()
        whatsapp.late(seconds=30)

    assert whatsapp.fresh(item).state == "unknown"
    assert (len(network.calls), len(network.looks)) == (1, 4)
    whatsapp.late(hours=2)
    whatsapp.work()
    whatsapp.late(hours=2)
    assert whatsapp.work() == 0
    assert "a person must decide" in whatsapp.fresh(item).error_text


def test_a_bug_in_the_connector_holds_no_other_item(whatsapp: Desk, network: Network) -> None:
    network.answers = [ZeroDivisionError("oops")]
    other = Desk(whatsapp.brand, whatsapp.ada, "facebook")
    first, second = whatsapp.reply(), other.reply("Danke!")

    whatsapp.work()

    assert (whatsapp.fresh(first).state, other.fresh(second).state) == ("unknown", "sent")


def test_a_receipt_settles_a_lost_answer(whatsapp: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)]
    item = whatsapp.reply("Gern!")
    whatsapp.work()

    for status in ("sent", "delivered", "delivered"):
        whatsapp.hear(EventKind.DM_STATUS, "wamid.1", status=status, reply_ref=str(item.pk))

    item = whatsapp.fresh(item)
    with brand_scope(item.brand_id):
        (sent,) = Message.objects.filter(direction="out")
    assert (item.state, item.external_id) == ("sent", "wamid.1")
    assert (sent.text, sent.external_id, sent.status) == ("Gern!", "wamid.1", "delivered")
    assert whatsapp.kinds().count("inbox.reply.sent") == 1


def test_a_failed_receipt_settles_a_lost_answer_as_undelivered(
    whatsapp: Desk, network: Network
) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)]
    item = whatsapp.reply()
    whatsapp.work()

    whatsapp.hear(EventKind.DM_STATUS, "wamid.1", status="failed", reply_ref=str(item.pk))

    with brand_scope(whatsapp.brand.pk):
        (sent,) = Message.objects.filter(direction="out")
    assert (whatsapp.fresh(item).state, sent.status) == ("sent", "failed")
    assert "inbox.reply.undelivered" in whatsapp.kinds()


def test_a_read_back_that_finds_the_reply_settles_it(facebook: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)]
    network.found = SendResult("c-1")
    item = facebook.reply()
    facebook.work()
    assert facebook.work() == 0
    facebook.late(seconds=4)

    facebook.work()

    item = facebook.fresh(item)
    assert (item.state, item.external_id, len(network.calls)) == ("sent", "c-1", 1)


def test_absence_is_believed_only_after_a_while(facebook: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)]
    network.found = None
    item = facebook.reply("Gern!")
    facebook.work()

    facebook.late(seconds=4)
    facebook.work()
    assert (facebook.fresh(item).state, len(network.calls)) == ("unknown", 1)
    facebook.late(seconds=7)
    facebook.work()

    assert facebook.fresh(item).state == "sent"
    assert network.texts == ["Gern!", "Gern!"]
    assert "inbox.reply.requeued" in facebook.kinds()


def test_the_second_doubt_waits_as_long_as_the_first(facebook: Desk, network: Network) -> None:
    """Absence is counted from the last attempt, however long ago the first one was."""
    network.answers = [
        PlatformFailure(ErrorClass.TRANSIENT),
        PlatformFailure(ErrorClass.AMBIGUOUS),
    ]
    network.found = None
    facebook.reply()
    facebook.work()
    facebook.late(minutes=5)
    facebook.work()

    facebook.late(seconds=4)
    facebook.work()

    assert (facebook.states(), len(network.calls)) == (["unknown"], 2)


def test_a_read_back_that_fails_is_repeated_and_a_gone_target_ends_it(
    facebook: Desk, network: Network
) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)]
    network.found = PlatformFailure(ErrorClass.TRANSIENT)
    item = facebook.reply()
    facebook.work()
    for _look in range(3):
        facebook.late(seconds=30)
        facebook.work()
    assert (facebook.fresh(item).state, len(network.looks)) == ("unknown", 3)

    network.found = PlatformFailure(ErrorClass.TARGET_GONE, message="no such comment")
    facebook.late(seconds=30)
    facebook.work()

    assert (facebook.fresh(item).state, facebook.fresh(item).error_class) == (
        "failed",
        "target_gone",
    )


def test_a_dead_sender_leaves_a_doubt_not_a_second_message(
    whatsapp: Desk, network: Network
) -> None:
    item = whatsapp.reply()
    with pytest.raises(KeyboardInterrupt):
        _die(whatsapp, network)

    assert whatsapp.fresh(item).state == "sending"
    assert whatsapp.work() == 0
    whatsapp.late(seconds=100)
    whatsapp.work()

    assert whatsapp.fresh(item).state == "unknown"
    assert len(network.calls) == 1
    assert "inbox.reply.unclear" in whatsapp.kinds()


def _die(desk: Desk, network: Network) -> None:
    """As after a kill: nothing of the sender runs any more."""

    def fall(_call: Call) -> None:
        raise KeyboardInterrupt

    network.answers = [fall]
    desk.work()


def test_a_dead_sender_of_a_hide_hides_again(facebook: Desk, network: Network) -> None:
    item = facebook.act("hide")
    with pytest.raises(KeyboardInterrupt):
        _die(facebook, network)
    facebook.late(seconds=100)

    facebook.work()

    assert facebook.fresh(item).state == "sent"
    assert [call.action for call in network.calls] == ["hide", "hide"]


def test_the_kill_switch_between_queue_and_send_holds_it(whatsapp: Desk, network: Network) -> None:
    item = whatsapp.reply()
    with brand_scope(whatsapp.brand.pk):
        brand = Brand.objects.select_related("agency").get(pk=whatsapp.brand.pk)
        stop_sending(brand, actor=SETUP, reason="wrong campaign")

    whatsapp.work()

    held = whatsapp.fresh(item)
    assert (held.state, [r["code"] for r in held.held_reasons]) == ("held", ["stopped_brand"])
    with brand_scope(whatsapp.brand.pk):
        resume_sending(brand, actor=SETUP)
    whatsapp.work()
    assert whatsapp.fresh(item).state == "held"
    assert network.calls == []


def test_the_kill_switch_between_two_attempts_holds_it(whatsapp: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.TRANSIENT)]
    item = whatsapp.reply()
    whatsapp.work()
    with brand_scope(whatsapp.brand.pk):
        stop_sending(ChannelAccount.objects.get(), actor=SETUP, reason="the account was taken over")
    whatsapp.late(minutes=1)

    whatsapp.work()

    held = whatsapp.fresh(item)
    assert (held.state, [r["code"] for r in held.held_reasons]) == ("held", ["stopped_account"])
    assert len(network.calls) == 1


def test_a_withdrawal_between_queue_and_send_holds_automation_only(
    whatsapp: Desk, network: Network
) -> None:
    from compliance.domain.consent import withdraw

    automatic = whatsapp.automatic()
    with brand_scope(whatsapp.brand.pk):
        withdraw(
            whatsapp.brand.pk,
            channel="whatsapp",
            address="49170000",
            purposes=["automation"],
            source="message",
            evidence="x",
            actor=SETUP,
            at=timezone.now(),
        )

    whatsapp.work()
    answer = whatsapp.reply("Schade. Gern persönlich.")
    whatsapp.work()

    held = whatsapp.fresh(automatic)
    assert (held.state, [r["code"] for r in held.held_reasons]) == ("held", ["opted_out"])
    assert whatsapp.fresh(answer).state == "sent"
    assert network.texts == ["Schade. Gern persönlich."]


@pytest.fixture
def many(committed: None, north: Brand, ada: User) -> list[Desk]:
    """Two desks whose rows other threads can see."""
    return [Desk(north, ada, channel) for channel in ("whatsapp", "facebook")]


def test_a_receipt_faster_than_the_answer_counts_once(many: list[Desk], network: Network) -> None:
    whatsapp = many[0]

    def receipt(call: Call) -> None:
        run_parallel(
            lambda: whatsapp.hear(
                EventKind.DM_STATUS, "ext-1", status="read", reply_ref=call.reference
            )
        )

    network.answers = [receipt]
    whatsapp.reply()

    whatsapp.work()

    assert whatsapp.states() == ["sent"]
    with brand_scope(whatsapp.brand.pk):
        (sent,) = Message.objects.filter(direction="out")
    assert (sent.external_id, sent.status) == ("ext-1", "read")


def test_senders_at_once_send_each_item_once(many: list[Desk], network: Network) -> None:
    with brand_scope(many[0].brand.pk):
        for desk in many:
            for number in range(7):
                desk.conversation = make_conversation(desk.account, handle=f"4917111{number}")
                desk.message = make_message(desk.conversation)
                for turn in range(2):
                    desk.reply(f"{desk.account.channel} {number} {turn}")

    run_parallel(*[many[0].work] * 4)
    many[0].work()

    assert len(network.texts) == 28
    assert len(set(network.texts)) == 28
    assert set(many[0].states()) == {"sent"}
    assert many[0].kinds().count("inbox.reply.sent") == 28


def test_two_replies_of_a_thread_leave_in_their_order(many: list[Desk], network: Network) -> None:
    """Another sender is free while the first reply is on its way; it must not overtake."""
    desk = many[0]
    seen: list[int] = []

    def meanwhile(_call: Call) -> None:
        seen.extend(run_parallel(desk.work))

    network.answers = [meanwhile]
    desk.reply("erst das")
    desk.reply("dann das")

    desk.work()

    assert seen == [0]
    assert network.texts == ["erst das", "dann das"]
    assert desk.states() == ["sent", "sent"]


def test_a_reply_waits_for_the_retry_of_the_one_before(whatsapp: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.TRANSIENT)]
    whatsapp.reply("erst das")
    whatsapp.reply("dann das")
    other = Desk(whatsapp.brand, whatsapp.ada, "facebook")
    other.reply("anderer Faden")

    whatsapp.work()
    assert network.texts == ["erst das", "anderer Faden"]
    whatsapp.late(minutes=1)
    whatsapp.work()

    assert network.texts == ["erst das", "anderer Faden", "erst das", "dann das"]


def test_nobody_waits_behind_a_failed_held_or_unclear_reply(
    whatsapp: Desk, network: Network
) -> None:
    network.answers = [
        PlatformFailure(ErrorClass.INVALID),
        PlatformFailure(ErrorClass.AMBIGUOUS),
    ]
    for text in ("scheitert", "bleibt unklar", "kommt an"):
        whatsapp.reply(text)

    whatsapp.work()

    assert whatsapp.states() == ["failed", "unknown", "sent"]


def test_show_does_not_overtake_hide(facebook: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.TRANSIENT)]
    facebook.act("hide")
    facebook.act("unhide")
    facebook.reply("Danke!")

    facebook.work()
    facebook.late(minutes=1)
    facebook.work()

    acts = [call.action for call in network.calls if call.action != "comment_reply"]
    assert acts == ["hide", "hide", "unhide"]
    assert network.calls[1].action == "comment_reply"
    with brand_scope(facebook.brand.pk):
        assert Message.objects.get(pk=facebook.message.pk).visibility == "visible"


def test_a_comment_gets_one_private_reply(facebook: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)]
    first = facebook.reply("Wir schreiben Ihnen.", action="private_reply")
    facebook.work()

    second = facebook.reply("Noch etwas.", action="private_reply")
    facebook.hear(
        EventKind.DM_ECHO,
        "m-1",
        reply_ref=str(first.pk),
        author=Author(facebook.account.external_id, is_self=True),
    )
    third = facebook.reply("Und noch etwas.", action="private_reply")
    facebook.late(minutes=1)
    facebook.work()

    assert facebook.fresh(first).state == "sent"
    for item in (second, third):
        codes = [reason["code"] for reason in facebook.fresh(item).held_reasons]
        assert codes == ["private_reply_used"]
    assert network.texts == ["Wir schreiben Ihnen."]


def test_two_private_replies_clicked_at_once_are_one(facebook: Desk, network: Network) -> None:
    """Both passed the gates while neither had left; the second is held at its turn."""
    first = facebook.reply("Wir schreiben Ihnen.", action="private_reply")
    second = facebook.reply("Wir schreiben Ihnen auch.", action="private_reply")

    facebook.work()

    assert (facebook.fresh(first).state, facebook.fresh(second).state) == ("sent", "held")
    assert network.texts == ["Wir schreiben Ihnen."]


def test_an_echo_by_its_words_settles_an_unclear_comment_reply(
    facebook: Desk, network: Network
) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)]
    item = facebook.reply("Gern!")
    facebook.work()
    ours = Author(facebook.account.external_id, is_self=True)
    parent = facebook.message.external_id or ""

    for _time in range(2):
        facebook.hear(
            EventKind.COMMENT_REPLY, "c-9", text="Gern!", author=ours, parent_external_id=parent
        )

    with brand_scope(facebook.brand.pk):
        assert Message.objects.filter(direction="out").count() == 1
        assert Conversation.objects.count() == 1
    assert (facebook.fresh(item).state, facebook.fresh(item).external_id) == ("sent", "c-9")


def test_what_a_person_decides_about_an_unclear_send(whatsapp: Desk, network: Network) -> None:
    network.answers = [PlatformFailure(ErrorClass.AMBIGUOUS)] * 2
    there, gone = whatsapp.reply("ist da"), whatsapp.reply("ist nicht da")
    whatsapp.work()
    with brand_scope(whatsapp.brand.pk):
        replies.settle_unclear(whatsapp.fresh(there), was_sent=True, actor=whatsapp.ada)
        replies.settle_unclear(whatsapp.fresh(gone), was_sent=False, actor=whatsapp.ada)

    whatsapp.work()

    assert whatsapp.states() == ["sent", "sent"]
    assert network.texts == ["ist da", "ist nicht da", "ist nicht da"]


def test_the_lease_outlasts_the_longest_call() -> None:
    """A call that still runs when its lease ends would be sent by two."""
    graph = CONNECTORS["whatsapp"].graph  # type: ignore[attr-defined]

    longest_s = graph.connect_timeout_s + graph.read_timeout_s + graph.total_timeout_s

    assert sending.LEASE.total_seconds() > longest_s
