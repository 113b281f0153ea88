"""The other ways in: message, channel code, staff, API, Meta; duplicates and unknown people."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.choices import RequestState
from compliance.domain.requests import ending, identity, intake, links
from compliance.domain.requests.intake import kind_of
from compliance.exceptions import RequestRefused
from compliance.models import DataRequest
from inbox.domain.data_deletion import read_signed_request
from inbox.domain.data_requests import data_requests
from inbox.domain.items import Item
from inbox.models import ContactHandle
from tenants.domain.agencies import own_brand
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import User
from tenants.scope import own_scope
from tests.compliance.requests.stage import LENA_MAIL, LENA_NUMBER, Stage
from tests.factories.api import make_program
from tests.factories.inbox import make_message

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _item(stage: Stage, text: str) -> Item:
    from inbox.domain import consent_words

    message = make_message(stage.thread, text)
    item = Item(
        account=stage.account,
        contact=stage.contact,
        handle=ContactHandle.objects.get(contact=stage.contact),
        conversation=stage.thread,
        message=message,
        now=timezone.now(),
    )
    item.heard = consent_words.hear(text)
    return item


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Bitte löschen Sie meine Daten", "erasure"),
        ("delete my data", "erasure"),
        ("Auskunft über meine Daten", "access"),
        ("send me my data", "access"),
        ("meine Daten berichtigen", "rectification"),
        ("Artikel 20 DSGVO", "portability"),
        ("Art. 21 Widerspruch", "objection"),
        ("restrict processing", "restriction"),
        ("DSGVO", "access"),
    ],
)
def test_words_say_what_is_asked_for(words: str, kind: str) -> None:
    assert kind_of(words) == kind


def test_a_message_opens_a_case_with_the_identity_of_its_channel(stage: Stage) -> None:
    with stage.scope():
        data_requests(_item(stage, "Bitte löschen Sie alle meine Daten!"))
        case = stage.newest()

        assert (case.kind, case.source, case.state) == (
            "erasure",
            "message",
            RequestState.ASSIGNED,
        )
        assert case.identity_method == "channel"
        assert case.contact_refs == [stage.contact.pk]
        assert case.conversation_ref == stage.thread.pk

        data_requests(_item(stage, "Löschen Sie endlich alle meine Daten!"))
        assert DataRequest.objects.get().joined_count == 1


def test_other_messages_open_nothing(stage: Stage) -> None:
    with stage.scope():
        data_requests(_item(stage, "Wo bleibt mein Paket 1234 5678?"))

        assert DataRequest.objects.count() == 0


def test_the_code_from_the_status_page_shows_who_asks_and_finds_the_contact(stage: Stage) -> None:
    with stage.scope():
        case = stage.ask(email="other@example.test")
        code = links.channel_code(case)
        data_requests(_item(stage, f"Mein Code ist {code[:4]} {code[4:]}"))
        case = stage.fresh(case)

        assert (case.state, case.identity_method) == (RequestState.ASSIGNED, "channel")
        assert case.contact_refs == [stage.contact.pk]


def test_staff_enter_and_duplicates_are_joined(stage: Stage, ada: User) -> None:
    from compliance.domain.requests.cases import Asked

    with stage.scope():
        first = stage.enter()
        asked = Asked(kind="access", source="staff", language="de", email=LENA_MAIL.upper())  # type: ignore[arg-type]
        again, joined = intake.enter_request(stage.brand, asked, actor=stage.olga)
        assert (again.pk, joined, again.joined_count) == (first.pk, True, 1)
        other, joined = intake.enter_request(
            stage.brand,
            Asked(kind="erasure", source="staff", language="de", email=LENA_MAIL),  # type: ignore[arg-type]
            actor=stage.olga,
        )
        assert (joined, other.number) == (False, 2)
        with pytest.raises(NotAllowed):
            intake.enter_request(stage.brand, asked, actor=ada)
        with pytest.raises(InvalidInput, match="Say who asks"):
            intake.enter_request(
                stage.brand,
                Asked(kind="access", source="staff", language="de"),  # type: ignore[arg-type]
                actor=stage.olga,
            )
        with pytest.raises(InvalidInput, match="future"):
            intake.enter_request(
                stage.brand,
                Asked(
                    kind="access",
                    source="staff",  # type: ignore[arg-type]
                    language="de",
                    name="x",
                    received_at=timezone.now() + timedelta(days=1),
                ),
                actor=stage.olga,
            )


def test_after_the_end_the_same_is_a_new_case(stage: Stage) -> None:
    with stage.scope():
        ending.cancel(stage.enter(), reason="mistake", actor=stage.olga)
        again = stage.enter()

        assert (again.number, again.joined_count) == (2, 0)


def test_programs_enter_list_and_read(stage: Stage) -> None:
    program = make_program(stage.brand, "compliance.request.view", "compliance.request.handle")
    body = {"kind": "access", "email": LENA_MAIL, "contacts": [str(stage.contact.pk)]}

    entered = program.post("data-requests/", body)
    again = program.post("data-requests/", body)
    listed = program.get("data-requests/", {"state": "received"}).json()["results"]
    read = program.get(f"data-requests/{entered.json()['id']}/").json()

    assert (entered.status_code, entered.json()["joined"]) == (201, False)
    assert (again.status_code, again.json()["joined"]) == (200, True)
    assert [one["id"] for one in listed] == [entered.json()["id"]]
    assert "email" not in listed[0]
    assert (read["email"], read["contact_refs"]) == (LENA_MAIL, [str(stage.contact.pk)])


@pytest.mark.parametrize(
    "body",
    [{}, {"kind": "all"}, {"kind": "access"}, {"kind": "access", "email": "x"},
     {"kind": "access", "name": "x", "contacts": ["no key"]},
     {"kind": "access", "name": "x", "received_at": "2100-01-01T00:00:00Z"}],
)  # fmt: skip
def test_programs_are_refused_in_words(stage: Stage, body: dict[str, Any]) -> None:
    program = make_program(stage.brand, "compliance.request.handle")

    assert program.post("data-requests/", body).status_code == 400
    assert make_program(stage.brand).post("data-requests/", body).status_code == 403


def _signed(secret: str, **told: Any) -> str:
    payload = {
        "user_id": "1020304",
        "algorithm": "HMAC-SHA256",
        "issued_at": int(timezone.now().timestamp()),
    } | told
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    digest = hmac.new(secret.encode(), encoded.encode(), hashlib.sha256).digest()
    return f"{base64.urlsafe_b64encode(digest).decode().rstrip('=')}.{encoded}"


def _call(stage: Stage, signed: str) -> Any:
    url = f"/webhooks/data-deletion/{stage.account.app_id}/"
    return Client().post(url, {"signed_request": signed})


def test_meta_asks_for_somebody_a_brand_knows(stage: Stage) -> None:
    first = _call(stage, _signed("app-secret", user_id=LENA_NUMBER))
    second = _call(stage, _signed("app-secret", user_id=LENA_NUMBER))

    assert (first.status_code, set(first.json())) == (200, {"url", "confirmation_code"})
    assert first.json()["confirmation_code"] == second.json()["confirmation_code"]
    with stage.scope():
        case = DataRequest.objects.get()
        assert (case.kind, case.source, case.state) == (
            "erasure",
            "platform",
            RequestState.ASSIGNED,
        )
        assert case.contact_refs == [stage.contact.pk]
    page = Client().get(first.json()["url"].removeprefix("http://127.0.0.1:8000"), {"lang": "en"})
    assert first.json()["confirmation_code"] in page.content.decode()
    assert "being worked on" in page.content.decode()


def test_meta_asks_for_somebody_nobody_knows(stage: Stage) -> None:
    answer = _call(stage, _signed("app-secret", user_id=99))

    assert answer.status_code == 200
    path = answer.json()["url"].removeprefix("http://127.0.0.1:8000")
    assert "found no data" in Client().get(path, {"lang": "en"}).content.decode()
    own = own_brand(stage.brand.agency)
    with own_scope(own.pk):
        assert DataRequest.objects.get().contact_refs == []
    with stage.scope():
        assert DataRequest.objects.count() == 0


@pytest.mark.parametrize(
    "signed",
    [
        "",
        ".",
        "a.b",
        "x" * 9000,
        _signed("another secret"),
        _signed(""),
        _signed("app-secret", algorithm="none"),
        _signed("app-secret", issued_at=1_600_000_000),
        _signed("app-secret", issued_at="now"),
        _signed("app-secret", expires=1_600_000_000),
        _signed("app-secret", user_id=None),
        _signed("app-secret", user_id=True),
        _signed("app-secret").replace(".", "!."),
    ],
)
def test_forged_old_and_broken_calls_are_refused(stage: Stage, signed: str) -> None:
    answer = _call(stage, signed)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "the signed request is not valid"},
    )
    with stage.scope():
        assert DataRequest.objects.count() == 0


def test_the_signature_is_over_the_encoded_payload() -> None:
    encoded = base64.urlsafe_b64encode(
        b'{"algorithm": "HMAC-SHA256", "user_id": "7", "issued_at": 1795521600}'
    ).decode()
    digest = hmac.new(b"s", encoded.encode(), hashlib.sha256).digest()
    signed = f"{base64.urlsafe_b64encode(digest).decode()}.{encoded}"
    at = datetime.fromtimestamp(1795521600, UTC)

    assert read_signed_request(signed, ["", "other", "s"], now=at).user_id == "7"
    with pytest.raises(RequestRefused):
        read_signed_request(signed, ["", "other"], now=at)
    with pytest.raises(RequestRefused):
        read_signed_request(signed, ["s"], now=at + timedelta(days=8))


def test_unknown_apps_and_other_methods(stage: Stage) -> None:
    url = "/webhooks/data-deletion/00000000-0000-4000-8000-000000000000/"

    assert Client().post(url, {}).status_code == 404
    assert Client().get(url).status_code == 405


def test_the_identity_is_settled_once(stage: Stage) -> None:
    with stage.scope():
        case = stage.enter()
        with pytest.raises(Exception, match="settled already"):
            identity.verify_by_staff(case, note="again", actor=stage.olga)
