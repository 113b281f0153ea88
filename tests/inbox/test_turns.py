"""Whose turn it is: served in turn, never more seats than allowed, quotas only defer. T9."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.payloads import signed_headers, whatsapp_text
from inbox.domain import pipeline, splitting, turns
from inbox.domain.pipeline import process_waiting
from inbox.domain.plans import along_the_index
from inbox.domain.seats import full_owners, take_seat
from inbox.domain.splitting import delivery_queues
from inbox.domain.turns import Turns, waiting
from inbox.models import (
    ChannelApp,
    InboundEvent,
    Message,
    OutboxItem,
    ReceivedDelivery,
)
from tenants.actors import SystemActor
from tenants.choices import Quota
from tenants.domain.quotas import set_quota
from tenants.models import Brand, QuotaUse, uuid7
from tenants.scope import agency_scope, all_brands, brand_scope
from tests.factories.inbox import make_account, make_app, make_conversation
from tests.factories.tenants import make_agency, make_brand
from tests.faults.parallel import run_parallel

SETUP = SystemActor("system", "tests")


@pytest.fixture
def app(north: Brand) -> ChannelApp:
    """One app that serves both brands of acme."""
    return make_app(north, "whatsapp")


@pytest.fixture
def numbers(app: ChannelApp, north: Brand, south: Brand) -> dict[str, Brand]:
    found = {"PN1": north, "PN2": south}
    for number, brand in found.items():
        with brand_scope(brand.pk):
            make_account(brand, "whatsapp", number, app=app)
    return found


def body(number: str, key: str) -> bytes:
    return whatsapp_text(
        number, person=f"49{key}", name="Lena", message_id=f"wamid.{number}.{key}", text="Hallo"
    )


def deliver(app: ChannelApp, number: str, count: int, *, prefix: str = "1") -> None:
    """As the door stores it, at once."""
    with agency_scope(app.agency_id):
        ReceivedDelivery.objects.bulk_create(
            ReceivedDelivery(
                agency_id=app.agency_id,
                app=app,
                channel="whatsapp",
                account_hint=number,
                body=(raw := body(number, f"{prefix}{n:06d}")),
                body_sha256=hashlib.sha256(raw).hexdigest(),
                received_at=timezone.now(),
            )
            for n in range(count)
        )


def put_events(brand: Brand, account: Any, count: int) -> None:
    """Made by the database: some tests want very many."""
    with brand_scope(brand.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_inboundevent (id, brand_id, account_id, delivery_ref, kind,"
            " dedupe_key, lane, payload, occurred_at, received_at, state, attempts, not_before,"
            " problem) SELECT gen_random_uuid(), %s, %s, gen_random_uuid(), 'x', 'k' || n,"
            " 'l' || n, '{}', now(), now(), 'pending', 0, now() - n * interval '1 ms', ''"
            " FROM generate_series(1, %s) AS n",
            [brand.pk, account.pk, count],
        )


def messages(brand: Brand) -> int:
    with brand_scope(brand.pk):
        return Message.objects.filter(direction="in").count()


class Log(Turns):
    """Keeps what it served, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.served: list[tuple[str, str]] = []

    def take(self, one: turns.Turn) -> int:
        moved = super().take(one)
        self.served.append((one.kind, one.owner))
        return moved


# The order of service


def test_a_flood_takes_turns_with_a_single_message(
    committed: None, app: ChannelApp, numbers: dict[str, Brand], north: Brand, south: Brand
) -> None:
    """The one delivery of south came after 200 of north, to the same app, and is done after two
    turns of north at most."""
    deliver(app, "PN1", 200)
    deliver(app, "PN2", 1, prefix="2")
    log = Log()

    while messages(south) == 0:
        log.take(log.in_order(waiting())[0])

    turns_of = Counter(owner for _kind, owner in log.served)
    assert turns_of[str(south.pk)] == 2  # its delivery, then its event
    assert turns_of[str(north.pk)] <= 2
    assert messages(north) < 60


