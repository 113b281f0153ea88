"""The consent ledger: who said stop, who said yes, and may we write?

One word per address, channel and purpose: unknown → requested → granted → withdrawn; ``suppressed``
overrides them. Every change is an entry with its evidence. Source: GDPR Art. 4(11), 7, 21; UWG § 7.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from compliance.choices import ConsentBasis, ConsentState, Purpose
from compliance.domain.audit import record
from compliance.domain.consent_address import address_hash as address_hash
from compliance.domain.consent_address import hold_address
from compliance.domain.consent_entries import NO_PROOF, Proof, add_entry
from compliance.models import Consent, ConsentEntry
from compliance.registries import consent_contexts

OPT_OUT_PURPOSES = (Purpose.AUTOMATION, Purpose.MARKETING, Purpose.SURVEY)
"""What a STOP word withdraws. A person's own question may still be answered by a person."""
CONSENT_PURPOSES = (
    Purpose.SERVICE,
    Purpose.AUTOMATION,
    Purpose.MARKETING,
    Purpose.SURVEY,
    Purpose.SHARING,
)
"""What one can consent to or refuse."""
NEED_CONSENT = frozenset({Purpose.MARKETING, Purpose.SURVEY, Purpose.SHARING})
"""Not without a yes. A survey of customers is advertising: BGH, 2018-07-10, VI ZR 225/17."""
BLOCKED = frozenset({ConsentState.WITHDRAWN, ConsentState.SUPPRESSED})
PROOF_YEARS = 5
"""Source: UWG § 7a(2), for telephone advertising; taken as the model for messages."""

_BEFORE: dict[str, frozenset[str]] = {
    ConsentState.REQUESTED: frozenset({""}),
    ConsentState.GRANTED: frozenset(
        {"", ConsentState.REQUESTED, ConsentState.WITHDRAWN, ConsentState.GRANTED}
    ),
    ConsentState.WITHDRAWN: frozenset({"", ConsentState.REQUESTED, ConsentState.GRANTED}),
    ConsentState.SUPPRESSED: frozenset(
        {"", ConsentState.REQUESTED, ConsentState.GRANTED, ConsentState.WITHDRAWN}
    ),
}
"""From which states each can be reached; anything else changes nothing."""
_RANK = {
    ConsentState.GRANTED: 0,
    ConsentState.REQUESTED: 1,
    ConsentState.WITHDRAWN: 2,
    ConsentState.SUPPRESSED: 3,
}


def withdraw(brand_id: UUID, **word: Any) -> bool:
    """Opt out. Idempotent: the first time stamp stays. Returns whether anything changed.

    Words as for ``_say``. Messages that a sender has taken already are named in the entry.
    """
    return _say(brand_id, ConsentState.WITHDRAWN, **word)


def grant(brand_id: UUID, **word: Any) -> bool:
    """Opt in, with its evidence. Changes nothing if an opt-out is newer than ``at``, if the same
    evidence has brought a consent before, or if the address is suppressed."""
    return _say(brand_id, ConsentState.GRANTED, **word)


def request(brand_id: UUID, **word: Any) -> bool:
    """Note that somebody was asked. Only from unknown: nobody is asked again who has answered."""
    return _say(brand_id, ConsentState.REQUESTED, **word)


def suppress(brand_id: UUID, **word: Any) -> bool:
    """Stand above everything the person says: only ``lift`` ends it."""
    return _say(brand_id, ConsentState.SUPPRESSED, **word)


def _say(
    brand_id: UUID,
    state: ConsentState,
    *,
    channel: str,
    address: str,
    purposes: Iterable[str],
    source: str,
    evidence: str,
    actor: Any,
    at: datetime,
    proof: Proof = NO_PROOF,
) -> bool:
    hashed = address_hash(brand_id, channel, address)
    hold_address(hashed)
    known = _rows(brand_id, channel, [hashed])
    proof = _with_in_flight(proof, state, brand_id, channel, address)
    changed = False
    for purpose in purposes:
        row = known.get(purpose)
        before = row.state if row else ""
        if before not in _BEFORE[state] or (row is not None and at < row.since):
            continue
        if state == ConsentState.GRANTED and not _is_new_evidence(row, evidence, proof):
            continue
        row = row or Consent(
            brand_id=brand_id, channel=channel, address_hash=hashed, purpose=purpose
        )
        row.state, row.since, row.source, row.basis = state, at, source, proof.basis
        row.evidence_ref, row.confirmed_at = evidence[:100], None
        row.text_version, row.text_sha256 = proof.text_version, proof.text_sha256
        row.is_double_opt_in, row.is_child = proof.is_double_opt_in, proof.is_child
        row.save()
        add_entry(
            row, before=before, state=state, at=at, source=source, evidence=evidence, proof=proof,
            actor=actor,
        )  # fmt: skip
        changed = True
    return changed


def _is_new_evidence(row: Consent | None, evidence: str, proof: Proof) -> bool:
    """A yes after a no needs another yes than before; a yes after a yes another wording."""
    if row is None:
        return True
    if row.state == ConsentState.WITHDRAWN and proof.basis == ConsentBasis.CUSTOMER:
        return False  # no. 3 of UWG § 7(3): the person has objected
    if row.state == ConsentState.GRANTED:
        return bool(proof.text_sha256) and proof.text_sha256 != row.text_sha256
    used = ConsentEntry.objects.filter(
        channel=row.channel,
        address_hash=row.address_hash,
        purpose=row.purpose,
        state=ConsentState.GRANTED,
        evidence_ref=evidence[:100],
    )
    return not used.exists()


