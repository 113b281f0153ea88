"""Contacts and conversations as things that a legal hold can name."""

from uuid import UUID

from django.urls import reverse

from inbox.models import Contact, Conversation


class ContactTarget:
    def title(self, brand_id: UUID, ref: UUID) -> str | None:
        contact = Contact.objects.filter(brand_id=brand_id, pk=ref).first()
        return None if contact is None else str(contact)

    def url(self, ref: UUID) -> str:
        return reverse("admin:inbox_contact_change", args=[ref])


class ConversationTarget:
    def title(self, brand_id: UUID, ref: UUID) -> str | None:
        found = (
            Conversation.objects.select_related("contact", "account")
            .filter(brand_id=brand_id, pk=ref)
            .first()
        )
        return None if found is None else f"{found.contact} · {found.account}"

    def url(self, ref: UUID) -> str:
        return reverse("admin:inbox_conversation_change", args=[ref])
