"""The consent of one address, told and proved: what stands, how it came about, what vouches."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import ConsentSource
from compliance.domain.audit import record
from compliance.domain.canonical import plain
from compliance.domain.consent import CONSENT_PURPOSES, proof_until
from compliance.domain.consent_entries import canonical_entry, entry_sha256
from compliance.domain.queries import latest_checkpoint
from compliance.models import AuditEvent, Consent, ConsentEntry
from compliance.permissions import VIEW_CONSENT
from tenants.permissions import Actor, require

IMPORTED = "compliance.suppression_import.finished"


@dataclass(frozen=True, slots=True)
class Vouched:
    """An entry and whether the audit trail says the same. ``leaf_index`` is None until sealed."""

    entry: ConsentEntry
    event: AuditEvent | None
    leaf_index: int | None
    is_true: bool
    words: StrOrPromise


def rows_of(row: Consent) -> list[Consent]:
    """Every purpose of the same address on the same channel."""
    rows = Consent.objects.filter(
        brand_id=row.brand_id, channel=row.channel, address_hash=row.address_hash
    )
    order = {purpose: number for number, purpose in enumerate(CONSENT_PURPOSES)}
    return sorted(rows, key=lambda one: order.get(one.purpose, 99))  # type: ignore[call-overload]  # purposes are text


def history_of(row: Consent) -> list[ConsentEntry]:
    """All entries of the address on this channel, newest first."""
    return list(
        ConsentEntry.objects.filter(
            brand_id=row.brand_id, channel=row.channel, address_hash=row.address_hash
        ).order_by("-recorded_at", "-id")[:500]
    )


def vouch(entries: Iterable[ConsentEntry]) -> list[Vouched]:
    """Compare each entry with the event that commits to it. Two queries."""
    rows = list(entries)
    keys = {entry.event_ref for entry in rows if entry.event_ref}
    jobs = {entry.evidence_ref for entry in rows if entry.source == ConsentSource.IMPORT}
    events = {e.pk: e for e in AuditEvent.objects.filter(pk__in=keys).select_related("leaf")}
    imports = {
        e.object_ref: e
        for e in AuditEvent.objects.filter(
            kind=IMPORTED, object_ref__in=jobs
        ).select_related("leaf")
    } if jobs else {}  # fmt: skip
    return [
        _vouched(entry, events.get(entry.event_ref) if entry.event_ref else None, imports)
        for entry in rows
    ]


def _vouched(
    entry: ConsentEntry, event: AuditEvent | None, imports: dict[str, AuditEvent]
) -> Vouched:
    if entry.source == ConsentSource.IMPORT and not entry.sha256:
        event = imports.get(entry.evidence_ref)
        words: StrOrPromise = _("The trail names the imported list and its hash.")
        return _told(entry, event, is_true=event is not None, words=words)
    if event is None:
        return _told(entry, None, is_true=False, words=_("The audit trail knows no such entry."))
    committed = json.loads(event.body)["facts"].get("entry_sha256")
    is_true = committed == entry.sha256 == entry_sha256(entry)
    words = _("Equal to what the audit trail commits to.") if is_true else _(
        "Differs from what the audit trail commits to: it was changed afterwards."
    )  # fmt: skip
    return _told(entry, event, is_true=is_true, words=words)


def _told(
    entry: ConsentEntry, event: AuditEvent | None, *, is_true: bool, words: StrOrPromise
) -> Vouched:
    leaf = getattr(event, "leaf", None) if event is not None else None
    return Vouched(entry, event, None if leaf is None else int(leaf.index), is_true, words)


def prove(row: Consent, *, actor: Actor) -> dict[str, Any]:
    """Everything that shows what this address has said, as JSON types; the asking is an event.

    ``entries`` hold the exact text (``canonical``) whose SHA-256 stands in the leaf of ``event``.
    Raises: NotAllowed.
    """
    require(actor, VIEW_CONSENT, row)
    vouched = vouch(reversed(history_of(row)))
    checkpoint = latest_checkpoint()
    record(
        "compliance.consent.proved",
        row,
        actor=actor,
        facts={"entries": len(vouched), "differing": sum(not one.is_true for one in vouched)},
    )
    return {
        "format": "engage-consent-proof",
        "version": 1,
        "made_at": plain(timezone.now()),
        "brand": str(row.brand_id),
        "channel": row.channel,
        "address_hash": row.address_hash,
        "standing": [
            {
                "purpose": one.purpose,
                "state": one.state,
                "basis": one.basis,
                "since": plain(one.since),
                "last_used_at": plain(one.last_used_at),
                "proof_kept_until": plain(proof_until(one)),
            }
            for one in rows_of(row)
        ],
        "entries": [
            {
                "canonical": canonical_entry(one.entry),
                "sha256": one.entry.sha256,
                "agrees": one.is_true,
                "event": one.event.body if one.event else None,
                "leaf_index": one.leaf_index,
            }
            for one in vouched
        ],
        "checkpoint": checkpoint.note if checkpoint else None,
    }
