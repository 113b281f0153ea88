"""Copies of what the networks handed in: events and raw deliveries, and for how long."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from compliance.choices import HoldScope, RetentionCategory
from compliance.domain.retention.aged import by_month, oldest_of
from compliance.domain.retention.found import Survey
from compliance.domain.retention.removing import Remover, still_says
from compliance.domain.retention.terms import Terms
from compliance.models import LegalHold
from inbox.choices import DeliveryState, EventState
from inbox.domain.retention import (
    covered,
)
from inbox.models import (
    ChannelAccount,
    Conversation,
    InboundEvent,
    Message,
    ReceivedDelivery,
)

_GENERAL = RetentionCategory.GENERAL


class EventSource:
    """Events are copies of what messages hold: the shortest time of a conversation counts. While a
    contact or conversation is held, so are the events of its threads."""

    title = _("Events from the networks")

    def _due(self, terms: Terms) -> QuerySet[InboundEvent]:
        before = terms.cutoff(_GENERAL)
        rows = InboundEvent.objects.filter(brand_id=terms.brand_id)
        rows = rows.exclude(state=EventState.PENDING)
        condition = Q(pk__in=[]) if before is None else Q(received_at__lt=before)
        says = still_says(InboundEvent)
        for channel, limit in terms.channel_cutoffs().items():
            condition |= Q(says, account__channel=channel, received_at__lt=limit)
        return rows.filter(condition)

    def _free(self, terms: Terms) -> QuerySet[InboundEvent]:
        rows = self._due(terms)
        for hold in terms.holds:
            rows = rows.exclude(held_events(hold))
        return rows

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms), self._free(terms)
        going = free.count()
        return Survey(
            counts=+Counter({InboundEvent._meta.label_lower: going}),
            oldest=oldest_of(free, "received_at"),
            held=due.count() - going if terms.holds else 0,
            months=Counter(by_month(free, "received_at", terms)),
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        """Those that are only too old for their network keep the key that stops a replay."""
        before = terms.cutoff(_GENERAL)
        rows = list(self._free(terms).order_by("pk").values_list("pk", "received_at")[:limit])
        old = [pk for pk, at in rows if before is not None and at < before]
        if old:
            return remover.remove(InboundEvent, old)
        return remover.anonymise(InboundEvent, [pk for pk, _at in rows])

    def held_by(self, hold: LegalHold) -> Survey:
        rows = InboundEvent.objects.filter(held_events(hold), brand_id=hold.brand_id)
        label = InboundEvent._meta.label_lower
        return Survey(counts=+Counter({label: rows.count()}), oldest=oldest_of(rows, "received_at"))


def held_events(hold: LegalHold) -> Q:
    """By lane: the account with the person's id or the comment's. What has no thread that could be
    told apart stays as well."""
    condition = Q(pk__isnull=False)
    if hold.scope in {HoldScope.CONTACT, HoldScope.CONVERSATION}:
        account = ("account__external_id", Value(":"))
        its_messages = Message.objects.filter(covered(hold, to="conversation__")).annotate(
            _lane=Concat(*account, "external_id")
        )
        its_people = Conversation.objects.filter(covered(hold)).annotate(
            _lane=Concat(*account, "contact__handles__external_id")
        )
        condition = (
            Q(Exists(its_messages.filter(_lane=OuterRef("lane"))))
            | Q(Exists(its_people.filter(_lane=OuterRef("lane"))))
            | Q(state__in=(EventState.KEPT, EventState.DEAD))
        )
    if hold.since is not None:
        condition &= Q(received_at__gte=hold.since)
    if hold.until is not None:
        condition &= Q(received_at__lte=hold.until)
    return condition


class DeliverySource:
    """The raw bytes of webhook calls that brought something for the brand, or named its account and
    could not be read. What they held for other brands stands in those brands' events."""

    title = _("Raw deliveries")

    def _due(self, terms: Terms) -> QuerySet[Any]:
        before = terms.cutoff(_GENERAL)
        rows = ReceivedDelivery.objects.exclude(body=b"").exclude(state=DeliveryState.RECEIVED)
        mine = InboundEvent.objects.filter(brand_id=terms.brand_id)
        named = Q()
        accounts = ChannelAccount.objects.filter(brand_id=terms.brand_id)
        for channel, external_id in accounts.values_list("channel", "external_id"):
            named |= Q(channel=channel, account_hint=external_id)
        if named:
            named &= Q(state__in=(DeliveryState.DEAD, DeliveryState.UNROUTED))
        condition = Q(pk__in=[])
        ours = Q(Exists(mine.filter(delivery_ref=OuterRef("pk")))) | named
        if before is not None:
            condition |= Q(received_at__lt=before)
        for channel, limit in terms.channel_cutoffs().items():
            condition |= Q(channel=channel, received_at__lt=limit)
        return rows.filter(condition).filter(ours)

    def _free(self, terms: Terms) -> QuerySet[Any]:
        rows = self._due(terms)
        for hold in terms.holds:
            held = InboundEvent.objects.filter(held_events(hold), brand_id=terms.brand_id)
            condition = Q(Exists(held.filter(delivery_ref=OuterRef("pk"))))
            unread = Q(state__in=(DeliveryState.DEAD, DeliveryState.UNROUTED))
            rows = rows.exclude(condition | unread)
        return rows

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms), self._free(terms)
        going = free.count()
        return Survey(
            counts=+Counter({ReceivedDelivery._meta.label_lower: going}),
            oldest=oldest_of(free, "received_at"),
            held=due.count() - going if terms.holds else 0,
            months=Counter(by_month(free, "received_at", terms)),
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        keys = list(self._free(terms).order_by("pk").values_list("pk", flat=True)[:limit])
        return remover.anonymise(ReceivedDelivery, keys)

    def held_by(self, hold: LegalHold) -> Survey:
        held = InboundEvent.objects.filter(held_events(hold), brand_id=hold.brand_id)
        rows = ReceivedDelivery.objects.filter(Exists(held.filter(delivery_ref=OuterRef("pk"))))
        label = ReceivedDelivery._meta.label_lower
        return Survey(counts=+Counter({label: rows.count()}))