def _with_in_flight(
    proof: Proof, state: ConsentState, brand_id: UUID, channel: str, address: str
) -> Proof:
    """What had left our hands before the opt-out was stored, told with it."""
    if state not in BLOCKED:
        return proof
    found = [
        str(key)
        for context in consent_contexts
        for key in context.on_their_way(brand_id, channel, address)
    ]
    if not found:
        return proof
    facts = {**proof.facts, "in_flight": found[:100]}
    return Proof(
        message_ref=proof.message_ref,
        conversation_ref=proof.conversation_ref,
        note=proof.note,
        facts=facts,
    )


def lift(
    brand_id: UUID,
    *,
    channel: str,
    hashed: str,
    purpose: str,
    source: str,
    evidence: str,
    actor: Any,
    at: datetime,
    proof: Proof = NO_PROOF,
) -> bool:
    """End a suppression: what the person had said before it stands again, if anything."""
    hold_address(hashed)
    row = _rows(brand_id, channel, [hashed]).get(purpose)
    if row is None or row.state != ConsentState.SUPPRESSED:
        return False
    last = (
        ConsentEntry.objects.filter(channel=channel, address_hash=hashed, purpose=purpose)
        .exclude(state=ConsentState.SUPPRESSED)
        .exclude(state="")
        .order_by("-recorded_at", "-id")
        .first()
    )
    state = last.state if last else ""
    if last is not None:
        row.state, row.since, row.source = last.state, last.at, last.source
        row.evidence_ref, row.basis = last.evidence_ref, last.basis
        row.text_version, row.text_sha256 = last.text_version, last.text_sha256
        row.save()
    add_entry(
        row, before=ConsentState.SUPPRESSED, state=state, at=at, source=source, evidence=evidence,
        proof=proof, actor=actor, kind="compliance.consent.lifted",
    )  # fmt: skip
    if last is None:
        row.delete()
    return True


def carry_over(brand_id: UUID, *, channel: str, old: str, new: str, actor: Any) -> None:
    """The network knows a person by a new address: what they said under the old one stays said."""
    said = standing(brand_id, channel=channel, address=old)
    if not said:
        return
    hashed = address_hash(brand_id, channel, new)
    hold_address(hashed)
    known = _rows(brand_id, channel, [hashed])
    for purpose, word in said.items():
        if purpose in known:
            continue
        copy = Consent(brand_id=brand_id, channel=channel, address_hash=hashed, purpose=purpose)
        for name in ("state", "since", "source", "evidence_ref", "confirmed_at", "basis",
                     "text_version", "text_sha256", "is_double_opt_in", "is_child",
                     "last_used_at"):  # fmt: skip
            setattr(copy, name, getattr(word, name))
        copy.save()
        add_entry(
            copy, before="", state=word.state, at=word.since, source=word.source,
            evidence=word.evidence_ref, actor=actor, kind="compliance.consent.carried_over",
            proof=Proof(basis=word.basis, text_version=word.text_version,
                        text_sha256=word.text_sha256, is_child=word.is_child,
                        is_double_opt_in=word.is_double_opt_in),
        )  # fmt: skip


def _rows(brand_id: UUID, channel: str, hashes: Sequence[str]) -> dict[str, Consent]:
    """By purpose; of several addresses the word that allows least."""
    found: dict[str, Consent] = {}
    for row in Consent.objects.filter(
        brand_id=brand_id, channel=channel, address_hash__in=hashes
    ).order_by("id"):
        there = found.get(row.purpose)
        if there is None or _RANK[ConsentState(row.state)] > _RANK[ConsentState(there.state)]:
            found[row.purpose] = row
    return found


def standing(
    brand_id: UUID, *, channel: str, address: str, further: Iterable[str] = ()
) -> dict[str, Consent]:
    """The latest word per purpose: ``{purpose: Consent}``. With ``further`` addresses of the same
    person the word that allows least."""
    hashes = [address_hash(brand_id, channel, one) for one in (address, *further)]
    return _rows(brand_id, channel, hashes)


def may_pass_on(brand_id: UUID, *, channel: str, address: str) -> bool:
    """Whether the person has agreed that their data are handed to somebody else."""
    word = standing(brand_id, channel=channel, address=address).get(Purpose.SHARING)
    return word is not None and word.state == ConsentState.GRANTED


def record_use(
    brand_id: UUID, *, channel: str, address: str, purpose: str, ref: str, actor: Any, at: datetime
) -> bool:
    """A message (or data) left on the strength of a consent: its proof is kept from now on anew.

    ``ref``: key of what left. Source: UWG § 7a(2).
    """
    word = standing(brand_id, channel=channel, address=address).get(purpose)
    if word is None or word.state != ConsentState.GRANTED:
        return False
    if word.last_used_at is None or word.last_used_at < at:
        word.last_used_at = at
        word.save(update_fields=["last_used_at"])
    facts = {"purpose": purpose, "basis": word.basis, "used_for": ref}
    record("compliance.consent.used", word, actor=actor, facts=facts)
    return True


def proof_until(word: Consent) -> datetime:
    """How long the proof is kept at least: five years from the last use or from the word itself.
    Suppressions and opt-outs are kept as long as they are needed, which is longer."""
    start = max(filter(None, (word.since, word.last_used_at)))
    try:
        return start.replace(year=start.year + PROOF_YEARS)
    except ValueError:  # 29 February
        return start.replace(year=start.year + PROOF_YEARS, day=28) + timedelta(days=1)


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
            state__in=BLOCKED,
            confirmed_at=None,
        ).update(confirmed_at=at)
    )
