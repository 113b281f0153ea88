"""Service clocks: started by the person's message, stopped by a person's answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from compliance.models import AuditEvent
from inbox.choices import ClockKind
from inbox.domain.clocks import MINUTES, mark_breached, start_clock, stop_clock
from inbox.domain.outbox import put
from inbox.domain.sent import mark_sent
from inbox.models import Conversation, OutboxItem, SlaClock
from inbox.tasks import check_clocks
from tenants.actors import SENDER
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def chat(north: Brand) -> Iterator[Conversation]:
    with brand_scope(north.pk):
        yield make_conversation(make_account(north, "whatsapp", "PN1"))


def _start(chat: Conversation, kind: ClockKind, *, at: datetime = NOON) -> SlaClock:
    return start_clock(chat, kind=kind, at=at, now=at + 3 * MINUTE)


@pytest.mark.parametrize("kind", list(ClockKind))
def test_each_class_has_its_time(chat: Conversation, kind: ClockKind) -> None:
    clock = _start(chat, kind)

    assert (clock.started_at, clock.due_at) == (NOON, NOON + MINUTES[kind] * MINUTE)
    assert chat.due_at == clock.due_at


def test_it_counts_from_when_the_person_wrote_and_not_from_when_we_heard(
    chat: Conversation,
) -> None:
    clock = start_clock(chat, kind=ClockKind.LEAD, at=NOON, now=NOON + 29 * MINUTE)

    assert clock.due_at == NOON + 30 * MINUTE


def test_a_later_message_gives_no_more_time(chat: Conversation) -> None:
    first = _start(chat, ClockKind.DIRECT)

    again = _start(chat, ClockKind.DIRECT, at=NOON + 50 * MINUTE)

    assert again.pk == first.pk
    assert again.due_at == NOON + 60 * MINUTE
    assert SlaClock.objects.count() == 1


def test_a_more_urgent_message_tightens(chat: Conversation) -> None:
    _start(chat, ClockKind.DIRECT)

    clock = _start(chat, ClockKind.SAFETY, at=NOON + 10 * MINUTE)

    clock.refresh_from_db()
    assert (clock.kind, clock.due_at) == (ClockKind.SAFETY, NOON + 25 * MINUTE)
    assert clock.started_at == NOON
    assert chat.due_at == clock.due_at


def test_after_an_answer_the_next_message_starts_anew(chat: Conversation) -> None:
    first = _start(chat, ClockKind.DIRECT)
    stop_clock(chat, now=NOON + 5 * MINUTE)
    assert chat.due_at is None

    second = _start(chat, ClockKind.DIRECT, at=NOON + 20 * MINUTE)

    first.refresh_from_db()
    assert first.stopped_at == NOON + 5 * MINUTE
    assert second.pk != first.pk
    assert chat.due_at == NOON + 80 * MINUTE


def _reply(chat: Conversation, *, is_automated: bool, approved_by: User | None) -> OutboxItem:
    return put(
        chat,
        action="message",
        idempotency_key="k",
        actor=SENDER,
        now=NOON,
        text="Danke!",
        recipient="x",
        is_automated=is_automated,
        approved_by=approved_by,
    )


@pytest.mark.parametrize(
    ("is_automated", "is_approved", "stopped"),
    [(False, False, True), (True, True, True), (True, False, False)],
)
def test_only_what_a_person_wrote_or_released_stops_it(
    chat: Conversation, ada: User, is_automated: bool, is_approved: bool, stopped: bool
) -> None:
    clock = _start(chat, ClockKind.DIRECT)
    chat.unanswered_count = 1
    chat.save()
    item = _reply(chat, is_automated=is_automated, approved_by=ada if is_approved else None)

    mark_sent(item, external_id="w1", now=NOON + MINUTE, actor=SENDER)

    clock.refresh_from_db()
    chat.refresh_from_db()
    assert (clock.stopped_at is not None) == stopped
    assert (chat.due_at is None) == stopped
    assert chat.unanswered_count == (0 if stopped else 1)


def test_a_breach_is_noted_once_and_only_when_it_is_one(chat: Conversation) -> None:
    clock = _start(chat, ClockKind.LEAD)

    assert mark_breached(now=NOON + 30 * MINUTE) == 0
    assert mark_breached(now=NOON + 31 * MINUTE) == 1
    assert mark_breached(now=NOON + 32 * MINUTE) == 0

    clock.refresh_from_db()
    assert clock.breached_at == NOON + 31 * MINUTE
    told = AuditEvent.objects.filter(kind__startswith="inbox.").values_list("kind", flat=True)
    assert list(told) == ["inbox.clock.breached"]


def test_an_answered_clock_is_never_breached(chat: Conversation) -> None:
    _start(chat, ClockKind.LEAD)
    stop_clock(chat, now=NOON + 10 * MINUTE)

    assert mark_breached(now=NOON + 300 * MINUTE) == 0


def test_every_brand_is_looked_at(north: Brand, south: Brand, main: Brand) -> None:
    for brand in (north, main):
        with brand_scope(brand.pk):
            account = make_account(brand, "whatsapp", f"PN-{brand.slug}")
            for _ in range(2):
                conversation = make_conversation(account)
                make_message(conversation)
                _start(conversation, ClockKind.LEAD)

    assert check_clocks() == 4
    assert check_clocks() == 0
