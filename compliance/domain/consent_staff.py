"""Consents and opt-outs that came in by another way, entered by hand or by a program."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import ConsentBasis, ConsentSource, Purpose
from compliance.domain.consent import (
    CONSENT_PURPOSES,
    NEED_CONSENT,
    grant,
    lift,
    request,
    standing,
    suppress,
    withdraw,
)
from compliance.domain.consent_address import address_hash
from compliance.domain.consent_entries import Proof
from compliance.domain.consent_texts import find_text, wording_sha256
from compliance.models import Consent
from compliance.permissions import MANAGE_CONSENT
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand
from tenants.permissions import Actor, require

type Word = Literal["request", "grant", "customer", "withdraw", "suppress", "lift"]

WORDS: tuple[Word, ...] = ("request", "grant", "customer", "withdraw", "suppress", "lift")
AGE_OF_CONSENT = 16
"""Source: GDPR Art. 8(1); Germany has not lowered it."""
_SOURCES = frozenset(ConsentSource.values) - {ConsentSource.IMPORT, ConsentSource.MESSAGE}
_VERBS = {"request": request, "grant": grant, "customer": grant, "withdraw": withdraw,
          "suppress": suppress}  # fmt: skip
_ENDS_IN = {"request": "requested", "grant": "granted", "customer": "granted",
            "withdraw": "withdrawn", "suppress": "suppressed"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CustomerCase:
    """The four conditions of UWG § 7(3), as recorded. All must be there.

    ``sale``: which sale the address comes from (no. 1); ``similar``: which own, similar goods are
    advertised (no. 2); ``no_objection``: nobody has objected (no. 3), which the ledger checks too;
    ``notice``: how the person was told, when the address was collected, that they may object at any
    time (no. 4; each message says it again, which the gate checks).
    """

    sale: str = ""
    sold_on: date | None = None
    similar: str = ""
    no_objection: bool = False
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody enters. ``evidence`` is the way to find the proof again: a form's number, a
    file, a name of a mail; ``note`` describes it. ``text``: label of a stored wording, else
    ``wording`` as it was read."""

    word: str
    channel: str
    address: str
    purposes: Sequence[str]
    source: str
    evidence: str
    at: datetime | None
    note: str = ""
    text: str = ""
    wording: str = ""
    is_double_opt_in: bool = False
    age: int | None = None
    parental: str = ""
    customer: CustomerCase = field(default_factory=CustomerCase)


@transaction.atomic
def enter_consent(brand: Brand, entered: Entered, *, actor: Actor) -> list[str]:
    """Write down a word for one address; the purposes that have changed by it.

    Every word needs its evidence. A yes needs the wording that was agreed to, and for a child the
    consent of whoever is responsible for it. Nothing changes where an opt-out is newer or where the
    same evidence has served before.

    Raises: NotAllowed, InvalidInput (field and reason), InvalidState (nothing was changed).
    """
    require(actor, MANAGE_CONSENT, brand)
    now = timezone.now()
    at = _checked(entered, now=now)
    proof = _proof(brand.pk, entered)
    changed: list[str] = []
    for purpose in dict.fromkeys(entered.purposes):
        is_changed = (
            _lift(brand.pk, entered, purpose, proof=proof, actor=actor, at=at)
            if entered.word == "lift"
            else _VERBS[entered.word](
                brand.pk,
                channel=entered.channel,
                address=entered.address,
                purposes=(purpose,),
                source=entered.source,
                evidence=entered.evidence.strip(),
                actor=actor,
                at=at,
                proof=proof,
            )
        )
        if is_changed:
            changed.append(purpose)
    if not changed and (entered.word == "lift" or not _stands_already(brand.pk, entered)):
        raise InvalidState(
            _(
                "Nothing was changed: a newer word of this person stands, the address is"
                " suppressed, or this evidence has served before."
            )
        )
    return changed


def _lift(
    brand_id: UUID, entered: Entered, purpose: str, *, proof: Proof, actor: Actor, at: datetime
) -> bool:
    return lift(
        brand_id,
        channel=entered.channel,
        hashed=address_hash(brand_id, entered.channel, entered.address),
        purpose=purpose,
        source=entered.source,
        evidence=entered.evidence.strip(),
        actor=actor,
        at=at,
        proof=proof,
    )


def _stands_already(brand_id: UUID, entered: Entered) -> bool:
    known = standing(brand_id, channel=entered.channel, address=entered.address)
    wanted = _ENDS_IN.get(entered.word, "")
    states = [known[p].state if p in known else "" for p in entered.purposes]
    return all(state == wanted for state in states)


