"""The inbox's channels as services of vendors; how much went over them. C9, C11."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django_stubs_ext import StrOrPromise

from compliance.choices import TransferKind
from compliance.registries import Processed, ServiceUse, transfer_meters, vendor_services
from inbox.choices import TEXT_ACTIONS, Direction, Network
from inbox.models import ChannelAccount, Message, OutboxItem


@dataclass(frozen=True, slots=True)
class ChannelService:
    """One network. Sandbox accounts are on our own network and need no vendor."""

    key: str
    title: StrOrPromise
    is_channel: bool = True
    is_handed_persons: bool = False

    def uses(self, brand_ids: Iterable[UUID]) -> Sequence[ServiceUse]:
        accounts = ChannelAccount.objects.filter(
            brand_id__in=list(brand_ids), channel=self.key, is_sandbox=False
        ).order_by("name", "id")
        return [
            ServiceUse(brand_id, name, reverse("admin:inbox_channelaccount_change", args=[account]))
            for brand_id, name, account in accounts.values_list("brand_id", "name", "pk")
        ]


class InboxMeter:
    """Texts that left, with what stands on each; messages that came, by the route of today."""

    def measure(self, since: datetime, until: datetime) -> Iterable[Processed]:
        sent = (
            OutboxItem.objects.filter(
                sent_at__gte=since, sent_at__lt=until, account__is_sandbox=False
            )
            .filter(action__in=TEXT_ACTIONS)
            .order_by()
            .values_list("brand_id", "account__channel", "processed_in", "transfer_ground")
            .annotate(found=Count("pk"))
        )
        for brand_id, channel, places, ground, found in sent:
            where = tuple(places.split(",")) if places else ()
            yield Processed(brand_id, TransferKind.SENT, channel, found, where, ground)
        # Keys are time-ordered: a day is a range of them, read once for all brands.
        received = (
            Message.objects.filter(
                id__gte=_first_key(since),
                id__lt=_first_key(until),
                direction=Direction.INBOUND,
                account__is_sandbox=False,
            )
            .order_by()
            .values_list("brand_id", "account__channel")
            .annotate(found=Count("pk"))
        )
        for brand_id, channel, found in received:
            yield Processed(brand_id, TransferKind.RECEIVED, channel, found)


def _first_key(at: datetime) -> UUID:
    """Not above any key made at this instant or later. Source: RFC 9562 section 5.7."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def register_vendor_services() -> None:
    """Every network with a connector, and the meter over all of them."""
    for network in Network:
        vendor_services.register(network.value, ChannelService(network.value, network.label))
    transfer_meters.register("inbox", InboxMeter())
