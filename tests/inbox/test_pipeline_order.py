"""Order and repetition of what comes in: edits, removals, receipts, parallel workers."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.domain import pipeline, receiving
from inbox.domain.effects import apply_event
from inbox.domain.lists import inbox_stages
from inbox.domain.pipeline import process_waiting
from inbox.domain.receipts import note_status
from inbox.models import (
    ChannelAccount,
    Contact,
    Conversation,
    InboundEvent,
    Message,
    MessageRevision,
    Tombstone,
)
from inbox.providers.events import Author, Event, EventKind
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.faults.parallel import run_parallel

NOW = timezone.now()
MAX = Author("9001", name="Max D.")


class Inbox:
    """north's page, fed with events."""

    def __init__(self, brand: Brand, channel: str = "facebook") -> None:
        self.brand = brand
        with brand_scope(brand.pk):
            self.account = make_account(brand, channel, f"acc-{channel}")

    def event(self, kind: EventKind, external_id: str, *, at: int = 0, **fields: Any) -> Event:
        """``at``: seconds after the start."""
        return Event(
            channel=self.account.channel,
            account_id=self.account.external_id,
            kind=kind,
            external_id=external_id,
            occurred_at=NOW + timedelta(seconds=at),
            **{"lane": external_id, "author": MAX, "discriminator": str(at)} | fields,
        )

    def apply(self, *events: Event) -> list[str]:
        """One after the other, at once; returns their notes."""
        with brand_scope(self.brand.pk):
            account = ChannelAccount.objects.get(pk=self.account.pk)
            row = InboundEvent(received_at=NOW)
            return [apply_event(one, account=account, row=row, now=NOW) for one in events]

    def store(self, events: Iterable[Event], **fields: Any) -> list[InboundEvent]:
        """As the splitter does: they wait to be processed."""
        with brand_scope(self.brand.pk):
            return [
                InboundEvent.objects.create(
                    brand_id=self.brand.pk,
                    account=self.account,
                    delivery_ref=self.account.pk,
                    kind=one.kind.value,
                    dedupe_key=one.dedupe_key,
                    lane=one.lane,
                    payload=one.to_json(),
                    occurred_at=one.occurred_at,
                    received_at=NOW,
                    **{"not_before": NOW} | fields,
                )
                for one in events
            ]

    def message(self, external_id: str = "c1") -> Message:
        with brand_scope(self.brand.pk):
            return Message.objects.get(external_id=external_id)

    def texts(self) -> list[str]:
        with brand_scope(self.brand.pk):
            return list(Message.objects.order_by("id").values_list("text", flat=True))


@pytest.fixture
def inbox(north: Brand) -> Inbox:
    return Inbox(north)


@pytest.fixture
def shared(committed: None, north: Brand) -> Inbox:
    """With rows that other threads can see."""
    return Inbox(north)


