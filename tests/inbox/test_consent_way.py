"""Words of people end to end: what is unclear asks a person, START brings back what was granted,
HELP names the ways, a YES answers what was asked, and a promotional message needs its leave."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import (
    OPT_OUT_PURPOSES,
    carry_over,
    grant,
    may_pass_on,
    proof_until,
    request,
    standing,
    suppress,
)
from compliance.domain.consent_entries import Proof
from compliance.models import AuditEvent, Consent, ConsentEntry, DisclosureShown
from inbox.domain import outbox
from inbox.domain.effects import apply_event
from inbox.domain.sending import send_waiting
from inbox.models import AnswerTemplate, ChannelAccount, Conversation, InboundEvent, OutboxItem
from inbox.providers.base import AccountAccess, Call, SendResult
from inbox.providers.connectors import CONNECTORS
from inbox.providers.events import Author, Event, EventKind
from tenants.actors import PIPELINE, SystemActor
from tenants.models import Brand, User, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account

LENA = "491700"
RULE = SystemActor("rule", "tests", "1")


class Phone:
    """Lena's phone: what it says to north, and what arrives on it."""

    def __init__(self, brand: Brand) -> None:
        self.brand, self.got = brand, list[str]()
        with brand_scope(brand.pk):
            self.account = make_account(brand, "whatsapp", "n1")

    def send(self, _account: AccountAccess, call: Call) -> SendResult:
        self.got.append(call.text)
        return SendResult(f"ext-{uuid7()}")

    def say(self, text: str, *, at: datetime | None = None, phone: str = "") -> None:
        now = timezone.now()
        event = Event(
            channel="whatsapp",
            account_id="n1",
            kind=EventKind.DM_TEXT,
            external_id=f"m-{uuid7()}",
            occurred_at=at or now,
            lane=LENA,
            thread_id=LENA,
            text=text,
            author=Author(external_id=LENA, name="Lena", phone=phone),
        )
        with brand_scope(self.brand.pk):
            account = ChannelAccount.objects.select_related("brand__agency").get()
            apply_event(event, account=account, row=InboundEvent(received_at=now), now=now)

    def work(self) -> list[str]:
        """What arrives when the sender works."""
        before = len(self.got)
        send_waiting(self.brand.pk)
        return self.got[before:]

    def states(self) -> dict[str, str]:
        with brand_scope(self.brand.pk):
            known = standing(self.brand.pk, channel="whatsapp", address=LENA)
            return {purpose: word.state for purpose, word in known.items()}

    def conversation(self) -> Conversation:
        with brand_scope(self.brand.pk):
            return Conversation.objects.get()

    def word(self, verb: Any, *purposes: str, **changes: Any) -> bool:
        with brand_scope(self.brand.pk):
            return bool(
                verb(
                    self.brand.pk,
                    **{
                        "channel": "whatsapp",
                        "address": LENA,
                        "purposes": purposes,
                        "source": "form",
                        "evidence": f"form {uuid7()}",
                        "actor": PIPELINE,
                        "at": timezone.now(),
                    }
                    | changes,
                )
            )

    def advertise(self, text: str = "Neu: Zelte. STOP beendet.", **fields: Any) -> OutboxItem:
        with brand_scope(self.brand.pk):
            return outbox.put(
                Conversation.objects.get(),
                action="message",
                idempotency_key=f"ad:{uuid7()}",
                actor=RULE,
                now=timezone.now(),
                recipient=LENA,
                text=text,
                **{"purpose": Purpose.MARKETING, "language": "de"} | fields,
            )

    def codes(self, item: OutboxItem) -> list[str]:
        with brand_scope(self.brand.pk):
            item.refresh_from_db()
        return [reason["code"] for reason in item.held_reasons]


@pytest.fixture
def phone(north: Brand, monkeypatch: pytest.MonkeyPatch) -> Phone:
    phone = Phone(north)
    for connector in CONNECTORS.values():
        monkeypatch.setattr(connector, "send", phone.send)
    with brand_scope(north.pk):
        AnswerTemplate.objects.create(
            brand=north, name="Dank", shortcut="dank", intent="praise", language="de",
            conversation_kind="direct", text="Vielen Dank!", sends_itself=True,
            min_confidence_pct=10,
        )  # fmt: skip
    return phone


PRAISE = "Ihr seid super, vielen Dank!"


