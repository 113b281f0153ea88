"""Screens of the inbox."""

from inbox.admin import channel, contact, conversation, delivery, event, outbox, settings, template

__all__ = [
    "channel",
    "contact",
    "conversation",
    "delivery",
    "event",
    "outbox",
    "settings",
    "template",
]
