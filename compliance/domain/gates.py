"""Compliance's gates in ``settings.SEND_GATES``. Each gives a refusal or nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.choices import ConsentBasis, ConsentState, Purpose
from compliance.domain.consent import BLOCKED, NEED_CONSENT, standing
from compliance.domain.consent_address import address_hash, is_steady
from compliance.models import ProcessingRestriction

DISCLOSE_AGAIN_AFTER = timedelta(hours=24)
LOOK_AGAIN_AFTER = timedelta(seconds=1)
DISCLOSURE_ROOM = 150
"""Characters to keep free below a network's limit for the disclosure and its empty line."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message may not leave now. ``code`` for machines, ``message`` for people.

    ``retry_at``: when it may by itself; without it the message is held until somebody acts.
    """

    gate: str
    code: str
    message: str
    retry_at: datetime | None = None

    def to_json(self) -> dict[str, str]:
        return {"gate": self.gate, "code": self.code, "message": self.message}


class Outgoing(Protocol):
    """What these gates need to know of a message that is about to leave.

    ``is_leaving``: the last question before the network is called. ``further_addresses``: of the
    same person on the same channel; asked for only if the answer matters.
    """

    brand_id: UUID
    channel: str
    address: str
    purpose: str
    is_text: bool
    is_automated: bool
    is_leaving: bool
    text: str
    language: str
    now: datetime
    last_disclosed_at: datetime | None
    person_spoke_last: bool
    disclosure: str
    disclosure_why: str

    @property
    def further_addresses(self) -> Sequence[str]: ...

    @property
    def contact_ref(self) -> UUID: ...

    def own_disclosure(self, language: str) -> str:
        """The brand's own words, empty if it has none."""


def restriction(outgoing: Outgoing) -> Refusal | None:
    """A person whose data may only be stored is written to about the request itself, nothing else.

    Source: GDPR Art. 18(2).
    """
    if not outgoing.is_text or outgoing.purpose in {Purpose.CONFIRMATION, Purpose.NOTICE}:
        return None
    standing_one = ProcessingRestriction.objects.filter(
        brand_id=outgoing.brand_id, contact_ref=outgoing.contact_ref, lifted_at=None
    )
    if not standing_one.exists():
        return None
    return Refusal(
        "restriction",
        "restricted",
        _("This person's data may only be stored, Art. 18 GDPR. See their data request."),
    )


def consent(outgoing: Outgoing) -> Refusal | None:
    """Nothing automatic to someone who opted out, nothing promotional without a yes, nothing at
    all to someone who wants no messages.

    Asked for the last time, it also keeps the answer true until the message is marked as on its
    way: an opt-out that is being stored makes it wait, one that comes later finds it in flight.
    Source: UWG § 7(2) no. 2 (marketing needs prior consent), § 7(3), GDPR Art. 7(3), 21(2).
    """
    if not outgoing.is_text or outgoing.purpose in {Purpose.CONFIRMATION, Purpose.NOTICE}:
        return None
    asks_further = outgoing.is_automated or outgoing.purpose in NEED_CONSENT
    further = outgoing.further_addresses if asks_further else ()
    if asks_further and outgoing.is_leaving and not _is_steady(outgoing, further):
        return Refusal(
            "consent",
            "consent_changing",
            _("This person's opt-out or consent is being stored at this moment."),
            retry_at=outgoing.now + LOOK_AGAIN_AFTER,
        )
    known = standing(
        outgoing.brand_id, channel=outgoing.channel, address=outgoing.address, further=further
    )
    blocked = {purpose for purpose, word in known.items() if word.state in BLOCKED}
    if Purpose.SERVICE in blocked:
        return Refusal("consent", "no_contact", _("This person wants no messages at all."))
    if outgoing.is_automated and Purpose.AUTOMATION in blocked:
        return Refusal("consent", "opted_out", _("This person does not want automatic messages."))
    if outgoing.purpose not in NEED_CONSENT:
        return None
    word = known.get(outgoing.purpose)
    if word is None or word.state != ConsentState.GRANTED:
        if outgoing.purpose == Purpose.MARKETING:
            words = _("This person has not agreed to marketing.")
        else:
            words = _("This person has not agreed to surveys.")
        return Refusal("consent", "no_consent", words)
    if word.basis == ConsentBasis.CUSTOMER and not _WAY_OUT.search(outgoing.text):
        return Refusal(
            "consent",
            "no_objection_notice",
            _("To existing customers each message says that they may object: name STOP."),
        )
    return None


_WAY_OUT = re.compile(r"\b(STOPP?|widersprechen|abmelden|unsubscribe|opt out)\b", re.IGNORECASE)


def _is_steady(outgoing: Outgoing, further: Sequence[str]) -> bool:
    every = (outgoing.address, *further)
    hashes = [address_hash(outgoing.brand_id, outgoing.channel, one) for one in every]
    return is_steady(outgoing.brand_id, hashes)


_DISCLOSURE = gettext_lazy("Automatic reply. Write AGENT to reach a person, STOP to opt out.")


def disclosure(outgoing: Outgoing) -> Refusal | None:
    """Never refuses: says that a machine is writing, where that is due, in the brand's own words
    if it has some in this language.

    Due at the first automatic message, after a long gap, and when a machine takes over from a
    person. Source: AI Act Art. 50(1); Meta's messenger policy for bots.
    """
    if not (outgoing.is_text and outgoing.is_automated):
        return None
    if outgoing.last_disclosed_at is None:
        outgoing.disclosure_why = "first"
    elif outgoing.person_spoke_last:
        outgoing.disclosure_why = "handover"
    elif outgoing.now - outgoing.last_disclosed_at > DISCLOSE_AGAIN_AFTER:
        outgoing.disclosure_why = "gap"
    else:
        return None
    language = outgoing.language or "en"
    outgoing.disclosure = outgoing.own_disclosure(language) or standard_disclosure(language)
    return None


def standard_disclosure(language: str) -> str:
    """The product's own words, for brands without any in this language."""
    with translation.override(language):
        return str(_DISCLOSURE)
