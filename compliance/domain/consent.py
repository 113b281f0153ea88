"""The consent ledger: who said stop, who said yes, and may we write?"""

import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings

from compliance.choices import ConsentState, Purpose
from compliance.domain.audit import record
from compliance.models import Consent

OPT_OUT_PURPOSES = (Purpose.AUTOMATION, Purpose.MARKETING)
"""What a STOP word withdraws. A person's own question may still be answered by a person."""


def address_hash(brand_id: UUID, channel: str, address: str) -> str:
    """Keyed hash of an address: outlives the contact, means nothing without the key."""
    text = f"{brand_id}|{channel}|{address.strip().casefold()}"
    return hmac.new(settings.CONSENT_KEY.encode(), text.encode(), sha256).hexdigest()


def withdraw(
    brand_id: UUID,
    *,
    channel: str,
    address: str,
    purposes: Iterable[str],
    source: str,
    evidence: str,
    actor: Any,
    at: datetime,
) -> bool:
    """Opt out. Idempotent: the first time stamp stays. Returns whether anything changed."""
    return _set(
        brand_id, channel, address, purposes, ConsentState.WITHDRAWN, source, evidence, actor, at
    )


def grant(
    brand_id: UUID,
    *,
    channel: str,
    address: str,
    purposes: Iterable[str],
    source: str,
    evidence: str,
    actor: Any,
    at: datetime,
) -> bool:
    """Opt in, with its evidence. An opt-out that is newer than ``at`` stands."""
    return _set(
        brand_id, channel, address, purposes, ConsentState.GRANTED, source, evidence, actor, at
    )


def _set(
    brand_id: UUID,
    channel: str,
    address: str,
    purposes: Iterable[str],
    state: ConsentState,
    source: str,
    evidence: str,
    actor: Any,
    at: datetime,
) -> bool:
    changed = False
    hashed = address_hash(brand_id, channel, address)
    for purpose in purposes:
        row, created = Consent.objects.get_or_create(
            brand_id=brand_id,
            channel=channel,
            address_hash=hashed,
            purpose=purpose,
            defaults={
                "state": state,
                "since": at,
                "source": source,
                "evidence_ref": evidence[:100],
            },
        )
        row = Consent.objects.select_for_update().get(pk=row.pk)
        if not created and (row.state == state or at < row.since):
            continue
        before = None if created else row.state
        row.state, row.since, row.source = state, at, source
        row.evidence_ref, row.confirmed_at = evidence[:100], None
        row.save(update_fields=["state", "since", "source", "evidence_ref", "confirmed_at"])
        record(
            f"compliance.consent.{state.value}",
            row,
            actor=actor,
            reason=source,
            before={"state": before},
            after={"state": state.value, "purpose": str(purpose), "evidence": evidence[:100]},
        )
        changed = True
    return changed


def carry_over(brand_id: UUID, *, channel: str, old: str, new: str, actor: Any) -> None:
    """The network knows a person by a new address: what they said under the old one stays said."""
    kept = address_hash(brand_id, channel, new)
    for word in standing(brand_id, channel=channel, address=old).values():
        copy, created = Consent.objects.get_or_create(
            brand_id=brand_id,
            channel=channel,
            address_hash=kept,
            purpose=word.purpose,
            defaults={
                "state": word.state,
                "since": word.since,
                "source": word.source,
                "evidence_ref": word.evidence_ref,
                "confirmed_at": word.confirmed_at,
            },
        )
        if created:
            record("compliance.consent.carried_over", copy, actor=actor)


def standing(brand_id: UUID, *, channel: str, address: str) -> dict[str, Consent]:
    """The latest word per purpose: ``{purpose: Consent}``."""
    rows = Consent.objects.filter(
        channel=channel, address_hash=address_hash(brand_id, channel, address)
    )
    return {row.purpose: row for row in rows}


def not_confirmed(brand_id: UUID, *, channel: str, address: str) -> None:
    """The confirmation was held: it counts as not sent, and the next opt-out may try again."""
    Consent.objects.filter(
        channel=channel,
        address_hash=address_hash(brand_id, channel, address),
        purpose=Purpose.AUTOMATION,
    ).update(confirmed_at=None)


def confirm_once(brand_id: UUID, *, channel: str, address: str, at: datetime) -> bool:
    """True for the first caller after an opt-out: it may send the one confirmation."""
    return bool(
        Consent.objects.filter(
            channel=channel,
            address_hash=address_hash(brand_id, channel, address),
            purpose=Purpose.AUTOMATION,
            state=ConsentState.WITHDRAWN,
            confirmed_at=None,
        ).update(confirmed_at=at)
    )
