"""Whose turn it is: one brand's flood must not delay another brand. Requirement T9.

Any wake-up means "look who waits". A worker then serves the queue it has served longest ago, for
one short turn, and looks again. Queues are: deliveries per app and account, events per brand,
outbox per brand. A brand has ``settings.BRAND_SEATS`` workers at most, so that the others stay free
for the others; what finds no seat, no quota or nothing due is left out until the next wake-up.
Whose turn it was is kept in the process: it is about order only, and losing it costs nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from inbox.domain.pipeline import BATCH, process_batch
from inbox.domain.plans import along_the_index
from inbox.domain.seats import Seat, full_owners
from inbox.domain.sending import in_flight, send_next
from inbox.domain.splitting import DeliveryQueue, delivery_queues, split_batch
from inbox.models import ChannelPoll
from tenants.choices import Quota
from tenants.domain.quotas import room, spend
from tenants.scope import all_brands  # noqa: TID251 -- looks who waits, a platform job

SENDS_PER_TURN = 5
SEND_TURN_S = 0.2
EVENTS_TURN_S = 0.3
FEWEST = 5
LOOK_AGAIN_S = 0.1
PASS_S = 0.25
"""What could not be served (no quota, held by others) is not tried again for so long."""
BUSY_S = 0.05
"""The same for a brand whose seats are taken: a turn is short."""
LOOK_SHARE = 8
"""A look that took long is used for that many times as long."""

type Kind = Literal["deliveries", "events", "outbox"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One queue that waits. ``key`` tells it from all others; ``owner`` is the brand, or the app
    and account of deliveries that no brand has connected. ``place``: the agency of deliveries, else
    the brand."""

    kind: Kind
    owner: str
    key: str
    place: UUID
    take: Callable[[], int] = field(compare=False, repr=False)

    @property
    def seats_of(self) -> str:
        """Whose seat is needed."""
        return f"outbox/{self.owner}" if self.kind == "outbox" else self.owner


_DUE = """
WITH RECURSIVE head AS (
    (SELECT brand_id FROM {table} WHERE {open} ORDER BY brand_id LIMIT 1)
    UNION ALL
    SELECT following.* FROM head CROSS JOIN LATERAL (
        SELECT brand_id FROM {table} row WHERE {open} AND row.brand_id > head.brand_id
        ORDER BY row.brand_id LIMIT 1) AS following
)
SELECT head.brand_id FROM head CROSS JOIN LATERAL (
    SELECT 1 FROM {table} row WHERE {open} AND row.brand_id = head.brand_id
    AND row.not_before <= %s LIMIT 1) AS due
"""
_EVENTS = _DUE.format(table="inbox_inboundevent", open="state = 'pending'")
_OUTBOX = _DUE.format(table="inbox_outboxitem", open="state IN ('queued', 'sending', 'unknown')")


def waiting(*, now: datetime | None = None) -> list[Turn]:
    """Every queue with something due, in no order. Three statements, one index step per queue."""
    now = now or timezone.now()
    with all_brands(reason="look whose turn it is"), along_the_index():
        deliveries = delivery_queues()
        events, outbox = _brands(_EVENTS, now), _brands(_OUTBOX, now)
    return [
        *(
            Turn(
                "deliveries",
                one.owner,
                f"{one.app_id}/{one.hint}",
                one.agency_id,
                partial(_split, one),
            )
            for one in deliveries
        ),
        *(Turn("events", str(pk), str(pk), pk, partial(_work_on, pk)) for pk in events),
        *(Turn("outbox", str(pk), str(pk), pk, partial(_send, pk)) for pk in outbox),
    ]


def _brands(statement: str, now: datetime) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [now])
        return [brand_id for (brand_id,) in cursor.fetchall()]


def due_polls(*, now: datetime) -> list[UUID]:
    """Brands with an account to be asked. One statement."""
    with all_brands(reason="look which accounts are to be asked"):
        rows = ChannelPoll.objects.filter(next_at__lte=now).exclude(lease_until__gt=now)
        return list(rows.order_by().values_list("brand_id", flat=True).distinct())


