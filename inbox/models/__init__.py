"""Channels, contacts, conversations, triage, clocks and the outbox."""

from inbox.models.channels import ChannelAccount, ChannelApp, ChannelRoute
from inbox.models.contacts import Contact, ContactHandle
from inbox.models.conversations import (
    Conversation,
    Message,
    MessageRevision,
    SlaClock,
    Triage,
)
from inbox.models.intake import InboundEvent, ReceivedDelivery
from inbox.models.outbox import OutboxItem

__all__ = [
    "ChannelAccount",
    "ChannelApp",
    "ChannelRoute",
    "Contact",
    "ContactHandle",
    "Conversation",
    "InboundEvent",
    "Message",
    "MessageRevision",
    "OutboxItem",
    "ReceivedDelivery",
    "SlaClock",
    "Triage",
]
