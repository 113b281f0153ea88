"""Threads and what was said in them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.choices import (
    ClockKind,
    ConversationKind,
    ConversationState,
    DeliveryStatus,
    Direction,
    Priority,
    Visibility,
)
from inbox.models.channels import ChannelAccount
from inbox.models.contacts import Contact
from tenants.models import BrandModel


class Conversation(BrandModel):
    """A thread with one contact on one channel account.

    ``thread_key``: the contact's id for direct messages, the post's id for comments.
    ``automation_paused``: a person took over, or the words were unclear; only a person ends it.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations")
    kind = models.CharField(max_length=10, choices=ConversationKind.choices)
    thread_key = models.CharField(max_length=200)
    post_id = models.CharField(max_length=200, blank=True)
    permalink = models.URLField(max_length=500, blank=True)
    state = models.CharField(
        max_length=8, choices=ConversationState.choices, default=ConversationState.OPEN
    )
    priority = models.CharField(max_length=1, choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=3, blank=True)
    intent = models.CharField(max_length=30, blank=True)
    preview = models.CharField(max_length=160, blank=True)
    automation_paused = models.BooleanField(default=False)
    pause_reason = models.CharField(max_length=200, blank=True)
    last_message_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField(null=True)
    last_outbound_at = models.DateTimeField(null=True)
    last_disclosed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    unanswered_count = models.PositiveIntegerField(default=0)

    class Meta(BrandModel.Meta):
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "account", "kind", "contact", "thread_key"),
                name="conversation_once",
            ),
        )
        indexes = (
            models.Index(fields=("brand", "state", "-last_message_at"), name="conversation_recent"),
            models.Index(
                fields=("brand", "state", "due_at"),
                include=("assignee",),
                name="conversation_counted",
            ),
        )

    def __str__(self) -> str:
        return self.preview or str(self.pk)


class Message(BrandModel):
    """One message or comment, received or sent.

    ``revision`` counts edits from 1; a decision names the revision it judged. A message that its
    author removed keeps its row, without text.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    direction = models.CharField(max_length=4, choices=Direction.choices)
    external_id = models.CharField(max_length=200, null=True)  # noqa: DJ001 -- unique where known
    parent_external_id = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    attachments = models.JSONField(default=list)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.VISIBLE
    )
    status = models.CharField(
        max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.NONE, blank=True
    )
    status_problem = models.CharField(max_length=300, blank=True)
    is_automated = models.BooleanField(default=False)
    author_label = models.CharField(max_length=150, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "account", "external_id"), name="message_once"
            ),
        )
        indexes = (
            models.Index(fields=("brand", "conversation", "occurred_at"), name="message_in_thread"),
        )

    def __str__(self) -> str:
        return self.text[:80] or str(self.pk)


class MessageRevision(BrandModel):
    """What a message said before an edit."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    text = models.TextField()
    replaced_at = models.DateTimeField()

    class Meta(BrandModel.Meta):
        verbose_name = _("earlier text")
        verbose_name_plural = _("earlier texts")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "message", "revision"), name="messagerevision_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.message_id}/{self.revision}"


class Triage(BrandModel):
    """What the triage made of one revision of a message.

    ``intents``: ``[{"name", "confidence" (0..1), "evidence": [{"start", "end", "term"}]}]``, best
    first. ``sentiment`` −1..1, ``urgency`` 0..3.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="triages")
    revision = models.PositiveIntegerField()
    language = models.CharField(max_length=3)
    intents = models.JSONField(default=list)
    sentiment = models.FloatField(default=0)
    urgency = models.PositiveSmallIntegerField(default=0)
    order_numbers = models.JSONField(default=list)
    model_version = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta(BrandModel.Meta):
        verbose_name = _("triage")
        verbose_name_plural = _("triages")
        constraints = (
            models.UniqueConstraint(fields=("brand", "message", "revision"), name="triage_once"),
        )

    def __str__(self) -> str:
        return f"{self.language} {self.intents[0]['name'] if self.intents else '-'}"


class SlaClock(BrandModel):
    """A promise to answer by ``due_at``. One runs per conversation at a time."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=10, choices=ClockKind.choices)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("service clock")
        verbose_name_plural = _("service clocks")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "conversation"),
                condition=models.Q(stopped_at=None),
                name="clock_one_running",
            ),
        )
        indexes = (
            models.Index(
                fields=("brand", "due_at"),
                name="clock_running",
                condition=models.Q(stopped_at=None, breached_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"
