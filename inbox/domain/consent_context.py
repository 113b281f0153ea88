"""What the inbox tells the consent ledger: who has an address, what became of messages to it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from compliance.choices import Purpose
from compliance.domain.consent import NEED_CONSENT
from compliance.registries import Effect, KnownAddress
from inbox.choices import TEXT_ACTIONS, OutboxState
from inbox.domain.people import KNOWN_BY_NUMBER
from inbox.models import ContactHandle, Message, OutboxItem

MOST_FOUND = 20
MOST_EFFECTS = 50
_NEEDS_LEAVE = Q(is_automated=True) | Q(purpose__in=NEED_CONSENT)
"""Messages that an opt-out stops; what a person answers is none of them."""


def further_addresses(channel: str, address: str) -> Sequence[str]:
    """The person's number, where the network has keys of its own. One query, none elsewhere."""
    if channel not in KNOWN_BY_NUMBER:
        return ()
    found = ContactHandle.objects.filter(channel=channel, external_id=address)
    phone = found.values_list("phone", flat=True).first()
    return (phone,) if phone and phone != address else ()


def _items(channel: str, address: str) -> QuerySet[OutboxItem]:
    return OutboxItem.objects.filter(
        _NEEDS_LEAVE,
        conversation__contact__handles__channel=channel,
        conversation__contact__handles__external_id=address,
        account__channel=channel,
        action__in=TEXT_ACTIONS,
    ).exclude(purpose=Purpose.CONFIRMATION)


class InboxConsents:
    """Filled into ``compliance.registries.consent_contexts``."""

    def find(self, brand_id: UUID, term: str) -> Sequence[KnownAddress]:
        wanted = term.strip().removeprefix("@")
        if not wanted:
            return []
        digits = "".join(c for c in wanted if c.isdigit())
        means = Q(external_id__iexact=wanted) | Q(handle__iexact=wanted)
        means |= Q(contact__name__icontains=wanted)
        if len(digits) >= 6 and len(digits) >= len(wanted) // 2:
            means |= Q(phone__endswith=digits.lstrip("0"))
        return _known(ContactHandle.objects.filter(means, brand_id=brand_id))

    def behind(
        self, brand_id: UUID, channel: str, conversations: Iterable[UUID]
    ) -> Sequence[KnownAddress]:
        return _known(
            ContactHandle.objects.filter(
                brand_id=brand_id,
                channel=channel,
                contact__conversations__in=list(conversations),
            ).distinct()
        )

    def further(self, brand_id: UUID, channel: str, address: str) -> Sequence[str]:
        return further_addresses(channel, address)

    def on_their_way(self, brand_id: UUID, channel: str, address: str) -> Sequence[UUID]:
        taken = [OutboxState.SENDING, OutboxState.UNKNOWN]
        items = _items(channel, address).filter(brand_id=brand_id, state__in=taken)
        return list(items.order_by("id").values_list("pk", flat=True).distinct())

    def effects(
        self, brand_id: UUID, channel: str, address: str, *, since: datetime
    ) -> Sequence[Effect]:
        touched = Q(created_at__gte=since) | Q(sent_at__gte=since)
        touched |= ~Q(state__in=[OutboxState.SENT, OutboxState.CANCELLED])
        items = _items(channel, address).filter(touched, brand_id=brand_id).distinct()
        return [
            Effect(
                item.pk,
                item.state,
                item.get_state_display(),
                item.sent_at or item.created_at,
                reverse("admin:inbox_conversation_change", args=[item.conversation_id]),
            )
            for item in items.order_by("-created_at", "-id")[:MOST_EFFECTS]
        ]

    def message(self, ref: UUID) -> tuple[str, str] | None:
        found = Message.objects.filter(pk=ref).first()
        if found is None:
            return None
        page = reverse("admin:inbox_conversation_change", args=[found.conversation_id])
        return found.text, f"{page}#m-{found.pk}"


def _known(handles: QuerySet[ContactHandle]) -> list[KnownAddress]:
    return [
        KnownAddress(
            handle.channel,
            handle.external_id,
            str(handle.contact),
            reverse("admin:inbox_contact_change", args=[handle.contact_id]),
        )
        for handle in handles.select_related("contact").order_by("-id")[:MOST_FOUND]
    ]
