"""Channels, contacts, conversations, triage, clocks and the outbox."""

from inbox.models.answers import AnswerTemplate
from inbox.models.channels import (
    ChannelAccount,
    ChannelAccountGrant,
    ChannelApp,
    ChannelRoute,
)
from inbox.models.contacts import Contact, ContactHandle
from inbox.models.conversations import (
    Conversation,
    Message,
    MessageRevision,
    SlaClock,
    Triage,
)
from inbox.models.intake import InboundEvent, ReceivedDelivery, Tombstone
from inbox.models.outbox import OutboxItem
from inbox.models.polling import ApiUnits, ChannelPoll
from inbox.models.settings import IntentAutomation, SlaTarget
from inbox.models.words import ConsentWord

__all__ = [
    "AnswerTemplate",
    "ApiUnits",
    "ChannelAccount",
    "ChannelAccountGrant",
    "ChannelApp",
    "ChannelPoll",
    "ChannelRoute",
    "ConsentWord",
    "Contact",
    "ContactHandle",
    "Conversation",
    "InboundEvent",
    "IntentAutomation",
    "Message",
    "MessageRevision",
    "OutboxItem",
    "ReceivedDelivery",
    "SlaClock",
    "SlaTarget",
    "Tombstone",
    "Triage",
]
