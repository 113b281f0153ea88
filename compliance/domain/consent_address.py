"""Addresses as the consent ledger knows them: by a keyed hash, under a lock while they change."""

import hmac
import re
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection

_PHONE = re.compile(r"(?:\+|00)?[0-9][0-9 ()/.\-]{5,24}")
_PHONE_CHANNELS = frozenset({"whatsapp"})


def normal_address(channel: str, address: str) -> str:
    """The one way to write an address: lower case, no ``@`` before a handle, of a number only the
    digits with their country."""
    text = address.strip().casefold()
    if channel in _PHONE_CHANNELS and _PHONE.fullmatch(text):
        digits = re.sub(r"\D", "", text)
        return digits.removeprefix("00")
    return text.removeprefix("@")


def address_hash(brand_id: UUID, channel: str, address: str) -> str:
    """Keyed hash of an address: outlives the contact, means nothing without the key."""
    text = f"{brand_id}|{channel}|{normal_address(channel, address)}"
    return hmac.new(settings.CONSENT_KEY.encode(), text.encode(), sha256).hexdigest()


def key_mark(brand_id: UUID) -> str:
    """Tells apart hashes of different keys and brands; says nothing about the key."""
    text = f"{brand_id}|suppression-list"
    return hmac.new(settings.CONSENT_KEY.encode(), text.encode(), sha256).hexdigest()[:12]


def hold_address(hashed: str) -> None:
    """Nobody else changes what this address has said, and no sender starts a message to it, until
    the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [hashed])


def is_steady(brand_id: UUID, hashes: list[str]) -> bool:
    """Whether nobody is changing what these addresses have said, nor storing a list for the brand;
    if so, nobody will until the transaction ends.

    Never waits: a sender that waited here could wait for somebody who waits for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(pg_try_advisory_xact_lock_shared(hashtextextended(one, 7)))"
            " FROM unnest(%s::text[]) AS one",
            [[f"brand:{brand_id}", *hashes]],
        )
        row = cursor.fetchone()
    return bool(row and row[0])