def story(inbox: Inbox) -> list[Event]:
    """A comment, edited twice."""
    return [
        inbox.event(EventKind.COMMENT_ADD, "c1", at=0, text="eins"),
        inbox.event(EventKind.COMMENT_EDIT, "c1", at=5, text="zwei"),
        inbox.event(EventKind.COMMENT_EDIT, "c1", at=9, text="drei"),
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_edit_is_shown_whatever_comes_first(
    inbox: Inbox, order: tuple[int, ...]
) -> None:
    events = story(inbox)

    inbox.apply(*[events[number] for number in order])

    message = inbox.message()
    assert message.text == "drei"
    with brand_scope(inbox.brand.pk):
        assert Message.objects.count() == 1
        assert message.triages.filter(revision=message.revision).count() == 1
        earlier = MessageRevision.objects.order_by("revision").values_list("text", flat=True)
        assert "drei" not in earlier
        assert AuditEvent.objects.filter(kind="inbox.message.received").count() == 1


def test_edits_in_order_keep_every_earlier_text(inbox: Inbox) -> None:
    inbox.apply(*story(inbox), *story(inbox))

    message = inbox.message()
    with brand_scope(inbox.brand.pk):
        earlier = MessageRevision.objects.order_by("revision").values_list("revision", "text")
        assert list(earlier) == [(1, "eins"), (2, "zwei")]
        assert [t.revision for t in message.triages.order_by("revision")] == [1, 2, 3]
    assert (message.text, message.revision) == ("drei", 3)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_removed_comment_stays_removed_whatever_comes_after(
    inbox: Inbox, order: tuple[int, ...]
) -> None:
    events = [
        inbox.event(EventKind.COMMENT_ADD, "c1", text="weg damit"),
        inbox.event(EventKind.COMMENT_EDIT, "c1", at=3, text="wirklich weg damit"),
        inbox.event(EventKind.COMMENT_DELETE, "c1", at=9),
    ]

    inbox.apply(*[events[number] for number in order])

    with brand_scope(inbox.brand.pk):
        assert not Message.objects.exclude(text="").exists()
        assert not MessageRevision.objects.exists()
        gone = Message.objects.filter(visibility="removed").count()
        assert gone + Tombstone.objects.count() == 1
        assert not Conversation.objects.exclude(preview="").exists()


def test_a_removal_twice_is_told_once(inbox: Inbox) -> None:
    remove = inbox.event(EventKind.COMMENT_DELETE, "c1", at=9)

    notes = inbox.apply(story(inbox)[0], remove, remove)

    with brand_scope(inbox.brand.pk):
        assert AuditEvent.objects.filter(kind="inbox.message.removed").count() == 1
    assert notes == ["", "", ""]


STATUSES = ("sent", "delivered", "read")


@pytest.mark.parametrize("order", list(permutations(STATUSES)))
def test_a_status_only_moves_forward(north: Brand, order: tuple[str, ...]) -> None:
    inbox = Inbox(north, "whatsapp")
    with brand_scope(north.pk):
        conversation = make_conversation(inbox.account)
        make_message(conversation, direction="out", external_id="m1", status="sent")
    shown = []

    for status in order:
        inbox.apply(inbox.event(EventKind.DM_STATUS, "m1", status=status))
        shown.append(inbox.message("m1").status)

    ranks = [STATUSES.index(status) for status in shown]
    assert shown[-1] == "read"
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("before", "told", "after"),
    [
        ("read", "delivered", "read"),
        ("read", "failed", "read"),
        ("delivered", "failed", "delivered"),
        ("sent", "failed", "failed"),
        ("failed", "sent", "failed"),
        ("failed", "delivered", "failed"),
        ("delivered", "played", "read"),
        ("sent", "of the future", "sent"),
    ],
)
def test_what_a_status_may_change(north: Brand, before: str, told: str, after: str) -> None:
    inbox = Inbox(north, "whatsapp")
    with brand_scope(north.pk):
        conversation = make_conversation(inbox.account)
        make_message(conversation, direction="out", external_id="m1", status=before)

        event = inbox.event(EventKind.DM_STATUS, "m1", status=told)
        note_status(event, account=inbox.account, now=NOW)

    assert inbox.message("m1").status == after


def test_workers_at_once_keep_each_lane_in_order(shared: Inbox) -> None:
    lanes, turns = 6, 8
    events = [
        shared.event(
            EventKind.COMMENT_ADD,
            f"c{lane}-{turn}",
            at=turn,
            text=f"{lane} {turn}",
            lane=f"lane{lane}",
            root_external_id=f"post{lane}",
            author=Author(f"90{lane}", name=f"Max {lane}"),
        )
        for turn in range(turns)
        for lane in range(lanes)
    ]
    shared.store(events)

    run_parallel(*[lambda: process_waiting(shared.brand.pk)] * 4)
    process_waiting(shared.brand.pk)

    texts = shared.texts()
    assert len(texts) == lanes * turns
    for lane in range(lanes):
        mine = [text for text in texts if text.startswith(f"{lane} ")]
        assert mine == [f"{lane} {turn}" for turn in range(turns)]
    with brand_scope(shared.brand.pk):
        assert Conversation.objects.count() == lanes
        assert {c.unanswered_count for c in Conversation.objects.all()} == {turns}