class Pace:
    """How many events fit into one turn, from how long the last ones took: on a busy machine a turn
    shall not become long."""

    def __init__(self) -> None:
        self._s_per_event = EVENTS_TURN_S / BATCH

    def share(self) -> int:
        """Between ``FEWEST`` and ``BATCH``."""
        return max(FEWEST, min(BATCH, round(EVENTS_TURN_S / self._s_per_event)))

    def note(self, count: int, seconds: float) -> None:
        self._s_per_event += (seconds / count - self._s_per_event) / 4


_pace = Pace()


def _split(queue: DeliveryQueue) -> int:
    seat = Seat(queue.owner)
    return seat.said(split_batch(queue, may_start=seat.take))


def _work_on(brand_id: UUID) -> int:
    """One batch. Over its quota the brand's events wait, as stored, for the next minute."""
    seat, began = Seat(brand_id), time.monotonic()

    def share() -> int:
        allowed = min(_pace.share(), room(brand_id, Quota.EVENTS, now=timezone.now()))
        return allowed if allowed and seat.take() else 0

    def count(done: int) -> None:
        spend(brand_id, Quota.EVENTS, done, now=timezone.now())
        _pace.note(done, time.monotonic() - began)

    return seat.said(process_batch(brand_id, share=share, after=count).moved)


def _send(brand_id: UUID) -> int:
    """A few items, one after the other, as long as the network answers quickly."""
    seat = Seat(f"outbox/{brand_id}")

    def may_start() -> bool:
        now = timezone.now()
        return (
            room(brand_id, Quota.SENDS, now=now) > 0
            and seat.take()
            and in_flight(brand_id, now=now) < settings.BRAND_SEATS
        )

    count, stop_at = 0, time.monotonic() + SEND_TURN_S
    while count < SENDS_PER_TURN and send_next(brand_id, may_start=may_start):
        count += 1
        if time.monotonic() >= stop_at:
            break
    return seat.said(count)


class Turns:
    """The order of service of one worker process."""

    def __init__(self) -> None:
        self._served: dict[tuple[Kind, str], int] = {}
        self._count = 0

    def serve(self, *, budget_s: float) -> tuple[int, bool]:
        """Serve turn by turn; (pieces of work done, whether more waits).

        Ends when nothing can be served any more, or after ``budget_s`` seconds.
        """
        stop_at = time.monotonic() + budget_s
        again_at: dict[tuple[Kind, str], float] = {}
        done = 0
        while (began := time.monotonic()) < stop_at:
            found = waiting()
            full = full_owners(one.seats_of for one in found)
            turns = [
                one
                for one in found
                if again_at.get((one.kind, one.key), began) <= began and one.seats_of not in full
            ]
            look_again_at = time.monotonic() + max(
                LOOK_AGAIN_S, LOOK_SHARE * (time.monotonic() - began)
            )
            if not turns:
                # Who finds all seats taken leaves it to those who sit there. Who has just sat there
                # must not: the others may have found them taken and gone.
                return done, bool(done and found)
            for one in self.in_order(turns):
                moved = self.take(one)
                done += max(0, moved)
                if moved <= 0:
                    wait_s = BUSY_S if moved == Seat.NONE else PASS_S
                    again_at[one.kind, one.key] = time.monotonic() + wait_s
                if time.monotonic() >= min(look_again_at, stop_at):
                    break
        return done, True

    def in_order(self, turns: list[Turn]) -> list[Turn]:
        """Longest not served first; among those never served as they came."""
        return sorted(turns, key=lambda one: self._served.get((one.kind, one.key), 0))

    def take(self, one: Turn) -> int:
        self._count += 1
        self._served[one.kind, one.key] = self._count
        if len(self._served) > 10_000:
            oldest = sorted(self._served, key=self._served.__getitem__)[:5_000]
            for key in oldest:
                del self._served[key]
        return one.take()


_turns = Turns()


def serve(*, budget_s: float = 5.0) -> tuple[int, bool]:
    """What a woken worker does. See ``Turns.serve``."""
    return _turns.serve(budget_s=budget_s)
