"""The people of the inbox, for data-subject requests: found, told apart, let go of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q

from compliance.domain.subjects.rows import erase_rows
from compliance.domain.subjects.subject import Candidate, Identifiers, Subject
from inbox.models import Contact, ContactHandle
from tenants.models import Brand
from tenants.permissions import Actor

MOST = 20
SHORTEST_WORD = 5
"""A shorter id or handle is found in too much that is about others."""


class ContactFinder:
    label = "inbox.contact"

    def find(self, brand: Brand, term: str) -> list[Candidate]:
        digits = "".join(sign for sign in term if sign.isdigit())
        wanted = (
            Q(name__icontains=term)
            | Q(handles__external_id=term)
            | Q(handles__handle__iexact=term.lstrip("@"))
            | Q(handles__handle__iexact=term)
        )
        if len(digits) >= SHORTEST_WORD:
            wanted |= Q(handles__phone=digits) | Q(handles__external_id=digits)
        if (key := _as_key(term)) is not None:
            wanted |= Q(pk=key) | Q(conversations=key)
        found = (
            Contact.objects.filter(wanted, brand=brand, erased_at=None)
            .annotate(
                conversation_count=Count("conversations", distinct=True),
                newest=Max("conversations__last_message_at"),
            )
            .order_by("-last_seen_at", "pk")[:MOST]
        )
        return [
            Candidate(
                contact_id=contact.pk,
                title=str(contact),
                handles=tuple(str(handle) for handle in contact.handles.all()),
                channels=tuple(sorted({handle.channel for handle in contact.handles.all()})),
                conversations=contact.conversation_count,
                last_seen_at=contact.last_seen_at,
            )
            for contact in found.prefetch_related("handles")
        ]

    def identifiers(self, subject: Subject) -> Identifiers:
        handles = list(ContactHandle.objects.filter(contact__in=subject.contact_ids).order_by("pk"))
        addresses = [
            (handle.channel, address)
            for handle in handles
            for address in (handle.external_id, handle.phone)
            if address
        ]
        words = [address for _channel, address in addresses] + [handle.handle for handle in handles]
        return Identifiers(
            tuple(dict.fromkeys(addresses)),
            tuple(dict.fromkeys(word for word in words if len(word) >= SHORTEST_WORD)),
        )

    def addresses_of(self, brand_id: UUID) -> Iterator[tuple[UUID, datetime, str, str]]:
        rows = ContactHandle.objects.filter(brand_id=brand_id, contact__erased_at=None)
        for contact_id, since, channel, external_id, phone in rows.values_list(
            "contact_id", "contact__first_seen_at", "channel", "external_id", "phone"
        ):
            yield contact_id, since, channel, external_id
            if phone:
                yield contact_id, since, channel, phone

    def let_go(
        self, subject: Subject, *, at: datetime, reference: str, actor: Actor
    ) -> Mapping[str, int]:
        # Locked, so that a message on its way in is stored before or finds nobody.
        list(Contact.objects.select_for_update().filter(pk__in=subject.contact_ids).order_by("pk"))
        Contact.objects.filter(pk__in=subject.contact_ids, erased_at=None).update(erased_at=at)
        handles = ContactHandle.objects.filter(contact__in=subject.contact_ids)
        keys = list(handles.values_list("pk", flat=True))
        return erase_rows(
            ContactHandle, keys, reference=reference, actor=actor, brand_id=subject.brand_id
        )


def _as_key(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