def test_all_are_served_in_turn_until_nothing_waits(
    committed: None, app: ChannelApp, numbers: dict[str, Brand], north: Brand, south: Brand
) -> None:
    deliver(app, "PN1", 60)
    deliver(app, "PN2", 60, prefix="2")
    log = Log()

    done, has_more = log.serve(budget_s=60)

    assert (messages(north), messages(south), has_more) == (60, 60, False)
    assert done >= 240
    events = [owner for kind, owner in log.served if kind == "events"]
    alternating = events[: 2 * min(Counter(events).values())]
    assert all(a != b for a, b in zip(alternating[::2], alternating[1::2], strict=False))


def test_who_was_served_goes_behind_those_who_wait(db: None) -> None:
    order = Turns()
    one, two, three = (
        turns.Turn("events", name, name, uuid7(), lambda: 1) for name in ("a", "b", "c")
    )

    first = order.in_order([one, two, three])
    order.take(one)
    second = order.in_order([one, two, three])
    order.take(two)
    order.take(one)
    third = order.in_order([one, two, three])

    assert first == [one, two, three]
    assert second == [two, three, one]
    assert third == [three, two, one]


def test_a_brand_has_only_its_seats(
    committed: None, app: ChannelApp, numbers: dict[str, Brand], north: Brand, south: Brand
) -> None:
    """Somebody sits in north's only seat: for others north has no turn, south has."""
    deliver(app, "PN1", 30)
    deliver(app, "PN2", 30, prefix="2")

    with brand_scope(north.pk):
        assert take_seat(north.pk)
        (served,) = run_parallel(lambda: Turns().serve(budget_s=20))
        assert (messages(north), served[0] > 0) == (0, True)

    assert messages(south) == 30
    Turns().serve(budget_s=20)
    assert messages(north) == 30


def test_a_full_brand_is_seen_without_taking_a_seat(
    committed: None, north: Brand, south: Brand
) -> None:
    asked = [str(north.pk), str(south.pk)]

    with brand_scope(north.pk):
        assert take_seat(north.pk)
        assert run_parallel(lambda: full_owners(asked)) == [{str(north.pk)}]

    assert full_owners(asked) == set()


def test_a_seat_is_free_again_after_the_transaction(north: Brand) -> None:
    with brand_scope(north.pk):
        assert take_seat(north.pk)
    with brand_scope(north.pk):
        assert take_seat(north.pk)


def test_several_workers_do_everything_once(
    committed: None, app: ChannelApp, numbers: dict[str, Brand], north: Brand, south: Brand
) -> None:
    deliver(app, "PN1", 60)
    deliver(app, "PN2", 60, prefix="2")

    run_parallel(*[lambda: Turns().serve(budget_s=30)] * 3)
    Turns().serve(budget_s=30)

    assert (messages(north), messages(south)) == (60, 60)


def test_who_leaves_work_behind_says_so(
    committed: None, app: ChannelApp, numbers: dict[str, Brand], north: Brand
) -> None:
    deliver(app, "PN1", 30)

    assert Turns().serve(budget_s=0.0) == (0, True)


# Queues of deliveries


def test_every_account_of_an_app_has_a_queue_of_its_own(
    app: ChannelApp, numbers: dict[str, Brand], north: Brand, south: Brand
) -> None:
    deliver(app, "PN1", 3)
    deliver(app, "PN2", 1, prefix="2")
    deliver(app, "", 2, prefix="3")
    deliver(app, "STRANGER", 1, prefix="4")

    with agency_scope(app.agency_id):
        found = {queue.hint: queue.owner for queue in delivery_queues()}

    assert found == {
        "": f"{app.pk}/",
        "PN1": str(north.pk),
        "PN2": str(south.pk),
        "STRANGER": f"{app.pk}/STRANGER",
    }


def test_the_door_notes_the_account(app: ChannelApp, numbers: dict[str, Brand]) -> None:
    raw = body("PN2", "1")

    answer = Client().post(
        app.webhook_path, raw, content_type="application/json",
        headers=signed_headers(raw, app.app_secret),
    )  # fmt: skip

    assert answer.status_code == 200
    with agency_scope(app.agency_id):
        assert ReceivedDelivery.objects.get().account_hint == "PN2"


