"""The inbox at a brand's end: what must be settled, and the raw deliveries of its accounts."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F, Func, IntegerField, Q, QuerySet, Value
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from inbox.choices import DeliveryState, EventState, OutboxState
from inbox.models import ChannelAccount, InboundEvent, OutboxItem, ReceivedDelivery
from tenants.models import Brand

UNREAD = (DeliveryState.DEAD, DeliveryState.UNROUTED)


class InboxAtTheEnd:
    """A delivery belongs to the agency's app and may carry items of several brands. What it held
    for others stands in their events, so its raw bytes are emptied as a whole."""

    readable: Sequence[str] = (
        "inbox.contact",
        "inbox.contacthandle",
        "inbox.conversation",
        "inbox.message",
    )

    def blocks(self, brand: Brand) -> Iterator[StrOrPromise]:
        unsettled = OutboxItem.objects.filter(
            brand=brand, state__in=(OutboxState.SENDING, OutboxState.UNKNOWN)
        ).count()
        if unsettled:
            yield ngettext(
                "%d message may or may not have reached the network. Settle it first.",
                "%d messages may or may not have reached the network. Settle them first.",
                unsettled,
            ) % unsettled  # fmt: skip
        waiting = InboundEvent.objects.filter(brand=brand, state=EventState.PENDING).count()
        if waiting:
            yield ngettext(
                "%d event from the networks is still being worked on.",
                "%d events from the networks are still being worked on.",
                waiting,
            ) % waiting  # fmt: skip

    def count_beyond(self, brand: Brand) -> dict[str, int]:
        found = {query.pk for query in _deliveries_of_events(brand).only("pk")}
        found |= {query.pk for query in _unread_deliveries(brand).only("pk")}
        return {ReceivedDelivery._meta.label_lower: len(found)} if found else {}

    def erase_beyond(self, brand: Brand, *, limit: int) -> dict[str, int]:
        for query in (_deliveries_of_events(brand), _unread_deliveries(brand)):
            chosen = list(query.values_list("pk", flat=True)[:limit])
            if chosen:
                emptied = ReceivedDelivery.objects.filter(pk__in=chosen).update(
                    body=b"", signature="", problem="erased with a brand"
                )
                return {ReceivedDelivery._meta.label_lower: emptied}
        return {}


def _deliveries_of_events(brand: Brand) -> QuerySet[ReceivedDelivery]:
    """Those that brought at least one event of the brand and still hold their bytes."""
    refs = InboundEvent.objects.filter(brand=brand).values("delivery_ref")
    return ReceivedDelivery.objects.filter(pk__in=refs).exclude(body=b"")


def _unread_deliveries(brand: Brand) -> QuerySet[Any]:
    """Those that could not be read or routed, but name an account of the brand."""
    accounts = ChannelAccount.objects.filter(brand=brand).values_list("external_id", flat=True)
    named = Q()
    rows = ReceivedDelivery.objects.filter(state__in=UNREAD).exclude(body=b"")
    for number, external_id in enumerate(sorted(set(accounts))):
        place = Func(
            Value(external_id.encode()),
            F("body"),
            template="position(%(expressions)s)",
            arg_joiner=" in ",
            output_field=IntegerField(),
        )
        rows = rows.alias(**{f"place_{number}": place})
        named |= Q(**{f"place_{number}__gt": 0})
    return rows.filter(named) if named else rows.none()
