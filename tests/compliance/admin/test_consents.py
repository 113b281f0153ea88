"""Opt-outs: search a handle, see when, by which message, what became of it; enter, prove, lift."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import standing, suppress, withdraw
from compliance.domain.consent_entries import Proof
from compliance.models import (
    AuditEvent,
    Consent,
    ConsentEntry,
    ConsentJob,
    ConsentText,
    DisclosureShown,
)
from inbox.models import Contact, Message
from tenants.actors import PIPELINE
from tenants.models import Brand, User, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

CONSENTS = "/w/acme/north/admin/compliance/consent/"
JOBS = "/w/acme/north/admin/compliance/consentjob/"
SHOWN = "/w/acme/north/admin/compliance/disclosureshown/"
# The last one writes down that personal data were read.
LIST_QUERIES = 12
SHOWN_QUERIES = 9


@pytest.fixture
def stopped(north: Brand) -> Message:
    """Lena wrote STOP to north."""
    with brand_scope(north.pk):
        account = make_account(north, "whatsapp", "n1")
        conversation = make_conversation(account, handle="4917055")
        message = make_message(conversation, "STOP, es reicht")
        _withdraw(north, "4917055", message)
    return message


def _withdraw(brand: Brand, address: str, message: Message | None = None, **more: Any) -> None:
    withdraw(
        brand.pk,
        **{
            "channel": "whatsapp",
            "address": address,
            "purposes": [Purpose.AUTOMATION],
            "source": "message",
            "evidence": str(message.pk) if message else "m1",
            "actor": PIPELINE,
            "at": timezone.now() - timedelta(hours=1),
            "proof": Proof(
                message_ref=message.pk if message else None,
                conversation_ref=message.conversation_id if message else None,
                facts={"rule": "keyword.stop.stop", "words": "v1"},
            ),
        }
        | more,
    )


def _row(brand: Brand) -> Consent:
    with brand_scope(brand.pk):
        return Consent.objects.get(purpose=Purpose.AUTOMATION)


@pytest.mark.parametrize("term", ["4917055", "+49 170-55", "Lena Beispiel", "lena"])
def test_a_handle_finds_its_opt_out_and_another_does_not(
    client: Client, aud: User, stopped: Message, north: Brand, term: str
) -> None:
    with brand_scope(north.pk):
        _withdraw(north, "4917099")
    client.force_login(aud)

    assert len(client.get(CONSENTS).context["cl"].result_list) == 2
    found = client.get(CONSENTS, {"q": term}).context["cl"].result_list
    assert [row.pk for row in found] == [row.pk for row in [_by_address(north, "4917055")]]
    assert len(client.get(CONSENTS, {"q": "nobody at all"}).context["cl"].result_list) == 0


def _by_address(brand: Brand, address: str) -> Consent:
    with brand_scope(brand.pk):
        return standing(brand.pk, channel="whatsapp", address=address)[Purpose.AUTOMATION]


def test_the_page_shows_person_time_message_word_and_agreement(
    client: Client, aud: User, stopped: Message, north: Brand
) -> None:
    client.force_login(aud)

    page = client.get(f"{CONSENTS}{_row(north).pk}/change/")

    html = page.content.decode()
    for words in ("Lena Beispiel", "STOP, es reicht", "keyword.stop.stop", "Opted out", "Equal to"):
        assert words in html
    assert f"#m-{stopped.pk}" in html
    assert [one.vouched.is_true for one in page.context["entries"]] == [True]


def test_an_entry_that_was_changed_afterwards_is_told(
    client: Client, aud: User, stopped: Message, north: Brand
) -> None:
    with brand_scope(north.pk):
        ConsentEntry.objects.update(at=timezone.now())
    client.force_login(aud)

    page = client.get(f"{CONSENTS}{_row(north).pk}/change/")

    assert [one.vouched.is_true for one in page.context["entries"]] == [False]
    assert "it was changed afterwards" in page.content.decode()


def test_an_opt_out_outlives_the_person(
    client: Client, aud: User, stopped: Message, north: Brand
) -> None:
    with brand_scope(north.pk):
        Contact.objects.all().delete()
        assert Message.objects.count() == 0
    client.force_login(aud)

    found = client.get(CONSENTS, {"q": "4917055"}).context["cl"].result_list
    html = client.get(f"{CONSENTS}{_row(north).pk}/change/").content.decode()

    assert [row.pk for row in found] == [_row(north).pk]
    assert "Only the hash of the address is known" in html
    assert "es reicht" not in html
    with brand_scope(north.pk):  # and a replay finds them stopped
        known = standing(north.pk, channel="whatsapp", address="4917055")
    assert known[Purpose.AUTOMATION].state == ConsentState.WITHDRAWN


def test_proof_is_a_file_and_an_event(
    client: Client, aud: User, stopped: Message, north: Brand
) -> None:
    client.force_login(aud)
    address = f"{CONSENTS}{_row(north).pk}/proof/"

    assert client.get(address).status_code == 405
    proof = json.loads(client.post(address, {"as": "file"}).content)
    shown = client.post(address).content.decode()

    assert [one["agrees"] for one in proof["entries"]] == [True]
    assert json.loads(proof["entries"][0]["canonical"])["facts"]["rule"] == "keyword.stop.stop"
    assert "1 entry was compared" in shown
    with brand_scope(north.pk):
        assert AuditEvent.objects.filter(kind="compliance.consent.proved").count() == 2


ENTERED = {
    "word": "grant",
    "channel": "whatsapp",
    "address": "+49 170 77",
    "purposes": ["marketing"],
    "source": "paper",
    "evidence": "form 17",
    "at": "2026-01-02T10:00",
    "wording": "Yes, send me offers.",
}


def test_a_consent_is_entered_with_its_evidence(client: Client, aud: User, north: Brand) -> None:
    client.force_login(aud)

    answer = client.post(f"{CONSENTS}enter/", ENTERED)

    assert answer.status_code == 302
    assert len(client.get(answer.headers["Location"]).context["cl"].result_list) == 1
    with brand_scope(north.pk):
        entry = ConsentEntry.objects.get()
        assert (entry.state, entry.evidence_ref, entry.source) == ("granted", "form 17", "paper")
        assert entry.facts == {"wording": "Yes, send me offers."}
        assert entry.actor_ref == str(aud.pk)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"word": ""}, "word"),
        ({"channel": " "}, "channel"),
        ({"address": ""}, "address"),
        ({"purposes": []}, "purposes"),
        ({"purposes": ["notice"]}, "purposes"),
        ({"source": "message"}, "source"),
        ({"evidence": " "}, "evidence"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2999-01-01T00:00"}, "at"),
        ({"wording": ""}, "text"),
        ({"text": "marketing-de-9"}, "text"),
        ({"age": "x"}, "age"),
        ({"age": "15"}, "parental"),
        ({"word": "customer"}, "sale"),
        ({"word": "customer", "sale": "order 1", "sold_on": "2026-01-01"}, "similar"),
        ({"word": "customer", "purposes": ["sharing"]}, "purposes"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_stored(
    client: Client, aud: User, north: Brand, changes: dict[str, Any], wrong: str
) -> None:
    client.force_login(aud)

    page = client.post(f"{CONSENTS}enter/", ENTERED | changes)

    assert page.context["wrong"] == wrong
    with brand_scope(north.pk):
        assert Consent.objects.count() == 0


def test_the_same_evidence_does_not_bring_somebody_back(
    client: Client, aud: User, north: Brand
) -> None:
    client.force_login(aud)
    client.post(f"{CONSENTS}enter/", ENTERED)
    client.post(f"{CONSENTS}enter/", ENTERED | {"word": "withdraw", "at": "2026-02-02T10:00"})

    again = client.post(f"{CONSENTS}enter/", ENTERED | {"at": "2026-03-03T10:00"})
    new = client.post(
        f"{CONSENTS}enter/", ENTERED | {"at": "2026-03-03T10:00", "evidence": "form 99"}
    )

    assert "Nothing was changed" in again.content.decode()
    assert new.status_code == 302
    with brand_scope(north.pk):
        assert Consent.objects.get().state == "granted"


def test_a_suppression_is_lifted_with_evidence_and_what_stood_before_stands_again(
    client: Client, aud: User, stopped: Message, north: Brand
) -> None:
    with brand_scope(north.pk):
        suppress(
            north.pk, channel="whatsapp", address="4917055", purposes=[Purpose.AUTOMATION],
            source="phone", evidence="call 3", actor=PIPELINE, at=timezone.now(),
        )  # fmt: skip
    client.force_login(aud)
    address = f"{CONSENTS}{_row(north).pk}/lift/"

    client.post(address, {"source": "phone", "evidence": ""})
    assert _row(north).state == "suppressed"
    client.post(address, {"source": "phone", "evidence": "call 4"})

    assert _row(north).state == "withdrawn"


@pytest.mark.parametrize(
    ("name", "page", "status"),
    [
        ("ada", CONSENTS, 200),
        ("ada", f"{CONSENTS}enter/", 403),
        ("ada", f"{JOBS}import/", 403),
        ("ada", SHOWN, 200),
        ("gus", CONSENTS, 404),
        ("gus", f"{CONSENTS}enter/", 404),
        ("gus", f"{JOBS}import/", 404),
        ("gus", SHOWN, 404),
        ("aud", f"{CONSENTS}enter/", 200),
        ("aud", f"{JOBS}import/", 200),
        ("aud", JOBS, 200),
        ("aud", SHOWN, 200),
    ],
)
def test_who_may(
    client: Client, request: pytest.FixtureRequest, north: Brand, name: str, page: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))
    assert client.get(page).status_code == status


def test_a_list_is_taken_in_and_its_job_is_watched(client: Client, aud: User, north: Brand) -> None:
    client.force_login(aud)
    file = SimpleUploadedFile("old.csv", b"address,channel\n491,whatsapp\n")

    missing = client.post(f"{JOBS}import/", {"purpose": "old tool"})
    answer = client.post(f"{JOBS}import/", {"purpose": "old tool", "file": file})

    assert "Choose a file." in missing.content.decode()
    job = answer.headers["Location"]
    assert client.get(job, {"part": "state"}).json()["words"] == "Waiting"
    assert "old.csv" in client.get(job).content.decode()
    with brand_scope(north.pk):
        pk = ConsentJob.objects.get().pk
    client.post(f"{JOBS}{pk}/cancel/")
    assert client.get(job, {"part": "state"}).json()["state"] == "cancelled"


def test_disclosures_are_found_by_conversation_and_wording(
    client: Client, aud: User, north: Brand, stopped: Message
) -> None:
    with brand_scope(north.pk):
        rows = [
            DisclosureShown.objects.create(
                brand=north, outbox_ref=uuid7(), conversation_ref=stopped.conversation_id,
                text="Automat", language=language, why="first", shown_at=timezone.now(),
                version=f"own-{language}-1", channel="whatsapp", message_ref=uuid7(),
            )
            for language in ("de", "en")
        ]  # fmt: skip
    client.force_login(aud)

    def found(**query: str) -> set[Any]:
        return {line[0].pk for line in client.get(SHOWN, query).context["lines"]}

    assert found() == {row.pk for row in rows}
    assert found(version="own-de-1") == {rows[0].pk}
    assert found(message=str(rows[1].message_ref)) == {rows[1].pk}
    assert found(conversation=str(uuid7())) == set()
    assert found(conversation="'; drop", since="tomorrow") == {row.pk for row in rows}
    queued = client.post(f"{SHOWN}export/", {"purpose": "audit", "language": "de"})
    with brand_scope(north.pk):
        job = ConsentJob.objects.get()
    assert (str(job.pk) in queued.headers["Location"], job.filters) == (True, {"language": "de"})


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_and_for_three(
    client: Client, aud: User, north: Brand, rows: int, django_assert_num_queries: Any
) -> None:
    with brand_scope(north.pk):
        for number in range(rows):
            _withdraw(north, f"491{number}")
            DisclosureShown.objects.create(
                brand=north, outbox_ref=uuid7(), conversation_ref=uuid7(), text="A",
                language="de", why="first", shown_at=timezone.now(),
            )  # fmt: skip
    client.force_login(aud)
    for page in (CONSENTS, SHOWN):
        client.get(page)

    with django_assert_num_queries(LIST_QUERIES):
        client.get(CONSENTS)
    with django_assert_num_queries(SHOWN_QUERIES):
        client.get(SHOWN)


def test_a_wording_gets_versions_that_never_change(client: Client, aud: User, north: Brand) -> None:
    client.force_login(aud)
    page = "/w/acme/north/admin/compliance/consenttext/"
    for text in ("Ja, Angebote.", "Ja, Angebote und mehr.", "Ja, Angebote."):
        client.post(f"{page}add/", {"purpose": "marketing", "language": "de", "text": text})

    with brand_scope(north.pk):
        rows = list(ConsentText.objects.order_by("version"))
    assert [(row.label, row.text) for row in rows] == [
        ("marketing-de-1", "Ja, Angebote."),
        ("marketing-de-2", "Ja, Angebote und mehr."),
    ]
    assert client.get(page).status_code == 200
    assert client.post(f"{page}{rows[0].pk}/change/", {"text": "x"}).status_code == 403
