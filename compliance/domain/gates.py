"""Compliance's gates in ``settings.SEND_GATES``. Each gives a refusal or nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import standing

DISCLOSE_AGAIN_AFTER = timedelta(hours=24)
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
    """What these gates need to know of a message that is about to leave."""

    brand_id: UUID
    channel: str
    address: str
    purpose: str
    is_text: bool
    is_automated: bool
    language: str
    now: datetime
    last_disclosed_at: datetime | None
    person_spoke_last: bool
    disclosure: str
    disclosure_why: str

    def own_disclosure(self, language: str) -> str:
        """The brand's own words, empty if it has none."""


def consent(outgoing: Outgoing) -> Refusal | None:
    """Nothing automatic or promotional to someone who opted out; marketing only on consent.

    Source: UWG § 7(2) no. 2 (marketing needs prior consent), GDPR Art. 7(3), 21(2).
    """
    if not outgoing.is_text or outgoing.purpose in {Purpose.CONFIRMATION, Purpose.NOTICE}:
        return None
    known = standing(outgoing.brand_id, channel=outgoing.channel, address=outgoing.address)
    automation, marketing = known.get(Purpose.AUTOMATION), known.get(Purpose.MARKETING)
    if (
        outgoing.is_automated
        and automation is not None
        and automation.state == ConsentState.WITHDRAWN
    ):
        return Refusal("consent", "opted_out", _("This person does not want automatic messages."))
    if outgoing.purpose == Purpose.MARKETING and (
        marketing is None or marketing.state != ConsentState.GRANTED
    ):
        return Refusal("consent", "no_consent", _("This person has not agreed to marketing."))
    return None


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
    own = outgoing.own_disclosure(language)
    with translation.override(language):
        outgoing.disclosure = own or str(_DISCLOSURE)
    return None
