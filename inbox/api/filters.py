"""What conversations and messages can be narrowed by."""

from django_filters import rest_framework as filters

from inbox.choices import ConversationKind, ConversationState, Direction, Network
from inbox.models import Conversation, Message
from tenants.api.filters import ArrivedSinceFilter, BrandFilterSet, MomentFilter


class ConversationFilter(BrandFilterSet):
    state = filters.ChoiceFilter(choices=ConversationState.choices)
    kind = filters.ChoiceFilter(choices=ConversationKind.choices)
    channel = filters.ChoiceFilter(choices=Network.choices, field_name="account__channel")
    account = filters.UUIDFilter(field_name="account_id")
    assignee = filters.UUIDFilter(field_name="assignee_id")
    contact = filters.UUIDFilter(field_name="contact_id")
    active_since = MomentFilter(
        field_name="last_message_at",
        lookup_expr="gte",
        help_text="With a message at or after this instant (ISO 8601; UTC if no zone is given).",
    )

    class Meta:
        model = Conversation
        fields = ()


class MessageFilter(BrandFilterSet):
    direction = filters.ChoiceFilter(choices=Direction.choices)
    since = ArrivedSinceFilter(
        help_text="Taken in at or after this instant (ISO 8601; UTC if no zone is given)."
    )

    class Meta:
        model = Message
        fields = ()


class AllMessagesFilter(MessageFilter):
    conversation = filters.UUIDFilter(field_name="conversation_id")