def test_unclear_words_silence_automation_and_ask_a_person(
    phone: Phone, client: Client, ada: User
) -> None:
    phone.say("stop the delivery")
    phone.say(PRAISE)

    assert phone.work() == []
    assert phone.states() == {}
    conversation = phone.conversation()
    assert (conversation.automation_paused, conversation.pause_reason) == (True, "heard_unclear")
    assert (conversation.state, conversation.unanswered_count) == ("open", 2)
    client.force_login(ada)
    page = f"/w/acme/north/admin/inbox/conversation/{conversation.pk}/"
    assert "This may be an opt-out" in client.get(f"{page}change/").content.decode()

    client.post(f"{page}opt_out/", {"word": "stop"})

    assert phone.states() == dict.fromkeys(OPT_OUT_PURPOSES, ConsentState.WITHDRAWN)
    with brand_scope(phone.brand.pk):
        entry = ConsentEntry.objects.filter(purpose="automation").get()
        assert (entry.facts["rule"], entry.actor_ref) == ("person.decided", str(ada.pk))
    assert "This may be an opt-out" not in client.get(f"{page}change/").content.decode()


def test_a_person_decides_that_it_was_no_opt_out(phone: Phone, client: Client, ada: User) -> None:
    phone.say("stop the delivery")
    client.force_login(ada)
    page = f"/w/acme/north/admin/inbox/conversation/{phone.conversation().pk}/"

    client.post(f"{page}opt_out/", {"word": "none"})

    assert phone.states() == {}
    assert phone.conversation().pause_reason == "person_answered"
    again = client.post(f"{page}opt_out/", {"word": "stop"}, follow=True)
    assert "This was changed in the meantime" in again.content.decode()
    assert phone.states() == {}


def test_stop_is_confirmed_once_by_name_and_without_advertising(phone: Phone) -> None:
    phone.say("STOP")
    phone.say("Stopp!!! 🛑")

    (text,) = phone.work()

    assert "North" in text
    assert "START" in text
    assert phone.states() == dict.fromkeys(OPT_OUT_PURPOSES, ConsentState.WITHDRAWN)


def test_a_confirmation_that_comes_late_does_not_leave(phone: Phone) -> None:
    phone.say("STOP")

    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1), tick=False):
        assert phone.work() == []

    with brand_scope(phone.brand.pk):
        (item,) = OutboxItem.objects.all()
        assert [r["code"] for r in item.held_reasons] == ["confirmation_late"]
        assert Consent.objects.get(purpose="automation").confirmed_at is None
    assert phone.states()["automation"] == "withdrawn"


def test_start_brings_back_what_was_granted_and_no_more(phone: Phone) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    phone.say(PRAISE)
    phone.word(grant, Purpose.SURVEY, at=hour_ago)
    phone.say("STOP", at=timezone.now() - timedelta(minutes=2))
    assert set(phone.states().values()) == {"withdrawn"}

    phone.say("START")

    assert phone.states() == {
        "automation": "granted",
        "survey": "granted",
        "marketing": "withdrawn",
    }
    assert "STOP" in phone.work()[-1]


def test_start_does_not_lift_a_suppression(phone: Phone) -> None:
    phone.word(suppress, *OPT_OUT_PURPOSES, at=timezone.now() - timedelta(hours=1))

    phone.say("START")

    assert set(phone.states().values()) == {"suppressed"}
    assert phone.work() == []
    assert phone.conversation().pause_reason == "start_while_suppressed"


def test_help_names_brand_stop_and_a_person_even_after_stop(phone: Phone) -> None:
    phone.say("STOP")
    phone.work()
    phone.say("HILFE")

    (text,) = phone.work()

    for word in ("North", "STOP", "AGENT"):
        assert word in text


def test_yes_answers_what_was_asked_with_its_wording_and_nothing_else(phone: Phone) -> None:
    phone.say("Ja")
    assert phone.states() == {}
    asked = Proof(text_version="marketing-de-1", text_sha256="a" * 64)
    phone.word(request, Purpose.MARKETING, proof=asked, at=timezone.now() - timedelta(minutes=1))

    phone.say("Ja, gerne!")

    assert phone.states() == {"marketing": "granted"}
    with brand_scope(phone.brand.pk):
        entry = ConsentEntry.objects.get(state="granted")
        assert (entry.before, entry.is_double_opt_in) == ("requested", True)
        assert (entry.text_version, entry.text_sha256) == ("marketing-de-1", "a" * 64)
        assert entry.message_ref is not None
        assert entry.facts["rule"].startswith("keyword.agree.")
    assert "North" in phone.work()[-1]


