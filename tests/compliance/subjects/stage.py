"""A person who writes on two networks, as the networks tell it, and the way to be forgotten."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from compliance.domain.subjects import erasing, plans
from compliance.domain.subjects.erasing import Results
from compliance.domain.subjects.subject import Subject, subject_of
from inbox.domain.pipeline import process_waiting
from inbox.domain.splitting import split_waiting
from inbox.models import ChannelAccount, Contact, ReceivedDelivery
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import agency_scope, brand_scope
from tests.factories.inbox import make_account

SETUP = SystemActor("system", "tests")
REFERENCE = "art17.2026-0042"


@dataclass(frozen=True)
class Person:
    """Who writes. ``word`` stands in everything that they say or are called, ``key`` in the
    networks' ids of what they write."""

    word: str
    key: str
    number: str
    user_id: str
    page_id: str

    @property
    def name(self) -> str:
        return f"Ada {self.word}"


LENA = Person("Zorblatt", "a7f1", "4917012345", "DE.zorblatt48ab", "90011234")
MAX = Person("Quixhandle", "b7f2", "4917054321", "DE.quixhandle99", "90029999")


@dataclass
class Stage:
    """A brand with a WhatsApp number and a page."""

    brand: Brand
    accounts: dict[str, ChannelAccount]

    def deliver(self, channel: str, body: dict[str, Any], *, work: bool = True) -> None:
        """A webhook call comes in; then the workers work."""
        raw = json.dumps(body).encode()
        with agency_scope(self.brand.agency_id):
            ReceivedDelivery.objects.create(
                agency_id=self.brand.agency_id,
                app_id=self.accounts[channel].app_id,
                channel=channel,
                account_hint=self.accounts[channel].external_id,
                body=raw,
                body_sha256=hashlib.sha256(raw).hexdigest(),
                received_at=datetime.now(UTC),
            )
        if work:
            self.work()

    def work(self) -> None:
        split_waiting(self.brand.agency_id)
        process_waiting(self.brand.pk)

    def subject(self, person: Person) -> Subject:
        """The person's contacts, both of them."""
        with brand_scope(self.brand.pk):
            found = Contact.objects.filter(name__contains=person.word).values_list("pk", flat=True)
            return subject_of(self.brand.pk, list(found))

    def scope(self) -> Any:
        return brand_scope(self.brand.pk, agency_ids=[self.brand.agency_id])

    def erase(self, subject: Subject, *, reference: str = REFERENCE, **options: Any) -> Results:
        plan = plans.make_plan(subject)
        return erasing.execute(plan, subject, reference=reference, actor=SETUP, **options)


def build(brand: Brand) -> Stage:
    with brand_scope(brand.pk):
        accounts = {
            "whatsapp": make_account(brand, "whatsapp", "PN1"),
            "facebook": make_account(brand, "facebook", "5551"),
        }
    return Stage(brand, accounts)


def whatsapp_text(
    person: Person, text: str, *, key: str, at: datetime | None = None
) -> dict[str, Any]:
    item = {
        "from": person.number,
        "id": f"wamid.{key}",
        "timestamp": str(int(_moment(at).timestamp())),
        "type": "text",
        "text": {"body": text},
    }
    return _whatsapp(person, messages=[item])


def whatsapp_stop(person: Person, *, at: datetime | None = None) -> dict[str, Any]:
    """The person turned marketing off in the app's own settings."""
    item = {
        "wa_id": person.number,
        "user_id": person.user_id,
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": str(int(_moment(at).timestamp())),
    }
    return _whatsapp(person, field="user_preferences", user_preferences=[item])


def whatsapp_status(person: Person, *, key: str, status: str = "read") -> dict[str, Any]:
    item = {
        "id": f"wamid.{key}",
        "status": status,
        "timestamp": str(int(_moment(None).timestamp())),
        "recipient_id": person.number,
        "recipient_user_id": person.user_id,
    }
    return _whatsapp(person, statuses=[item])


def _whatsapp(person: Person, *, field: str = "messages", **items: Any) -> dict[str, Any]:
    contact = {
        "wa_id": person.number,
        "user_id": person.user_id,
        "profile": {"name": person.name, "username": f"{person.word}.w"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "49301234", "phone_number_id": "PN1"},
        "contacts": [contact],
        **items,
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "WABA1", "changes": [{"field": field, "value": value}]}],
    }


def comment(
    person: Person,
    text: str,
    *,
    key: str,
    at: datetime | None = None,
    verb: str = "add",
    post: str = "5551_700",
) -> dict[str, Any]:
    moment = int(_moment(at).timestamp())
    value = {
        "item": "comment",
        "verb": verb,
        "post_id": post,
        "comment_id": f"700_{key}",
        "parent_id": post,
        "from": {"id": person.page_id, "name": person.name},
        "message": text,
        "created_time": moment,
        "post": {"permalink_url": f"https://facebook.example/{post}"},
    }
    entry = {"id": "5551", "time": moment, "changes": [{"field": "feed", "value": value}]}
    return {"object": "page", "entry": [entry]}


def page_message(
    person: Person, text: str, *, key: str, at: datetime | None = None, echo: bool = False
) -> dict[str, Any]:
    """A direct message to the page, or with ``echo`` one of the page to the person."""
    sides: tuple[dict[str, str], dict[str, str]] = ({"id": person.page_id}, {"id": "5551"})
    sender, recipient = sides[::-1] if echo else sides
    moment = int(_moment(at).timestamp() * 1000)
    message: dict[str, Any] = {"mid": f"m_{key}", "text": text}
    if echo:
        message |= {"is_echo": True, "app_id": 1}
    item = {"sender": sender, "recipient": recipient, "timestamp": moment, "message": message}
    return {"object": "page", "entry": [{"id": "5551", "time": moment, "messaging": [item]}]}


def _moment(at: datetime | None) -> datetime:
    return at or datetime.now(UTC) - timedelta(seconds=5)


def write_all(stage: Stage, person: Person) -> None:
    """Something of each kind, from one person."""
    word, key = person.word, person.key
    stage.deliver("whatsapp", whatsapp_text(person, f"Wo ist {word} 48213?", key=f"{key}1"))
    stage.deliver("whatsapp", whatsapp_text(person, f"Danke, {word}", key=f"{key}2"))
    stage.deliver("whatsapp", whatsapp_stop(person))
    stage.deliver("facebook", comment(person, f"Toll, {word}", key=f"{key}5"))
    stage.deliver("facebook", comment(person, f"Mist, {word}", key=f"{key}6", post="5551_701"))
    stage.deliver("facebook", page_message(person, f"Hallo {word}", key=f"{key}3"))
    stage.deliver("facebook", page_message(person, f"Gern, {word}", key=f"{key}4", echo=True))
    stage.deliver(
        "facebook",
        comment(person, f"Toll!! {word}", key=f"{key}5", verb="edited"),
    )
