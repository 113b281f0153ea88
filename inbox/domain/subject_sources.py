"""Where the inbox holds a person's data beyond the rows that hang on the contact: events, raw
deliveries, what is still to leave."""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

from django.db import models
from django.db.models import F, Func, IntegerField, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from compliance.domain.audit import record
from compliance.domain.subjects.subject import Done, Found, Subject
from compliance.domain.subjects.table_source import MapSource, ReferenceSource, TableSource
from compliance.domain.subjects.tables import AT_ONCE, Walk, person_table
from compliance.registries import SubjectSource
from inbox.choices import DeliveryState, EventState, OutboxState
from inbox.domain.erased import quiet_key
from inbox.models import ChannelAccount, InboundEvent, Message, OutboxItem, ReceivedDelivery
from tenants.models import Brand
from tenants.permissions import Actor

ERASED = "erased with its person"
UNREAD = (DeliveryState.DEAD, DeliveryState.UNROUTED)
WAITING = (OutboxState.QUEUED, OutboxState.HELD)
UNCLEAR = (OutboxState.SENDING, OutboxState.UNKNOWN)


def inbox_sources() -> list[SubjectSource]:
    """In the order of an erasure: raw bytes are found by the events that came of them."""
    events = EventSource()
    shown = ReferenceSource(
        "compliance.disclosureshown", column="outbox_ref", of="inbox.outboxitem"
    )
    return [DeliverySource(events), events, shown, OutboxSource()]


class EventSource(MapSource):
    """Events of the networks, found by their lane: the person's id, or that of a comment."""

    def __init__(self) -> None:
        super().__init__("inbox.inboundevent")

    def lanes(self, subject: Subject) -> Iterator[str]:
        """Lanes of the person's own threads and of single comments and messages."""
        accounts = dict(ChannelAccount.objects.values_list("pk", "external_id"))
        of_channel: dict[str, list[str]] = {}
        for channel, external_id in ChannelAccount.objects.values_list("channel", "external_id"):
            of_channel.setdefault(channel, []).append(external_id)
        for channel, address in subject.known.addresses:
            for account in of_channel.get(channel, ()):
                yield f"{account}:{address}"
        messages = Walk(subject).keys(person_table("inbox.message"))
        for some in batched(messages, AT_ONCE, strict=False):
            rows = Message.objects.filter(pk__any_of=some).exclude(external_id=None)
            for account_id, message_id in rows.values_list("account_id", "external_id"):
                yield f"{accounts[account_id]}:{message_id}"

    def keys(self, subject: Subject) -> list[Any]:
        return subject.once(self.key, lambda: self._look_up(subject))

    def _look_up(self, subject: Subject) -> list[Any]:
        found: set[Any] = set()
        for some in batched(dict.fromkeys(self.lanes(subject)), AT_ONCE, strict=False):
            rows = InboundEvent.objects.filter(
                subject.until("occurred_at"), lane__any_of=[lane[:300] for lane in some]
            )
            found.update(rows.values_list("pk", flat=True))
        return sorted(found)

    def erase_keys(
        self, chosen: Sequence[Any], subject: Subject, *, reference: str, actor: Actor
    ) -> Done:
        words = [address for _channel, address in subject.known.addresses]
        events = InboundEvent.objects.filter(pk__in=chosen)
        for pk, channel, key in events.values_list("pk", "account__channel", "dedupe_key"):
            if any(word in key for word in words):
                # Some events are told apart by the person's own id.
                quiet = quiet_key(subject.brand_id, channel, key)
                InboundEvent.objects.filter(pk=pk).update(dedupe_key=quiet)
        events.filter(state=EventState.PENDING).update(
            state=EventState.DONE, done_at=timezone.now(), problem=ERASED
        )
        return super().erase_keys(chosen, subject, reference=reference, actor=actor)


