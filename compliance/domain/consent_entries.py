"""The consent ledger's entries: what was said, by what evidence, and the way to prove it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from compliance.choices import ConsentBasis, ConsentState
from compliance.domain.audit import actor_reference, record
from compliance.domain.canonical import canonical, plain
from compliance.models import Consent, ConsentEntry
from tenants.permissions import Actor

KINDS: dict[str, str] = {
    ConsentState.REQUESTED: "compliance.consent.requested",
    ConsentState.GRANTED: "compliance.consent.granted",
    ConsentState.WITHDRAWN: "compliance.consent.withdrawn",
    ConsentState.SUPPRESSED: "compliance.consent.suppressed",
    "": "compliance.consent.lifted",
}
_PROVED = (
    "channel",
    "address_hash",
    "purpose",
    "before",
    "state",
    "basis",
    "at",
    "recorded_at",
    "source",
    "evidence_ref",
    "message_ref",
    "conversation_ref",
    "note",
    "facts",
    "text_version",
    "text_sha256",
    "is_double_opt_in",
    "is_child",
    "actor_kind",
    "actor_ref",
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands behind a word, besides its source and key. See ``ConsentEntry`` for ``facts``."""

    message_ref: UUID | None = None
    conversation_ref: UUID | None = None
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    text_version: str = ""
    text_sha256: str = ""
    is_double_opt_in: bool = False
    is_child: bool = False
    basis: str = ConsentBasis.CONSENT


NO_PROOF = Proof()


def canonical_entry(entry: ConsentEntry) -> str:
    """The exact text whose SHA-256 stands in the audit trail: JSON after RFC 8785."""
    values = {name: plain(getattr(entry, name)) for name in _PROVED}
    return canonical({"v": 1, "id": str(entry.pk), "brand": str(entry.brand_id), **values})


def entry_sha256(entry: ConsentEntry) -> str:
    return hashlib.sha256(canonical_entry(entry).encode()).hexdigest()


def add_entry(
    row: Consent,
    *,
    before: str,
    state: str,
    at: datetime,
    source: str,
    evidence: str,
    proof: Proof,
    actor: Actor,
    kind: str = "",
) -> ConsentEntry:
    """Write down one change: the entry, and the event that commits to its hash."""
    actor_kind, actor_ref = actor_reference(actor)
    entry = ConsentEntry(
        brand_id=row.brand_id,
        channel=row.channel,
        address_hash=row.address_hash,
        purpose=row.purpose,
        before=before,
        state=state,
        basis=proof.basis,
        at=at,
        recorded_at=timezone.now(),
        source=source,
        evidence_ref=evidence[:100],
        message_ref=proof.message_ref,
        conversation_ref=proof.conversation_ref,
        note=proof.note[:1000],
        facts=plain(dict(proof.facts)),
        text_version=proof.text_version,
        text_sha256=proof.text_sha256,
        is_double_opt_in=proof.is_double_opt_in,
        is_child=proof.is_child,
        actor_kind=actor_kind,
        actor_ref=actor_ref,
    )
    entry.sha256 = entry_sha256(entry)
    event = record(
        kind or KINDS[state],
        row,
        actor=actor,
        reason=source,
        before={"state": before or None},
        after={"state": state or None, "purpose": row.purpose, "evidence": evidence[:100]},
        facts={"entry": str(entry.pk), "entry_sha256": entry.sha256},
    )
    entry.event_ref = event.pk
    entry.save(force_insert=True)
    return entry
