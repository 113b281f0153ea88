"""The public pages: form, status, package; what they say and what they never say."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from compliance.choices import RequestState
from compliance.domain.requests import ending, handling, identity, links
from compliance.models import DataRequest
from tenants.choices import BrandState
from tenants.models import Brand
from tests.compliance.requests.stage import LENA_MAIL, Stage, code_in, link_in, mails

FORM = "/privacy/acme/north/"
GIVEN = {"kind": "access", "name": "Lena", "email": LENA_MAIL, "details": "WhatsApp"}


@pytest.fixture(autouse=True)
def empty_cache(db: None) -> None:
    cache.clear()


def _text(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode())  # type: ignore[attr-defined]


def test_the_form_speaks_the_browsers_language_and_can_be_switched(stage: Stage) -> None:
    client = Client()

    german = client.get(FORM, headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"})
    english = client.get(FORM, headers={"Accept-Language": "en-GB"})
    switched = client.get(f"{FORM}?lang=en", headers={"Accept-Language": "de"})

    assert [r.status_code for r in (german, english, switched)] == [200, 200, 200]
    assert 'lang="de"' in _text(german)
    assert "Your data at North" in _text(english)
    assert "Your data at North" in _text(switched)
    assert "<script" not in _text(german)
    assert "no-store" in german["Cache-Control"]


def test_known_and_unknown_people_see_the_same_page(stage: Stage) -> None:
    client = Client()

    known = client.post(FORM, GIVEN | {"lang": "en"})
    with stage.scope():
        ending.cancel(stage.newest(), reason="test", actor=stage.olga)
    again = client.post(FORM, GIVEN | {"lang": "en"})
    unknown = client.post(FORM, GIVEN | {"lang": "en", "email": "nobody@example.test"})

    assert _text(known) == _text(again) == _text(unknown)
    assert "We have sent you a mail" in _text(known)
    with stage.scope():
        assert DataRequest.objects.count() == 3
        assert len(mails()) == 3


def test_from_the_mail_to_the_verified_identity(stage: Stage) -> None:
    client = Client()
    client.post(FORM, GIVEN | {"lang": "en"})
    [(to, _subject, text)] = mails()
    page = link_in(text)

    assert to == LENA_MAIL
    assert "Code from the mail" in _text(client.get(page))
    wrong = client.post(page, {"act": "code", "code": "12", "lang": "en"})
    assert (wrong.status_code, "Tries left: 4" in _text(wrong)) == (400, True)
    right = client.post(page, {"act": "code", "code": code_in(text), "lang": "en"}, follow=True)
    assert "being worked on" in _text(right)
    with stage.scope():
        assert stage.newest().state == RequestState.ASSIGNED


def test_a_request_made_twice_is_joined_and_told_by_mail(stage: Stage) -> None:
    client = Client()
    client.post(FORM, GIVEN | {"lang": "en"})
    with stage.scope():
        identity.confirm_code(stage.newest(), code=code_in(mails()[0][2]))

    second = client.post(FORM, GIVEN | {"lang": "en", "details": "And by mail"})

    assert "We have sent you a mail" in _text(second)
    with stage.scope():
        case = DataRequest.objects.get()
        assert (case.joined_count, case.details) == (1, "WhatsApp\n\nAnd by mail")
    assert "You have asked us for the same before" in mails()[-1][2]


def test_too_many_from_one_place_are_told_when_to_come_back(stage: Stage) -> None:
    client = Client()
    for n in range(5):
        client.post(FORM, GIVEN | {"email": f"p{n}@example.test"})

    sixth = client.post(FORM, GIVEN | {"lang": "en", "email": "p6@example.test"})
    other_brand = client.post("/privacy/acme/south/", GIVEN)

    assert (sixth.status_code, "try again in an hour" in _text(sixth)) == (429, True)
    assert other_brand.status_code == 404
    with stage.scope():
        assert DataRequest.objects.count() == 5


def test_what_a_machine_fills_in_is_thanked_for_and_dropped(stage: Stage) -> None:
    answer = Client().post(FORM, GIVEN | {"lang": "en", "website": "http://spam.example"})

    assert "We have sent you a mail" in _text(answer)
    with stage.scope():
        assert (DataRequest.objects.count(), mails()) == (0, [])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"email": ""}, "Give an e-mail address"),
        ({"email": "no address"}, "Give an e-mail address"),
        ({"kind": "everything"}, "Choose what you ask for."),
        ({"kind": ""}, "Choose what you ask for."),
        ({"details": "x" * 4001}, "At most 4000 characters"),
        ({"name": "a\x00b", "email": "x@"}, "Give an e-mail address"),
    ],
)
def test_bad_input_is_told_in_words(stage: Stage, changed: dict[str, str], words: str) -> None:
    answer = Client().post(FORM, GIVEN | {"lang": "en"} | changed)

    assert (answer.status_code, words in _text(answer)) == (400, True)
    with stage.scope():
        assert DataRequest.objects.count() == 0


def test_brands_that_are_closed_or_unknown_have_no_form(stage: Stage) -> None:
    Brand.objects.filter(pk=stage.brand.pk).update(state=BrandState.CLOSED)

    codes = [Client().get(page).status_code for page in (FORM, "/privacy/acme/nowhere/")]

    assert codes == [404, 404]


@pytest.mark.parametrize("page", ["request", "package"])
def test_links_that_were_changed_or_are_old_open_nothing(stage: Stage, page: str) -> None:
    with stage.scope():
        case = stage.ask()
    token = {"request": links.status_token, "package": links.package_token}[page](case)
    other = {"request": links.package_token, "package": links.status_token}[page](case)

    codes = [
        Client().get(f"/privacy/{page}/{one}/").status_code
        for one in (token[:-2], f"x{token}", other, "x:y:z")
    ]

    assert codes == [404] * 4


def test_the_package_needs_a_code_and_every_taking_is_recorded(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_end(stage.to_review(stage.enter()))
        page = f"/privacy/package/{links.package_token(case)}/"
    client = Client()

    assert "SHA-256" in _text(client.get(page))
    early = client.post(page, {"code": "123456", "lang": "en"})
    assert (early.status_code, "expired" in _text(early)) == (400, True)
    sent = client.post(page, {"act": "send", "lang": "en"})
    assert "on its way" in _text(sent)
    code = code_in(mails()[-1][2])
    wrong = client.post(page, {"code": "1", "lang": "en"})
    assert "Tries left: 4" in _text(wrong)
    taken = client.post(page, {"code": code})

    assert b"".join(taken.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    with stage.scope():
        assert stage.fresh(case).downloads == 1


def test_the_status_page_tells_a_refusal_with_its_remedies(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        handling.instruct(case, by="Frau Nord", instruction="Refuse", actor=stage.olga)
        ending.refuse(case, reason="claims", evidence="Court case 4 O 12/26", actor=stage.olga)
        page = f"/privacy/request/{links.status_token(case)}/?lang=en"

    text = _text(Client().get(page))

    assert "Your request was refused." in text
    assert "Art. 17(3)(e)" in text
    assert "supervisory authority" in text
    assert "4 O 12/26" not in text
    assert "Art. 17(3)(e)" in mails()[-1][2] or "Art. 17 Abs. 3" in mails()[-1][2]


def test_the_person_can_withdraw_until_it_is_carried_out(stage: Stage) -> None:
    with stage.scope():
        case = stage.ask()
        page = f"/privacy/request/{links.status_token(case)}/"

    answer = Client().post(page, {"act": "withdraw", "lang": "en"}, follow=True)

    assert "You have withdrawn the request." in _text(answer)
    with stage.scope():
        assert stage.fresh(case).state == RequestState.WITHDRAWN
    late = Client().post(page, {"act": "withdraw", "lang": "en"})
    assert (late.status_code, "This case is over" in _text(late)) == (400, True)