@pytest.mark.parametrize("purpose", [Purpose.MARKETING, Purpose.SURVEY])
def test_promotion_needs_a_yes_and_its_use_prolongs_the_proof(phone: Phone, purpose: str) -> None:
    phone.say(PRAISE)
    phone.work()
    refused = phone.advertise(purpose=purpose)
    assert phone.codes(refused) == ["no_consent"]
    granted_at = timezone.now() - timedelta(days=30)
    phone.word(grant, purpose, at=granted_at)

    item = phone.advertise(purpose=purpose)
    assert phone.work() == ["Neu: Zelte. STOP beendet."]

    with brand_scope(phone.brand.pk):
        word = Consent.objects.get(purpose=purpose)
        item.refresh_from_db()
        assert word.last_used_at == item.sent_at
        assert item.sent_at is not None
        assert proof_until(word).date() == item.sent_at.replace(year=item.sent_at.year + 5).date()
        assert AuditEvent.objects.filter(kind="compliance.consent.used").count() == 1


def test_to_an_existing_customer_each_message_names_the_way_out(phone: Phone) -> None:
    phone.say(PRAISE)
    phone.work()
    phone.word(grant, Purpose.MARKETING, proof=Proof(basis="customer"))

    silent, told = phone.advertise("Neu: Zelte."), phone.advertise("Neu: Zelte. STOP beendet.")

    assert phone.codes(silent) == ["no_objection_notice"]
    assert phone.codes(told) == []


def test_the_exception_never_overrides_an_objection(phone: Phone) -> None:
    phone.say("STOP")

    assert not phone.word(
        grant,
        Purpose.MARKETING,
        at=timezone.now() + timedelta(minutes=1),
        proof=Proof(basis="customer"),
    )
    assert phone.states()["marketing"] == "withdrawn"


def test_a_suppressed_number_binds_a_person_the_network_knows_by_a_key(phone: Phone) -> None:
    phone.word(suppress, Purpose.AUTOMATION, address="+49 151 234567")

    phone.say(PRAISE, phone="49151234567")

    assert phone.work() == []
    with brand_scope(phone.brand.pk):
        (item,) = OutboxItem.objects.filter(purpose="automation")
    assert phone.codes(item) == ["opted_out"]


def test_who_wants_no_messages_at_all_gets_none_not_even_from_people(phone: Phone) -> None:
    phone.say(PRAISE)
    phone.word(suppress, Purpose.SERVICE)

    item = phone.advertise("Guten Tag", purpose=Purpose.SERVICE)

    assert phone.codes(item) == ["no_contact"]


def test_passing_on_needs_its_own_yes(phone: Phone) -> None:
    phone.word(grant, Purpose.MARKETING)
    with brand_scope(phone.brand.pk):
        assert not may_pass_on(phone.brand.pk, channel="whatsapp", address=LENA)
    phone.word(grant, Purpose.SHARING)
    with brand_scope(phone.brand.pk):
        assert may_pass_on(phone.brand.pk, channel="whatsapp", address=LENA)


def test_what_was_said_goes_over_to_a_new_address_with_an_entry(phone: Phone) -> None:
    phone.say("STOP")
    with brand_scope(phone.brand.pk):
        carry_over(phone.brand.pk, channel="whatsapp", old=LENA, new="DE.1", actor=PIPELINE)
        known = standing(phone.brand.pk, channel="whatsapp", address="DE.1")
        moved = ConsentEntry.objects.filter(address_hash=known["automation"].address_hash)
        assert {word.state for word in known.values()} == {"withdrawn"}
        assert moved.count() == 3


def test_a_disclosure_is_proved_with_version_language_and_message(phone: Phone) -> None:
    phone.say(PRAISE)
    (text,) = phone.work()

    with brand_scope(phone.brand.pk):
        shown = DisclosureShown.objects.get()
    assert shown.text in text
    assert (shown.version, shown.language, shown.why) == ("engage-de", "de", "first")
    assert (shown.channel, len(shown.text_sha256)) == ("whatsapp", 64)
    assert shown.message_ref is not None