class DeliverySource:
    """Raw webhook calls that carried the person's events, or name them and could not be read.

    One call may carry items of several people. What it held for others stands in their events, so
    its bytes are emptied as a whole; calls that are not cut into events yet are left to the
    splitter, which asks the erased list.
    """

    key = "inbox.receiveddelivery"
    tables: Sequence[str] = ("inbox.receiveddelivery",)
    category = "message content as delivered"
    how = "redacted"
    ground: StrOrPromise = ""
    last = False
    title: StrOrPromise = gettext_lazy("received deliveries")

    def __init__(self, events: EventSource) -> None:
        self.events = events

    def fields(self) -> dict[str, dict[str, str]]:
        return {"body": {"erase": "const:"}, "signature": {"erase": "const:"}}

    def _of_events(self, subject: Subject) -> Iterator[Any]:
        for some in batched(self.events.keys(subject), AT_ONCE, strict=False):
            refs = InboundEvent.objects.filter(pk__any_of=some).values_list(
                "delivery_ref", flat=True
            )
            rows = _full().filter(pk__any_of=list(refs)).exclude(state=DeliveryState.RECEIVED)
            yield from rows.values_list("pk", flat=True)

    def _keys(self, subject: Subject) -> list[Any]:
        unread = _naming(subject.known.words).filter(subject.until("received_at"), state__in=UNREAD)
        return sorted({*self._of_events(subject), *unread.values_list("pk", flat=True)})

    def found(self, subject: Subject) -> Found:
        return Found(len(self._keys(subject)))

    def rows(self, subject: Subject) -> Iterator[dict[str, Any]]:
        return iter(())  # the same content stands in the events

    def erase(self, subject: Subject, *, limit: int, reference: str, actor: Actor) -> Done:
        chosen = self._keys(subject)[:limit]
        emptied = ReceivedDelivery.objects.filter(pk__in=chosen).update(body=b"", signature="")
        if emptied:
            facts = {"table": self.key, "rows": emptied, "reference": reference}
            record("compliance.rows.erased", Brand(pk=subject.brand_id), actor=actor, facts=facts)
        return Done(emptied)


def _full() -> models.QuerySet[ReceivedDelivery]:
    return ReceivedDelivery.objects.exclude(body=b"")


def _naming(words: Sequence[str]) -> models.QuerySet[Any]:
    """Deliveries whose bytes hold one of the words."""
    rows: models.QuerySet[Any] = _full()
    named = Q()
    for number, word in enumerate(words):
        place = Func(
            Value(word.encode()),
            F("body"),
            template="position(%(expressions)s)",
            arg_joiner=" in ",
            output_field=IntegerField(),
        )
        rows = rows.alias(**{f"place_{number}": place})
        named |= Q(**{f"place_{number}__gt": 0})
    return rows.filter(named) if words else rows.none()


class OutboxSource(TableSource):
    """What waits to leave is cancelled; what may be on its way stands in the way."""

    def __init__(self) -> None:
        super().__init__("inbox.outboxitem")

    def why_blocked(self, keys: Sequence[Any]) -> str:
        unclear = OutboxItem.objects.filter(pk__in=keys, state__in=UNCLEAR).count()
        if not unclear:
            return ""
        return ngettext(
            "%d message may or may not have reached the network. Settle it first.",
            "%d messages may or may not have reached the network. Settle them first.",
            unclear,
        ) % unclear  # fmt: skip

    def erase_keys(
        self, chosen: Sequence[Any], subject: Subject, *, reference: str, actor: Actor
    ) -> Done:
        items = OutboxItem.objects.select_for_update().filter(pk__in=chosen).order_by("pk")
        waiting = [item.pk for item in items if item.state in WAITING]
        done = super().erase_keys(chosen, subject, reference=reference, actor=actor)
        if waiting and not done.blocked:
            OutboxItem.objects.filter(pk__in=waiting).update(state=OutboxState.CANCELLED)
            for item in OutboxItem.objects.filter(pk__in=waiting):
                record("inbox.reply.cancelled", item, actor=actor, reason=reference)
        return done
