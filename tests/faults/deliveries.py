"""Faults of what is handed in. They run against a whole installation and in the tests alike."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from compliance.models import AuditEvent
from inbox.choices import EventState
from inbox.models import InboundEvent, Message, Tombstone
from inbox.providers.sandbox import payloads
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.faults.books import Verdict, check_dead, check_messages, dead
from tests.faults.wire import Channel, Delivery, Network, comment_change, page_delivery, text_change


class Ground(Protocol):
    """Where a fault happens: a brand with two channels, and workers."""

    brand: Brand
    network: Network
    whatsapp: Channel
    page: Channel

    def settle(self) -> None:
        """Until nothing of the brand waits any more. Raises: TimeoutError."""


type Fault = Callable[[Ground], Verdict]


def five_times_at_once(ground: Ground) -> Verdict:
    """The network delivers the same bytes five times in parallel, for three bodies."""
    mark, verdict = _mark(), Verdict()
    bodies = []
    for number in range(3):
        ids = [f"wamid.five{mark}.{number}.{turn}" for turn in range(4)]
        changes = [text_change(one, f"Hallo {one}", f"five{mark}{number}") for one in ids]
        envelope = payloads.whatsapp_envelope(ground.whatsapp.account, changes=changes)
        bodies.append(Delivery(ground.whatsapp, payloads.body_of(envelope), tuple(ids)))

    with ThreadPoolExecutor(15) as pool:
        answers = list(pool.map(ground.network.post, bodies * 5))
    ground.settle()

    verdict.expect(answers == [200] * 15, f"answers {sorted(set(answers))}")
    check_messages(verdict, ground.brand, [one for body in bodies for one in body.ids])
    return verdict


def one_malformed_item(ground: Ground) -> Verdict:
    """A batch of seven in which one item is no message at all and one lacks its id."""
    mark, verdict = _mark(), Verdict()
    before = dead(ground.brand)
    ids = [f"wamid.bad{mark}.{turn}" for turn in range(5)]
    changes = [text_change(one, f"Hallo {one}", f"bad{mark}") for one in ids]
    nameless = text_change("", "ohne Kennung", f"bad{mark}")
    changes.insert(2, {"messages": [17]})
    changes.insert(4, nameless)
    envelope = payloads.whatsapp_envelope(ground.whatsapp.account, changes=changes)

    ground.network.deliver(Delivery(ground.whatsapp, payloads.body_of(envelope), tuple(ids)))
    ground.settle()

    check_messages(verdict, ground.brand, ids)
    check_dead(verdict, ground.brand, expected=before + 2)
    return verdict


def unknown_type(ground: Ground) -> Verdict:
    """Kinds no release of ours has heard of, beside a comment: kept, and the comment arrives."""
    mark, verdict = _mark(), Verdict()
    comment_id = f"1_new{mark}"
    changes = [
        {"field": "hologram", "value": {"id": mark, "depth": 3}},
        {"field": "feed", "value": {"item": "comment", "verb": "sing", "comment_id": mark}},
        comment_change(ground.page, comment_id),
    ]

    ground.network.deliver(page_delivery(ground.page, changes, comment_id))
    ground.settle()

    check_messages(verdict, ground.brand, [comment_id])
    with brand_scope(ground.brand.pk):
        kept = InboundEvent.objects.filter(state=EventState.KEPT, payload__icontains=mark)
        raw = [json.dumps(row.payload["raw"]) for row in kept]
    verdict.checked += 2
    verdict.lose(f"{len(raw)} of 2 unknown items kept", 2 - len(raw))
    verdict.expect(any("hologram" in one for one in raw), "the unknown item's field is gone")
    return verdict


def removal_before_comment(ground: Ground) -> Verdict:
    """The removal overtakes the comment by a whole delivery; its sibling is not touched."""
    mark, verdict = _mark(), Verdict()
    gone, stays = f"1_gone{mark}", f"1_stays{mark}"

    remove = comment_change(ground.page, gone, verb="remove")
    ground.network.deliver(page_delivery(ground.page, [remove]))
    ground.settle()
    late = [comment_change(ground.page, gone), comment_change(ground.page, stays)]
    ground.network.deliver(page_delivery(ground.page, late, stays))
    ground.settle()

    check_messages(verdict, ground.brand, [stays])
    with brand_scope(ground.brand.pk):
        shown = Message.objects.filter(external_id=gone).count()
        stones = Tombstone.objects.filter(external_id=gone).count()
        events = InboundEvent.objects.filter(payload__external_id=gone, state=EventState.DONE)
        told = AuditEvent.objects.filter(kind="inbox.message.received").count()
        received = Message.objects.filter(direction="in").count()
        verdict.expect(events.count() == 2, f"{events.count()} of 2 events done")
    verdict.checked += 1
    verdict.expect(shown == 0, "a removed comment is shown")
    verdict.expect(stones == 1, f"{stones} tombstones")
    verdict.expect(told == received, f"{told} arrivals audited for {received} messages")
    return verdict


def _mark() -> str:
    """New for every run: the same installation may see a fault twice."""
    return f"{time.time_ns() % 10**12}"
