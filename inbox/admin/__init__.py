"""Screens of the inbox."""

from inbox.admin import (
    channel,
    consent_words,
    contact,
    conversation,
    delivery,
    event,
    outbox,
    settings,
    template,
)

__all__ = [
    "channel",
    "consent_words",
    "contact",
    "conversation",
    "delivery",
    "event",
    "outbox",
    "settings",
    "template",
]