def test_a_new_person_in_many_lanes_at_once_is_one_contact(shared: Inbox) -> None:
    shared.store(
        shared.event(
            EventKind.COMMENT_ADD, f"c{n}", text=f"Hallo {n}", root_external_id=f"p{n % 3}"
        )
        for n in range(24)
    )

    run_parallel(*[lambda: process_waiting(shared.brand.pk)] * 4)
    with brand_scope(shared.brand.pk):
        InboundEvent.objects.filter(state="pending").update(not_before=NOW)
    process_waiting(shared.brand.pk)

    with brand_scope(shared.brand.pk):
        assert Message.objects.count() == 24
        assert Contact.objects.count() == 1
        assert Conversation.objects.count() == 3
        assert sum(c.unanswered_count for c in Conversation.objects.all()) == 24
        assert AuditEvent.objects.filter(kind="inbox.message.received").count() == 24


def test_a_failing_event_holds_its_lane_and_no_other(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = inbox.event(EventKind.COMMENT_ADD, "c1", text="gift", lane="a")
    after = inbox.event(EventKind.COMMENT_ADD, "c2", text="danach", lane="a")
    other = inbox.event(EventKind.COMMENT_ADD, "c3", text="nebenan", lane="b")
    rows = inbox.store([poison, after, other])
    real = pipeline.apply_event

    def apply(event: Event, **kwargs: Any) -> str:
        if event.text == "gift":
            raise ZeroDivisionError
        return real(event, **kwargs)

    monkeypatch.setattr(pipeline, "apply_event", apply)
    process_waiting(inbox.brand.pk)

    assert inbox.texts() == ["nebenan"]
    waits: list[datetime] = []
    for _attempt in range(pipeline.MAX_ATTEMPTS - 1):
        with brand_scope(inbox.brand.pk):
            row = InboundEvent.objects.get(pk=rows[0].pk)
            waits.append(row.not_before)
            assert (row.state, row.problem) == ("pending", "ZeroDivisionError while processing")
            row.not_before = NOW
            row.save()
        process_waiting(inbox.brand.pk)

    process_waiting(inbox.brand.pk)

    assert waits == sorted(waits)
    assert inbox.texts() == ["nebenan", "danach"]
    with brand_scope(inbox.brand.pk):
        row = InboundEvent.objects.get(pk=rows[0].pk)
        assert (row.state, row.attempts) == ("dead", pipeline.MAX_ATTEMPTS)


def test_a_failed_effect_leaves_no_half(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of an event's rows, or none: the ledger tells of nothing that is not there."""

    def fail(_item: Any) -> None:
        raise ZeroDivisionError

    stages = (*inbox_stages(), fail)
    monkeypatch.setattr(receiving, "inbox_stages", lambda: stages)
    inbox.store([inbox.event(EventKind.COMMENT_ADD, "c1", text="halb")])

    process_waiting(inbox.brand.pk)

    with brand_scope(inbox.brand.pk):
        assert InboundEvent.objects.get().attempts == 1
        for model in (Message, Conversation, Contact):
            assert not model.objects.exists()
        assert not AuditEvent.objects.filter(kind__startswith="inbox.").exists()


def test_the_same_events_in_any_order_and_number_end_alike(north: Brand) -> None:
    """Deliveries come at least once and in no order: what is shown must not depend on it."""
    inbox = Inbox(north)
    rng = random.Random(7)  # noqa: S311 -- repeatable, no secret
    ends = set()
    for round_ in range(8):
        key = f"r{round_}"
        events = [
            inbox.event(EventKind.COMMENT_ADD, key, at=0, text="eins"),
            inbox.event(EventKind.COMMENT_EDIT, key, at=5, text="zwei"),
            inbox.event(EventKind.COMMENT_EDIT, key, at=9, text="drei"),
            inbox.event(EventKind.COMMENT_EDIT, key, at=12, text="vier"),
        ]
        told = [*events, *rng.choices(events, k=4)]
        rng.shuffle(told)

        inbox.apply(*told)

        message = inbox.message(key)
        ends.add((message.text, str(message.edited_at), message.visibility))

    assert ends == {("vier", str(NOW + timedelta(seconds=12)), "visible")}
