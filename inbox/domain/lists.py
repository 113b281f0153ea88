"""The ordered lists of settings, loaded once."""

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from inbox.domain.items import Stage
    from inbox.domain.outgoing import Gate
    from inbox.models import Message, OutboxItem


@cache
def inbox_stages() -> "tuple[Stage, ...]":
    """``settings.INBOX_STAGES``, in order."""
    return tuple(import_string(path) for path in settings.INBOX_STAGES)


@cache
def removal_steps() -> "tuple[Callable[[Message], None], ...]":
    """``settings.INBOX_ON_REMOVAL``, in order: who else must know that a message is gone."""
    return tuple(import_string(path) for path in settings.INBOX_ON_REMOVAL)


@cache
def send_gates() -> "tuple[Gate, ...]":
    """``settings.SEND_GATES``, in order."""
    return tuple(import_string(path) for path in settings.SEND_GATES)


@cache
def settled_steps() -> "tuple[Callable[[OutboxItem, datetime], None], ...]":
    """``settings.OUTBOX_ON_SETTLED``, in order: who else must know that an item left or failed."""
    return tuple(import_string(path) for path in settings.OUTBOX_ON_SETTLED)
