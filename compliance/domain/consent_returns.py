"""What a START brings back, and what a YES was the answer to."""

from collections.abc import Mapping

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import NEED_CONSENT
from compliance.models import Consent, ConsentEntry


def asked_for(known: Mapping[str, Consent]) -> dict[str, Consent]:
    """Purposes the person was asked about and has not answered."""
    return {p: word for p, word in known.items() if word.state == ConsentState.REQUESTED}


def returning(known: Mapping[str, Consent]) -> tuple[str, ...] | None:
    """The purposes that a START brings back: automation, and what the last opt-out took away of
    what had been granted. None if the address is suppressed, which only a person may lift.

    Who never agreed to marketing does not agree to it by starting again. Source: UWG § 7(2) no. 2.
    """
    automation = known.get(Purpose.AUTOMATION)
    if automation is not None and automation.state == ConsentState.SUPPRESSED:
        return None
    found: list[str] = [Purpose.AUTOMATION]
    for purpose in sorted(NEED_CONSENT):
        word = known.get(purpose)
        if word is not None and word.state == ConsentState.WITHDRAWN and _was_granted(word):
            found.append(purpose)
    return tuple(found)


def _was_granted(word: Consent) -> bool:
    last = (
        ConsentEntry.objects.filter(
            brand_id=word.brand_id,
            channel=word.channel,
            address_hash=word.address_hash,
            purpose=word.purpose,
            state=ConsentState.WITHDRAWN,
        )
        .order_by("-recorded_at", "-id")
        .first()
    )
    return last is not None and last.before == ConsentState.GRANTED and last.basis == "consent"
