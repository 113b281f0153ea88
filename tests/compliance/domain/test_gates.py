"""Compliance's gates: who may be written to, and when a machine says that it is one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from compliance.choices import Purpose
from compliance.domain.consent import grant, withdraw
from compliance.domain.gates import DISCLOSE_AGAIN_AFTER, Refusal, consent, disclosure
from tenants.actors import PIPELINE
from tenants.models import Brand

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=1)


@dataclass
class Message:
    """What the gates ask about."""

    brand_id: UUID
    channel: str = "whatsapp"
    address: str = "49170000"
    purpose: str = Purpose.AUTOMATION
    is_text: bool = True
    is_automated: bool = True
    is_leaving: bool = False
    text: str = "Hallo"
    further_addresses: tuple[str, ...] = ()
    language: str = "de"
    now: datetime = NOON
    last_disclosed_at: datetime | None = None
    person_spoke_last: bool = False
    disclosure: str = ""
    disclosure_why: str = ""
    own: str = ""

    def own_disclosure(self, language: str) -> str:
        return self.own if language == self.language else ""


def _stop(brand: Brand) -> None:
    withdraw(
        brand.pk,
        channel="whatsapp",
        address="49170000",
        purposes=[Purpose.AUTOMATION, Purpose.MARKETING],
        source="message",
        evidence="m1",
        actor=PIPELINE,
        at=LONG_AGO,
    )


def _code(refusal: Refusal | None) -> str:
    return refusal.code if refusal else ""


@pytest.mark.parametrize(
    ("purpose", "is_automated", "before", "after"),
    [
        (Purpose.AUTOMATION, True, "", "opted_out"),
        (Purpose.SERVICE, True, "", "opted_out"),
        # A person may still answer a question that was asked.
        (Purpose.SERVICE, False, "", ""),
        (Purpose.MARKETING, False, "no_consent", "no_consent"),
        (Purpose.MARKETING, True, "no_consent", "opted_out"),
        (Purpose.CONFIRMATION, True, "", ""),
        (Purpose.NOTICE, True, "", ""),
    ],
)
def test_what_may_leave_before_and_after_stop(
    in_north: Brand, purpose: str, is_automated: bool, before: str, after: str
) -> None:
    message = Message(in_north.pk, purpose=purpose, is_automated=is_automated)

    first = _code(consent(message))
    _stop(in_north)

    assert (first, _code(consent(message))) == (before, after)


def test_marketing_needs_a_yes_and_loses_it_with_stop(in_north: Brand) -> None:
    message = Message(in_north.pk, purpose=Purpose.MARKETING, is_automated=False)
    grant(
        in_north.pk,
        channel="whatsapp",
        address="49170000",
        purposes=[Purpose.MARKETING],
        source="form",
        evidence="f1",
        actor=PIPELINE,
        at=LONG_AGO - timedelta(days=1),
    )
    assert consent(message) is None

    _stop(in_north)

    assert _code(consent(message)) == "no_consent"


def test_hiding_a_comment_asks_nobody(in_north: Brand) -> None:
    _stop(in_north)

    assert consent(Message(in_north.pk, is_text=False)) is None


def test_a_refusal_is_words_for_people_and_a_code_for_machines(in_north: Brand) -> None:
    _stop(in_north)
    refusal = consent(Message(in_north.pk))

    assert refusal is not None
    assert refusal.to_json() == {
        "gate": "consent",
        "code": "opted_out",
        "message": "This person does not want automatic messages.",
    }


@pytest.mark.parametrize(
    ("last", "person_spoke_last", "why"),
    [
        (None, False, "first"),
        (None, True, "first"),
        (NOON - timedelta(minutes=5), False, ""),
        (NOON - timedelta(minutes=5), True, "handover"),
        (NOON - DISCLOSE_AGAIN_AFTER, False, ""),
        (NOON - DISCLOSE_AGAIN_AFTER - timedelta(seconds=1), False, "gap"),
    ],
)
def test_when_a_machine_says_that_it_is_one(
    last: datetime | None, person_spoke_last: bool, why: str
) -> None:
    message = Message(uuid4(), last_disclosed_at=last, person_spoke_last=person_spoke_last)

    assert disclosure(message) is None
    assert message.disclosure_why == why
    assert bool(message.disclosure) == bool(why)


@pytest.mark.parametrize("changes", [{"is_automated": False}, {"is_text": False}])
def test_a_person_discloses_nothing(changes: dict[str, bool]) -> None:
    message = Message(uuid4(), **changes)

    assert disclosure(message) is None
    assert (message.disclosure, message.disclosure_why) == ("", "")


def test_the_brands_own_words_are_used_in_their_language_only() -> None:
    german = Message(uuid4(), language="de", own="Unser Automat. STOP oder MENSCH.")
    dutch = Message(uuid4(), language="de", own="")

    disclosure(german)
    disclosure(dutch)

    assert german.disclosure == "Unser Automat. STOP oder MENSCH."
    assert dutch.disclosure.startswith("Automatische Antwort")


def test_the_disclosure_names_the_ways_out() -> None:
    message = Message(uuid4(), language="en")

    disclosure(message)

    assert "AGENT" in message.disclosure
    assert "STOP" in message.disclosure