def _checked(entered: Entered, *, now: datetime) -> datetime:
    """When the person said it. Raises: InvalidInput."""
    if entered.word not in WORDS:
        raise InvalidInput("word", _("Choose what the person said."))
    if not entered.channel.strip():
        raise InvalidInput("channel", _("Choose a channel."))
    if not entered.address.strip() or len(entered.address) > 200:
        raise InvalidInput("address", _("Give the address: a handle, a number or a key."))
    if not entered.purposes:
        raise InvalidInput("purposes", _("Choose at least one purpose."))
    for purpose in entered.purposes:
        if purpose not in CONSENT_PURPOSES:
            raise InvalidInput("purposes", _("There is no purpose “%s”.") % purpose[:20])
    if entered.source not in _SOURCES:
        raise InvalidInput("source", _("Choose how the person said it."))
    if not entered.evidence.strip():
        raise InvalidInput(
            "evidence", _("Give the evidence: a number, a file or another way to find it again.")
        )
    if len(entered.evidence.strip()) > 100:
        raise InvalidInput("evidence", _("At most 100 characters; describe it in the note."))
    if len(entered.note) > 1000:
        raise InvalidInput("note", _("At most 1,000 characters."))
    if entered.at is None:
        raise InvalidInput("at", _("Say when the person said it."))
    if entered.at > now + timedelta(minutes=1):
        raise InvalidInput("at", _("This lies in the future."))
    if entered.word in {"request", "grant", "customer"}:
        _check_yes(entered)
    return entered.at


def _check_yes(entered: Entered) -> None:
    needs = [p for p in entered.purposes if p in NEED_CONSENT]
    if entered.word == "customer":
        _check_customer(entered)
    elif needs and not (entered.text.strip() or entered.wording.strip()):
        raise InvalidInput("text", _("Name the wording that was agreed to, or paste it."))
    if entered.age is not None and not 0 <= entered.age <= 130:
        raise InvalidInput("age", _("Give the age in years."))
    is_child = entered.age is not None and entered.age < AGE_OF_CONSENT
    if is_child and not entered.parental.strip():
        raise InvalidInput(
            "parental",
            _("Under 16 a parent or guardian consents: say who did and by what evidence."),
        )


def _check_customer(entered: Entered) -> None:
    """Raises: InvalidInput naming the condition of UWG § 7(3) that is missing."""
    case = entered.customer
    if any(p not in {Purpose.MARKETING, Purpose.SURVEY} for p in entered.purposes):
        raise InvalidInput("purposes", _("The exception is for marketing and surveys only."))
    if not case.sale.strip() or case.sold_on is None:
        raise InvalidInput("sale", _("No. 1: name the sale the address comes from and its day."))
    if not case.similar.strip():
        raise InvalidInput("similar", _("No. 2: name your own, similar goods or services."))
    if not case.no_objection:
        raise InvalidInput("no_objection", _("No. 3: confirm that the person has not objected."))
    if not case.notice.strip():
        raise InvalidInput(
            "notice",
            _("No. 4: say how the person was told, when the address was taken, that they may"
              " object."),
        )  # fmt: skip


def _proof(brand_id: UUID, entered: Entered) -> Proof:
    version, sha256 = "", ""
    if entered.text.strip():
        stored = find_text(brand_id, entered.text.strip())
        if stored is None:
            raise InvalidInput("text", _("There is no wording “%s”.") % entered.text[:60])
        if stored.purpose not in entered.purposes:
            raise InvalidInput("text", _("This wording is for another purpose."))
        version, sha256 = stored.label, stored.sha256
    elif entered.wording.strip():
        sha256 = wording_sha256(entered.wording)
    facts: dict[str, object] = {}
    if entered.wording.strip() and not version:
        facts["wording"] = entered.wording.strip()[:4000]
    if entered.word == "customer":
        case = entered.customer
        facts["customer"] = {
            "sale": case.sale.strip()[:300],
            "sold_on": case.sold_on.isoformat() if case.sold_on else "",
            "similar": case.similar.strip()[:300],
            "no_objection": case.no_objection,
            "notice": case.notice.strip()[:300],
        }
    is_child = entered.age is not None and entered.age < AGE_OF_CONSENT
    if is_child:
        facts["parental"] = entered.parental.strip()[:300]
    return Proof(
        note=entered.note.strip(),
        facts=facts,
        text_version=version,
        text_sha256=sha256,
        is_double_opt_in=entered.is_double_opt_in,
        is_child=is_child,
        basis=ConsentBasis.CUSTOMER if entered.word == "customer" else ConsentBasis.CONSENT,
    )


@transaction.atomic
def lift_suppression(
    row: Consent, *, source: str, evidence: str, note: str = "", actor: Actor
) -> None:
    """End the suppression of an address that only its hash is left of.

    Raises: NotAllowed, InvalidInput (no source, no evidence), InvalidState (not suppressed).
    """
    require(actor, MANAGE_CONSENT, row)
    if source not in _SOURCES:
        raise InvalidInput("source", _("Choose how the person said it."))
    if not evidence.strip():
        raise InvalidInput(
            "evidence", _("Give the evidence: a number, a file or another way to find it again.")
        )
    if not lift(
        row.brand_id,
        channel=row.channel,
        hashed=row.address_hash,
        purpose=row.purpose,
        source=source,
        evidence=evidence.strip(),
        actor=actor,
        at=timezone.now(),
        proof=Proof(note=note.strip()[:1000]),
    ):
        raise InvalidState
