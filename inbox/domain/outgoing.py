"""An outbox item as the gates see it, and the walk through the gates."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import Error
from django.utils.translation import gettext as _

from compliance.domain.gates import Refusal
from compliance.domain.rules import disclosures_of
from compliance.domain.vendors.routes import Clearance, clearance, route_of
from inbox.choices import TEXT_ACTIONS, ConversationKind, Direction
from inbox.domain import ahead
from inbox.domain.consent_context import further_addresses
from inbox.domain.lists import send_gates
from inbox.models import ChannelAccount, Conversation, Message, OutboxItem
from tenants.models import Brand

logger = logging.getLogger(__name__)

type Gate = Callable[["Outgoing"], Refusal | None]


@dataclass(slots=True)
class Outgoing:
    """Everything a gate may ask about a message that is about to leave.

    ``disclosure`` and ``disclosure_why`` are written by the disclosure gate, ``processed_in`` and
    ``transfer_ground`` by the vendor's.
    """

    item: OutboxItem
    account: ChannelAccount
    brand: Brand
    conversation: Conversation
    now: datetime
    person_spoke_last: bool
    is_leaving: bool = False
    disclosure: str = ""
    disclosure_why: str = ""
    processed_in: str = ""
    transfer_ground: str = ""

    @property
    def brand_id(self) -> UUID:
        return self.item.brand_id

    @property
    def channel(self) -> str:
        return self.account.channel

    @property
    def address(self) -> str:
        return self.item.recipient

    @property
    def contact_ref(self) -> UUID:
        return self.conversation.contact_id

    @property
    def purpose(self) -> str:
        return self.item.purpose

    @property
    def text(self) -> str:
        return self.item.text

    @property
    def further_addresses(self) -> Sequence[str]:
        """Their number, where the network knows them by a key of its own. One query."""
        return further_addresses(self.channel, self.address)

    @property
    def is_text(self) -> bool:
        return self.item.action in TEXT_ACTIONS

    @property
    def is_automated(self) -> bool:
        return self.item.is_automated

    @property
    def language(self) -> str:
        return self.item.language or self.conversation.language or self.brand.language

    @property
    def last_disclosed_at(self) -> datetime | None:
        return self.conversation.last_disclosed_at

    def own_disclosure(self, language: str) -> str:
        """The brand's words for it. One query per batch of events."""
        texts = ahead.once(("disclosures", self.brand_id), lambda: disclosures_of(self.brand_id))
        return texts.get(language, "")

    def clearance(self) -> Clearance | None:
        """Whether the channel's vendor may have it; None on the sandbox network, which is ours.
        One query per batch of events."""
        if self.account.is_sandbox:
            return None
        agency_id = self.brand.agency_id
        route = ahead.once(
            ("vendor", agency_id, self.channel), lambda: route_of(agency_id, self.channel)
        )
        return clearance(route, self.brand, on=self.now.date())

    @property
    def is_public(self) -> bool:
        return self.conversation.kind == ConversationKind.COMMENT


def walk_gates(
    item: OutboxItem, *, now: datetime, is_leaving: bool = False
) -> tuple[Outgoing, list[Refusal]]:
    """Ask every gate of ``settings.SEND_GATES``; returns the message and all refusals, in order.

    ``is_leaving``: the sender asks, and calls the network if nobody refuses.
    """
    conversation = item.conversation
    last_out = (
        Message.objects.filter(conversation=conversation, direction=Direction.OUTBOUND)
        .order_by("-occurred_at")
        .values_list("is_automated", flat=True)
        .first()
    )
    outgoing = Outgoing(
        item=item,
        account=conversation.account,
        brand=ahead.once(
            ("brand", item.brand_id),
            lambda: Brand.objects.select_related("agency").get(pk=item.brand_id),
        ),
        conversation=conversation,
        now=now,
        person_spoke_last=last_out is False,
        is_leaving=is_leaving,
    )
    refusals = [refusal for gate in send_gates() if (refusal := _ask(gate, outgoing)) is not None]
    return outgoing, refusals


def wait_until(refusals: Sequence[Refusal]) -> datetime | None:
    """When the message may go by itself; None if nothing refuses, or somebody has to act."""
    times = [refusal.retry_at for refusal in refusals]
    return None if not times or None in times else max(at for at in times if at is not None)


def _ask(gate: Gate, outgoing: Outgoing) -> Refusal | None:
    """A gate that breaks is a gate that is shut: for this message, not for all that follow."""
    try:
        return gate(outgoing)
    except Error:  # the transaction is gone with it
        raise
    except Exception:
        logger.exception("gate %s broke", gate.__name__)
        return Refusal(
            gate.__name__, "gate_broke", _("A check could not be made; nothing was sent.")
        )
