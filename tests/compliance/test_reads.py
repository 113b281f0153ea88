"""Reading personal data in the admin is an event: once per person, object and some minutes."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from compliance.domain import reads
from compliance.models import AuditDetail, AuditEvent
from compliance.registries import personal_data
from inbox.models import Conversation
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

ADMIN = "/w/acme/north/admin/"
LIST = f"{ADMIN}inbox/conversation/"
# Pages over tables with personal data of the public that record no reading, and why.
UNREAD = {
    "compliance.datarequest": "its page records the reading itself",
    "compliance.auditevent": "the trail itself; taking it out is an event",
    "compliance.fieldchange": "the trail itself",
    "compliance.auditexport": "a job; opening its file is an event",
    "compliance.brandexport": "a job; opening its file is an event",
    "compliance.consentjob": "a job; opening its file is an event",
    "compliance.evidencepack": "a job; opening its file is an event",
    "compliance.disclosureshown": "which sentence was shown; names nobody",
    "compliance.subjecterasure": "keys of a person who is gone",
    "compliance.legalhold": "keys and reasons of staff",
}


@pytest.fixture
def thread(north: Brand) -> Conversation:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north, "whatsapp"))
        make_message(conversation, "Wo bleibt mein Paket?")
    return conversation


def told(brand: Brand) -> list[tuple[str, str]]:
    with brand_scope(brand.pk):
        rows = AuditEvent.objects.order_by("at", "pk")
        kinds = ("read", "listed", "searched")
        return [(r.kind, r.object_ref) for r in rows if r.kind.rpartition(".")[2] in kinds]


def test_opening_a_conversation_is_told_once(
    client: Client, north: Brand, ada: User, thread: Conversation
) -> None:
    client.force_login(ada)
    for _turn in range(3):
        assert client.get(f"{LIST}{thread.pk}/change/").status_code == 200

    assert sorted(told(north)) == [
        ("inbox.conversation.listed", str(north.pk)),
        ("inbox.conversation.read", str(thread.pk)),
    ]


def test_another_person_and_a_later_hour_are_told_anew(
    client: Client,
    north: Brand,
    ada: User,
    olga: User,
    thread: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for person in (ada, olga):
        client.force_login(person)
        client.get(f"{LIST}{thread.pk}/change/")
    later = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr(reads.timezone, "now", lambda: later)
    client.get(f"{LIST}{thread.pk}/change/")

    assert told(north).count(("inbox.conversation.read", str(thread.pk))) == 3


def test_a_search_keeps_its_term_where_it_can_be_erased(
    client: Client, north: Brand, ada: User, thread: Conversation
) -> None:
    client.force_login(ada)
    for term in ("Paket", "Paket", "bleibt"):
        client.get(LIST, {"q": term})
    with brand_scope(north.pk):
        terms = [row.readable for row in AuditDetail.objects.filter(name="term")]
        bodies = [row.body for row in AuditEvent.objects.filter(kind="inbox.conversation.searched")]

    assert sorted(terms) == ["Paket", "bleibt"]
    assert len(bodies) == 2
    assert not any("Paket" in body for body in bodies)


def test_the_palette_tells_what_it_finds(
    client: Client, north: Brand, ada: User, thread: Conversation
) -> None:
    client.force_login(ada)
    client.get(f"{ADMIN}search/", {"s": str(thread.contact)[:6]})

    assert ("inbox.contact.searched", str(north.pk)) in told(north)


def test_contacts_are_told(client: Client, north: Brand, ada: User, thread: Conversation) -> None:
    client.force_login(ada)
    client.get(f"{ADMIN}inbox/contact/")
    client.get(f"{ADMIN}inbox/contact/{thread.contact_id}/change/")

    assert ("inbox.contact.listed", str(north.pk)) in told(north)
    assert ("inbox.contact.read", str(thread.contact_id)) in told(north)


def test_no_event_no_page(
    client: Client,
    north: Brand,
    ada: User,
    thread: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> int:
        raise RuntimeError("no ledger")

    monkeypatch.setattr(reads, "insert_unless_told", broken)
    client.force_login(ada)
    client.raise_request_exception = False
    answer = client.get(f"{LIST}{thread.pk}/change/")

    assert answer.status_code == 500
    assert b"Paket" not in answer.content


def test_a_stranger_who_sees_nothing_leaves_no_reading(
    client: Client, north: Brand, gus: User, thread: Conversation
) -> None:
    client.force_login(gus)
    assert client.get(f"{LIST}{thread.pk}/change/").status_code == 404
    assert told(north) == []


def test_every_page_over_people_records_readings() -> None:
    silent = set()
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        table = next((one for key, one in personal_data.items() if str(key).lower() == label), None)
        concerns = table is not None and table.about.subject not in {"", "self"}
        # Rows about those who work here, made by them: their acts are events themselves.
        if table is not None and concerns:
            link = model._meta.get_field(table.about.subject.partition("__")[0])
            concerns = link.related_model is not User
        if concerns and not getattr(page, "reads", ""):
            silent.add(label)

    assert silent - set(UNREAD) == set()
