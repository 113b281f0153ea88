"""The inbox as programs see it."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inbox.choices import TEXT_ACTIONS, OutboxAction
from inbox.models import (
    ChannelAccount,
    Contact,
    ContactHandle,
    Conversation,
    Message,
    OutboxItem,
)
from inbox.providers.connectors import CONNECTORS
from tenants.api.serializers import ReadSerializer

MAX_REPLY_CHARS = 20_000  # above every network's own limit, which the verb checks


class CapabilitiesSerializer(serializers.Serializer[Any]):
    """What the network allows at best. A window of null means no limit in time."""

    actions = serializers.ListField(child=serializers.CharField())
    reply_window_hours = serializers.IntegerField(allow_null=True)
    private_reply_window_hours = serializers.IntegerField(allow_null=True)
    private_replies_per_comment = serializers.IntegerField()
    max_chars = serializers.IntegerField()
    max_chars_comment = serializers.IntegerField()
    max_bytes = serializers.IntegerField(allow_null=True)
    can_hide = serializers.BooleanField()
    hide_reversible = serializers.BooleanField()
    can_delete_foreign = serializers.BooleanField()
    can_private_reply = serializers.BooleanField()
    needs_template_after_window = serializers.BooleanField()
    read_back = serializers.ListField(child=serializers.CharField())
    receipts = serializers.ListField(child=serializers.CharField())


class ChannelSerializer(ReadSerializer[ChannelAccount]):
    """A connected account. Secrets are never shown."""

    capabilities = serializers.SerializerMethodField()
    sending_stopped = serializers.SerializerMethodField()

    class Meta:
        model = ChannelAccount
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "channel",
            "external_id",
            "name",
            "is_sandbox",
            "automation_on",
            "needs_reconnect",
            "sending_stopped",
            "capabilities",
        )

    @extend_schema_field(CapabilitiesSerializer)
    def get_capabilities(self, account: ChannelAccount) -> Any:
        return CapabilitiesSerializer(CONNECTORS[account.channel].capabilities).data

    def get_sending_stopped(self, account: ChannelAccount) -> bool:
        return account.sending_stopped_at is not None


class HandleSerializer(ReadSerializer[ContactHandle]):
    """How a contact is known on one channel."""

    class Meta:
        model = ContactHandle
        fields: ClassVar[tuple[str, ...]] = ("channel", "external_id", "handle", "phone")


class ContactSerializer(ReadSerializer[Contact]):
    """A person who wrote to the brand."""

    class Meta:
        model = Contact
        fields: ClassVar[tuple[str, ...]] = ("id", "name", "language", "is_vip", "follower_count")


class ContactDetailSerializer(ContactSerializer):
    """The same with the handles."""

    handles = HandleSerializer(many=True)

    class Meta(ContactSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *ContactSerializer.Meta.fields,
            "handles",
            "first_seen_at",
            "last_seen_at",
        )


class ConversationSerializer(ReadSerializer[Conversation]):
    """A thread with one contact on one channel account."""

    channel = serializers.CharField(source="account.channel")
    contact = ContactSerializer()

    class Meta:
        model = Conversation
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "channel",
            "account",
            "kind",
            "state",
            "priority",
            "assignee",
            "contact",
            "language",
            "intent",
            "preview",
            "permalink",
            "automation_paused",
            "pause_reason",
            "unanswered_count",
            "last_message_at",
            "last_inbound_at",
            "last_outbound_at",
            "due_at",
        )


class ConversationDetailSerializer(ConversationSerializer):
    """The same with everything known of the contact."""

    contact = ContactDetailSerializer()


class ChangedConversationSerializer(ReadSerializer[Conversation]):
    """What an act changed. Nothing of the contact: the right to act is enough to see it."""

    class Meta:
        model = Conversation
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "state",
            "assignee",
            "automation_paused",
            "unanswered_count",
            "due_at",
        )


class MessageSerializer(ReadSerializer[Message]):
    """One message, comment or internal note. A removed one has no text any more."""

    channel = serializers.CharField(source="account.channel")
    attachments = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = Message
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "conversation",
            "account",
            "channel",
            "direction",
            "external_id",
            "parent_external_id",
            "text",
            "attachments",
            "occurred_at",
            "received_at",
            "revision",
            "edited_at",
            "removed_at",
            "visibility",
            "status",
            "status_problem",
            "is_automated",
            "author_label",
            "sent_by",
        )


class AssignmentSerializer(serializers.Serializer[Any]):
    """Whom to give the conversation to; null for nobody."""

    assignee = serializers.UUIDField(allow_null=True)


class ReplyRequestSerializer(serializers.Serializer[Any]):
    """An answer in the name of the brand.

    ``action`` is by default a direct message, or a public reply under a comment; ``to_message`` by
    default the last message received.
    """

    text = serializers.CharField(max_length=MAX_REPLY_CHARS)
    action = serializers.ChoiceField(
        choices=[one for one in OutboxAction.choices if one[0] in TEXT_ACTIONS], required=False
    )
    to_message = serializers.UUIDField(required=False)


class HeldReasonSerializer(serializers.Serializer[Any]):
    """Why a gate holds the reply back."""

    gate = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ReplySerializer(ReadSerializer[OutboxItem]):
    """A reply on its way, with the reasons if a gate holds it."""

    held_reasons = HeldReasonSerializer(many=True)

    class Meta:
        model = OutboxItem
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "conversation",
            "message",
            "action",
            "state",
            "held_reasons",
            "text",
            "sent_text",
            "is_automated",
            "created_at",
            "sent_at",
            "external_id",
            "error_class",
            "error_text",
        )
