"""What the networks handed in, before it has an effect."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.choices import DeliveryState, EventState, Network
from inbox.models.channels import ChannelAccount, ChannelApp
from tenants.models import AgencyModel, BrandModel


class ReceivedDelivery(AgencyModel):
    """One webhook call, byte for byte. Written by one INSERT before the network gets its 200.

    ``account_hint``: which account the bytes name first, read at the door. It decides only whose
    turn it is, never whose data these are; empty where nothing was found.
    """

    app = models.ForeignKey(ChannelApp, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20, choices=Network.choices)
    account_hint = models.CharField(max_length=100, blank=True, default="", db_default="")
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    signature = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.RECEIVED
    )
    split_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta(AgencyModel.Meta):
        verbose_name = _("received delivery")
        verbose_name_plural = _("received deliveries")
        indexes = (
            models.Index(
                fields=("agency", "app", "account_hint", "attempts", "id"),
                name="delivery_queue",
                condition=models.Q(state=DeliveryState.RECEIVED),
            ),
            models.Index(fields=("agency", "state", "received_at"), name="delivery_by_state"),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.received_at:%Y-%m-%d %H:%M:%S}"


class InboundEvent(BrandModel):
    """One canonical event of a delivery, with the raw item it was read from.

    ``lane`` orders events that touch one thread; ``dedupe_key`` makes a second delivery of the
    same event a no-op. ``payload`` is ``inbox.providers.events.Event.to_json()``.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    delivery_ref = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=40)
    dedupe_key = models.CharField(max_length=400)
    lane = models.CharField(max_length=300)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("inbound event")
        verbose_name_plural = _("inbound events")
        constraints = (
            models.UniqueConstraint(fields=("brand", "account", "dedupe_key"), name="event_once"),
        )
        indexes = (
            models.Index(
                fields=("brand", "lane", "id"),
                name="event_waiting",
                condition=models.Q(state=EventState.PENDING),
            ),
            models.Index(
                fields=("brand", "not_before", "id"),
                name="event_due",
                condition=models.Q(state=EventState.PENDING),
            ),
            models.Index(fields=("brand", "state", "received_at"), name="event_by_state"),
            # A person's events are found by it when the person is to be erased.
            models.Index(fields=("brand", "lane"), name="event_by_lane"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d %H:%M:%S}"


class Tombstone(BrandModel):
    """A message or comment whose removal arrived before it did. It will never be shown."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=200)
    removed_at = models.DateTimeField()

    class Meta(BrandModel.Meta):
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "account", "external_id"), name="tombstone_once"
            ),
        )

    def __str__(self) -> str:
        return self.external_id
