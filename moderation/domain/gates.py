"""Moderation's gate in ``settings.SEND_GATES``."""

from typing import Protocol

from django.utils.translation import gettext as _

from compliance.domain.gates import Refusal
from inbox.choices import OutboxAction
from inbox.models import ChannelAccount, OutboxItem
from moderation.domain.licence.ruling import is_switched_off


class Outgoing(Protocol):
    """What the gate needs to know."""

    item: OutboxItem
    account: ChannelAccount


def automatic_hiding(outgoing: Outgoing) -> Refusal | None:
    """Where sending is stopped a machine hides nothing either; a person still may."""
    item = outgoing.item
    if item.action != OutboxAction.HIDE or not item.is_automated:
        return None
    if not is_switched_off(outgoing.account):
        return None
    return Refusal(
        "automatic_hiding",
        "hiding_stopped",
        _("Sending is stopped, so nothing is hidden without a person."),
    )
