"""What we owe the networks."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import Purpose
from inbox.choices import OutboxAction, OutboxState
from inbox.models.channels import ChannelAccount
from inbox.models.conversations import Conversation, Message
from tenants.models import BrandModel


class OutboxItem(BrandModel):
    """One call to a network: a reply, a hide or an unhide.

    ``held_reasons``: ``[{"gate", "code", "message"}]`` of the last walk through ``SEND_GATES``.
    ``text`` is what the author wrote, ``sent_text`` what left, with the disclosure.
    ``approved_by`` set: a person has seen this text. ``idempotency_key`` makes a repeated request
    for the same act a no-op. The item's id travels to the network as our reference.
    ``processed_in``: the places of the vendor that took it (``eu,us``), written when it leaves;
    ``transfer_ground``: what that rests on, empty at home. Requirement C9.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="outbox")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="outbox"
    )
    action = models.CharField(max_length=15, choices=OutboxAction.choices)
    purpose = models.CharField(max_length=15, choices=Purpose.choices, default=Purpose.SERVICE)
    recipient = models.CharField(max_length=200, blank=True)
    target_external_id = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    sent_text = models.TextField(blank=True)
    disclosure = models.CharField(max_length=300, blank=True)
    disclosure_why = models.CharField(max_length=20, blank=True)
    processed_in = models.CharField(_("processed in"), max_length=40, blank=True)
    transfer_ground = models.CharField(_("ground of the transfer"), max_length=20, blank=True)
    language = models.CharField(max_length=3, blank=True)
    is_automated = models.BooleanField(default=False)
    needs_approval = models.BooleanField(default=False)
    actor_ref = models.CharField(max_length=150)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    idempotency_key = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=OutboxState.choices, default=OutboxState.QUEUED)
    held_reasons = models.JSONField(default=list)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    error_class = models.CharField(max_length=30, blank=True)
    error_text = models.CharField(max_length=500, blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("outbox item")
        verbose_name_plural = _("outbox")
        constraints = (
            models.UniqueConstraint(fields=("brand", "idempotency_key"), name="outbox_once"),
        )
        indexes = (
            models.Index(
                fields=("brand", "not_before"),
                name="outbox_open",
                condition=models.Q(
                    state__in=[OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN]
                ),
            ),
            models.Index(
                fields=("brand", "-created_at"),
                name="outbox_held",
                condition=models.Q(state=OutboxState.HELD),
            ),
            models.Index(fields=("brand", "conversation", "created_at"), name="outbox_in_thread"),
            models.Index(fields=("brand", "account", "sent_at"), name="outbox_sent"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.state}"
