"""Contacts and their handles."""

from datetime import datetime

from django.db import IntegrityError
from django.db.models import Q

from compliance.domain.consent import carry_over
from inbox.domain import ahead
from inbox.models import ChannelAccount, Contact, ContactHandle
from inbox.providers.events import Author
from tenants.actors import PIPELINE

SEEN_FIELDS = ("last_seen_at", "name")
KNOWN_BY_NUMBER = frozenset({"whatsapp"})
"""Channels on which a number names a person beside the network's own key."""


def find_or_add(
    author: Author | None, *, account: ChannelAccount, fallback_id: str, now: datetime
) -> ContactHandle:
    """The handle (with its contact) of whoever wrote.

    A network may withhold the author: then each thread has its own nameless contact, known by
    ``fallback_id``. WhatsApp people may be known by number first and by business-scoped id later;
    they stay one contact. Called with the lane locked; a race with another lane is settled by the
    unique key. What is new about a known contact is set, not saved: the caller saves
    ``SEEN_FIELDS`` with what it finds out itself, and in a batch also the contact that is new.
    """
    known = _find_ahead(author, account=account, fallback_id=fallback_id)
    if known is not None:
        return _refresh(known, author, now=now)
    try:
        with ahead.add_guard():
            return _add(author, account=account, fallback_id=fallback_id, now=now)
    except IntegrityError:
        if ahead.is_reading():
            raise
        known = _find(author, account=account, fallback_id=fallback_id)
        if known is None:
            raise
        return _refresh(known, author, now=now)


def _find_ahead(
    author: Author | None, *, account: ChannelAccount, fallback_id: str
) -> ContactHandle | None:
    """In a batch: who is not found ahead is new, unless the names are only made up here."""
    if not ahead.is_reading() or author is None or not author.external_id:
        return _find(author, account=account, fallback_id=fallback_id)
    return ahead.known_handle(account.channel, author.external_id, author.phone)


def _find(
    author: Author | None, *, account: ChannelAccount, fallback_id: str
) -> ContactHandle | None:
    handles = ContactHandle.objects.select_related("contact").filter(channel=account.channel)
    if author is None or not author.external_id:
        return handles.filter(external_id=fallback_id).first()
    wanted = Q(external_id=author.external_id)
    if author.phone:
        wanted |= Q(phone=author.phone) | Q(external_id=author.phone)
    found = list(handles.filter(wanted)[:2])
    exact = [handle for handle in found if handle.external_id == author.external_id]
    return next(iter(exact or found), None)


def _add(
    author: Author | None, *, account: ChannelAccount, fallback_id: str, now: datetime
) -> ContactHandle:
    contact = Contact(
        brand_id=account.brand_id,
        name=(author.name or author.handle)[:300] if author else "",
        first_seen_at=now,
        last_seen_at=now,
    )
    if not ahead.is_reading():  # a batch stores it once, after the walk
        contact.save(force_insert=True)
    handle = ContactHandle.objects.create(
        brand_id=account.brand_id,
        contact=contact,
        channel=account.channel,
        external_id=author.external_id if author and author.external_id else fallback_id,
        handle=author.handle[:150] if author else "",
        phone=author.phone[:32] if author else "",
    )
    ahead.note_handle(handle)
    return handle


def _refresh(handle: ContactHandle, author: Author | None, *, now: datetime) -> ContactHandle:
    contact = handle.contact
    contact.last_seen_at = max(contact.last_seen_at, now)
    if author is not None:
        contact.name = (author.name or author.handle)[:300] or contact.name
        changed = {
            "external_id": _better_id(handle, author),
            "handle": author.handle[:150] or handle.handle,
            "phone": author.phone[:32] or handle.phone,
        }
        if any(getattr(handle, name) != value for name, value in changed.items()):
            if changed["external_id"] != handle.external_id:
                carry_over(
                    handle.brand_id,
                    channel=handle.channel,
                    old=handle.external_id,
                    new=changed["external_id"],
                    actor=PIPELINE,
                )
            for name, value in changed.items():
                setattr(handle, name, value)
            handle.save(update_fields=list(changed))
            ahead.note_handle(handle)
    return handle


def _better_id(handle: ContactHandle, author: Author) -> str:
    """A number gives way to the network's own id of the person, never the other way round."""
    was_number = handle.external_id in {handle.phone, author.phone}
    return author.external_id if author.external_id and was_number else handle.external_id


def change_number(handle: ContactHandle, *, phone: str) -> None:
    """The person kept the account and changed the number."""
    handle.phone = phone[:32]
    handle.save(update_fields=["phone"])