def test_a_wrong_hint_changes_no_owner(
    committed: None, app: ChannelApp, numbers: dict[str, Brand], north: Brand, south: Brand
) -> None:
    with agency_scope(app.agency_id):
        raw = body("PN2", "1")
        ReceivedDelivery.objects.create(
            agency_id=app.agency_id, app=app, channel="whatsapp", account_hint="PN1", body=raw,
            body_sha256="0" * 64, received_at=timezone.now(),
        )  # fmt: skip

    Turns().serve(budget_s=20)

    assert (messages(north), messages(south)) == (0, 1)


# The cost of looking


def _flooded(agencies: int) -> None:
    for number in range(agencies):
        agency = make_agency(f"a{number}")
        brand = make_brand(agency, "b")
        app = make_app(brand, "whatsapp")
        with brand_scope(brand.pk):
            account = make_account(brand, "whatsapp", f"N{number}", app=app)
        deliver(app, f"N{number}", 2 if number else 400)
        put_events(brand, account, 2 if number else 400)


@contextmanager
def _explained(statement: str, params: list[Any]) -> Iterator[str]:
    with all_brands(reason="tests"), along_the_index(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {statement}", params)
        yield "\n".join(row for (row,) in cursor.fetchall())


@pytest.mark.parametrize("what", ["deliveries", "events"])
def test_looking_reads_one_row_per_queue_however_long_it_is(db: None, what: str) -> None:
    _flooded(4)
    statement, params = {
        "deliveries": (splitting._QUEUES, []),
        "events": (turns._EVENTS, [timezone.now()]),
    }[what]

    with _explained(statement, params) as plan:
        scans = re.findall(
            r"(?:Index.* Scan using|Seq Scan on).*?rows=([\d.]+) loops=(\d+)\)", plan
        )
        read = sum(float(rows) * int(loops) for rows, loops in scans)
        dropped = sum(map(int, re.findall(r"Rows Removed by Filter: (\d+)", plan)))

    assert len(scans) >= 3, plan
    assert read <= 20, plan
    assert dropped <= 20, plan


def test_looking_is_a_fixed_number_of_statements(
    db: None, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    _flooded(1)
    with django_assert_num_queries(LOOK_STATEMENTS):
        assert len(waiting()) == 2
    _flooded_more()
    with django_assert_num_queries(LOOK_STATEMENTS):
        assert len(waiting()) == 8


LOOK_STATEMENTS = 11


def _flooded_more() -> None:
    for number in range(10, 13):
        agency = make_agency(f"a{number}")
        brand = make_brand(agency, "b")
        app = make_app(brand, "whatsapp")
        with brand_scope(brand.pk):
            account = make_account(brand, "whatsapp", f"N{number}", app=app)
        deliver(app, f"N{number}", 2)
        put_events(brand, account, 2)


def test_claiming_events_does_not_read_the_backlog(north: Brand, south: Brand) -> None:
    with brand_scope(north.pk):
        account = make_account(north, "whatsapp", "N1")
    put_events(north, account, 20_000)
    with brand_scope(north.pk), along_the_index():
        due = (
            InboundEvent.objects.filter(state="pending", not_before__lte=timezone.now())
            .order_by("not_before", "id")
            .values_list("lane", flat=True)[: pipeline._WINDOW]
        )
        plan = due.explain(analyze=True, costs=False, timing=False, summary=False)

    assert re.search(r"using event_due .*actual rows=100", plan), plan
    assert "Sort" not in plan


# Lanes


def test_what_waits_behind_a_failing_event_does_not_stand_in_the_way(
    north: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One lane with more events than a look takes in, its head failing; another lane behind it."""
    with brand_scope(north.pk):
        account = make_account(north, "whatsapp", "N1")
        now = timezone.now()
        lanes = ["bad"] * (pipeline._WINDOW + 20) + ["good"]
        for n, lane in enumerate(lanes):
            InboundEvent.objects.create(
                brand=north, account=account, delivery_ref=uuid7(), kind="x", dedupe_key=f"k{n}",
                lane=lane, payload={}, occurred_at=now, received_at=now, not_before=now,
            )  # fmt: skip
    done: list[str] = []

    def apply(_event: Any, *, row: InboundEvent, **_kwargs: Any) -> str:
        if row.lane == "bad":
            raise ZeroDivisionError
        done.append(row.lane)
        return ""

    monkeypatch.setattr(pipeline, "apply_event", apply)
    monkeypatch.setattr(pipeline.Event, "from_json", lambda _payload: None)
    monkeypatch.setattr(pipeline, "reading_ahead", _nothing)
    process_waiting(north.pk)

    assert done == ["good"]
    with brand_scope(north.pk):
        head = InboundEvent.objects.order_by("id")[0]
        behind = InboundEvent.objects.filter(lane="bad").exclude(pk=head.pk)
        assert head.attempts == 1
        assert {row.not_before for row in behind} == {head.not_before}

    monkeypatch.setattr(pipeline, "apply_event", lambda *_a, **_k: "")
    with time_machine.travel(head.not_before + timedelta(seconds=1)):
        process_waiting(north.pk)
    with brand_scope(north.pk):
        assert not InboundEvent.objects.filter(state="pending").exists()


@contextmanager
def _nothing(_pairs: Any) -> Iterator[None]:
    yield


# Quotas


def test_over_its_quota_a_brands_webhooks_are_taken_in_and_worked_on_later(
    committed: None, app: ChannelApp, numbers: dict[str, Brand], north: Brand, south: Brand
) -> None:
    with brand_scope(north.pk):
        set_quota(north, Quota.EVENTS, limit=2, reason="test", actor=SETUP)
    client = Client()
    minute = timezone.now().replace(second=1, microsecond=0) + timedelta(minutes=1)
    with time_machine.travel(minute, tick=True):
        for n in range(5):
            raw = body("PN1", str(n))
            answer = client.post(
                app.webhook_path, raw, content_type="application/json",
                headers=signed_headers(raw, app.app_secret),
            )  # fmt: skip
            assert answer.status_code == 200
        deliver(app, "PN2", 3, prefix="2")

        Turns().serve(budget_s=20)

        assert (messages(north), messages(south)) == (2, 3)
        with brand_scope(north.pk):
            use = QuotaUse.objects.get(resource=Quota.EVENTS)
            assert use.used == 2
            assert use.deferred_at is not None
            assert InboundEvent.objects.filter(state="pending").count() == 3
    with time_machine.travel(minute + timedelta(minutes=1), tick=True):
        Turns().serve(budget_s=20)
        assert messages(north) == 4


def test_sending_stops_at_the_brands_quota_and_goes_on_in_the_next_minute(
    north: Brand, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BRAND_SEATS = 10  # what is being sent holds a seat, and here nothing ever ends
    sent: list[Any] = []
    monkeypatch.setattr(
        "inbox.domain.sending._carry_out", lambda _brand, claim: sent.append(claim.item_id)
    )
    with brand_scope(north.pk):
        set_quota(north, Quota.SENDS, limit=2, reason="test", actor=SETUP)
        account = make_account(north, "whatsapp", "N1")
        for n in range(4):
            now = timezone.now() - timedelta(minutes=5)
            OutboxItem.objects.create(
                brand=north, account=account, conversation=make_conversation(account),
                action="message", recipient="49", text=f"Hallo {n}", actor_ref="x",
                idempotency_key=f"k{n}", created_at=now, not_before=now, state="queued",
            )  # fmt: skip
    minute = timezone.now().replace(second=1, microsecond=0)
    with time_machine.travel(minute, tick=True):
        for _round in range(4):
            Turns().serve(budget_s=1)
        assert len(sent) == 2
    with time_machine.travel(minute + timedelta(minutes=2), tick=True):
        for _round in range(4):
            Turns().serve(budget_s=1)
    assert len(sent) == 4
