"""What was accepted against what is there: lost, doubled, out of order, stuck."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from compliance.models import AuditEvent
from inbox.choices import DeliveryState, Direction, EventState, OutboxState
from inbox.models import InboundEvent, Message, OutboxItem, ReceivedDelivery, Triage
from tenants.models import Brand
from tenants.scope import agency_scope, brand_scope

OPEN = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)


@dataclass
class Verdict:
    """Counts and, in words, what is wrong. ``wrong`` empty: all is well."""

    checked: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    def lose(self, what: str, count: int = 1) -> None:
        if count:
            self.lost += count
            self.wrong.append(what)

    def double(self, what: str, count: int = 1) -> None:
        if count:
            self.doubled += count
            self.wrong.append(what)

    def expect(self, is_so: bool, what: str) -> None:
        """Something else that must hold."""
        if not is_so:
            self.wrong.append(what)


def check_messages(verdict: Verdict, brand: Brand, ids: Sequence[str]) -> None:
    """Each id has one message, judged once and audited once; nothing of the brand is stuck."""
    wanted = set(ids)
    verdict.checked += len(wanted)
    with brand_scope(brand.pk):
        rows = list(
            Message.objects.filter(direction=Direction.INBOUND, external_id__in=wanted).values_list(
                "pk", "external_id"
            )
        )
        keys = [pk for pk, _external_id in rows]
        judged = Counter(
            Triage.objects.filter(message_id__in=keys, revision=1).values_list(
                "message_id", flat=True
            )
        )
        audited = Counter(
            AuditEvent.objects.filter(
                kind="inbox.message.received", object_ref__in=[str(key) for key in keys]
            ).values_list("object_ref", flat=True)
        )
    missing = sorted(wanted - {external_id for _pk, external_id in rows})
    verdict.lose(f"no message for {missing[:3]} and {len(missing)} in all", len(missing))
    verdict.double("two messages with one id", len(rows) - len({row[1] for row in rows}))
    unjudged = [key for key in keys if not judged[key] or not audited[str(key)]]
    verdict.lose(f"{len(unjudged)} messages did not walk all stages", len(unjudged))
    twice = [key for key in keys if judged[key] > 1 or audited[str(key)] > 1]
    verdict.double(f"{len(twice)} messages walked the stages twice", len(twice))


def check_order(verdict: Verdict, brand: Brand, ids: Iterable[str]) -> None:
    """Messages of one person were taken in as they were said (ids end in ``.person.turn``)."""
    with brand_scope(brand.pk):
        rows = Message.objects.filter(external_id__in=list(ids)).order_by("id")
        by_thread: dict[UUID, list[str]] = {}
        for thread, external_id in rows.values_list("conversation_id", "external_id"):
            by_thread.setdefault(thread, []).append(external_id or "")
    mixed = [one for one in by_thread.values() if one != sorted(one, key=_turn)]
    verdict.expect(not mixed, f"order lost in {len(mixed)} threads, first {mixed[:1]}")


def _turn(external_id: str) -> int:
    return int(external_id.rpartition(".")[2])


def check_send(verdict: Verdict, brand: Brand, item_id: UUID, *, times: int) -> None:
    """The item is sent, and its text stands on the network (``times``) once."""
    verdict.checked += 1
    with brand_scope(brand.pk):
        item = OutboxItem.objects.get(pk=item_id)
        shown = Message.objects.filter(
            direction=Direction.OUTBOUND, conversation_id=item.conversation_id, text=item.sent_text
        ).count()
    words = f"{item.action} is {item.state} ({item.error_class} {item.error_text})"
    if times > 1 or shown > 1:
        verdict.double(f"{words}: {times} times on the network, {shown} times in the thread")
    elif times < 1 or shown < 1 or item.state != OutboxState.SENT:
        verdict.lose(f"{words}: {times} times on the network, {shown} times in the thread")


def waiting(brand: Brand, *, but: Collection[UUID] = ()) -> str:
    """What of the brand is not finished yet, in words; "" if nothing is, ``but`` left out."""
    with agency_scope(brand.agency_id):
        deliveries = ReceivedDelivery.objects.filter(state=DeliveryState.RECEIVED).count()
    with brand_scope(brand.pk):
        events = InboundEvent.objects.filter(state=EventState.PENDING).count()
        outbox = OutboxItem.objects.filter(state__in=OPEN).exclude(pk__in=but).count()
    parts = {"deliveries": deliveries, "events": events, "outbox items": outbox}
    return ", ".join(f"{count} {name} waiting" for name, count in parts.items() if count)


def dead(brand: Brand) -> int:
    """How many events were given up."""
    with brand_scope(brand.pk):
        return InboundEvent.objects.filter(state=EventState.DEAD).count()


def check_dead(verdict: Verdict, brand: Brand, *, expected: int) -> None:
    """No event was given up beyond those a fault put there on purpose."""
    with brand_scope(brand.pk):
        rows = InboundEvent.objects.filter(state=EventState.DEAD)
        found, problems = rows.count(), list(rows.values_list("problem", flat=True)[:3])
    verdict.expect(found == expected, f"{found} dead events, expected {expected}: {problems}")
