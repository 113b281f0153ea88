"""The API takes the same document as the command, and tells the same problems."""

from typing import Any

import pytest
from django.test import Client

from engage.onboarding.document import parse
from engage.onboarding.problems import BadDocument
from tenants.models import Agency, Brand, User
from tests.factories.api import make_program
from tests.factories.tenants import make_member, make_user

URL = "/w/acme/api/v1/brands/"
NOVA: dict[str, Any] = {"brand": {"slug": "nova", "name": "Nova"}, "preset": "retail"}
BAD: dict[str, Any] = {
    "brand": {"slug": "No va", "nam": "x", "business_hours": {"mon": ["9-8"]}},
    "team": [{"email": "x", "role": "moderator"}],
    "~a/b": 1,
}


@pytest.fixture
def api(olga: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(olga)
    return client


def post(client: Client, body: Any, query: str = "") -> Any:
    return client.post(URL + query, body, content_type="application/json")


def test_a_brand_is_made_once(api: Client, acme: Agency) -> None:
    first, second = post(api, NOVA), post(api, NOVA)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["state"] == "onboarding"
    assert {"kind": "created", "place": "brand.name", "before": "", "after": "Nova"} in (
        first.json()["changes"]
    )
    assert {line["kind"] for line in second.json()["changes"]} <= {"kept"}
    assert Brand.objects.filter(agency=acme).count() == 1


def test_a_dry_run_makes_nothing(api: Client, acme: Agency) -> None:
    answer = post(api, NOVA, "?dry_run=1")

    assert (answer.status_code, answer.json()["dry_run"]) == (200, True)
    assert len(answer.json()["changes"]) > 30
    assert not Brand.objects.filter(agency=acme).exists()


def test_every_problem_by_pointer_as_the_parser_tells_it(api: Client) -> None:
    answer = post(api, BAD)

    with pytest.raises(BadDocument) as refused:
        parse(BAD)
    told = [(one["field"], one["detail"]) for one in answer.json()["errors"]]
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told == [(one.pointer, one.message) for one in refused.value.problems]
    assert [pointer for pointer, _words in told] == [
        "/~0a~1b",
        "/brand/nam",
        "/brand/slug",
        "/brand/business_hours/mon",
        "/team/0/email",
    ]


@pytest.mark.parametrize("body", ["[]", '"x"', "{}", "{", "null", '{"brand": []}'])
def test_what_is_no_document_is_a_problem(api: Client, body: str) -> None:
    answer = post(api, body)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_foreign_agency_is_not_there(gus: User, acme: Agency) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(gus)

    assert post(client, NOVA).status_code == 404
    assert not Brand.objects.filter(slug="nova").exists()


def test_a_colleague_without_the_right_is_refused(acme: Agency) -> None:
    ann = make_user("ann")
    make_member(ann, acme, "analyst")
    client = Client(raise_request_exception=False)
    client.force_login(ann)

    answer = post(client, NOVA)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Brand.objects.filter(slug="nova").exists()


def test_a_token_makes_no_brand(north: Brand) -> None:
    program = make_program(north, "tenants.brand.create", "tenants.brand.manage")

    here = program.post("brands/", NOVA)
    agency = program.client.post(
        URL, NOVA, content_type="application/json", headers={"Authorization": program.plain}
    )

    assert (here.status_code, agency.status_code) == (404, 401)
    assert not Brand.objects.filter(slug="nova").exists()


def test_nobody_is_asked_to_sign_in(acme: Agency) -> None:
    assert post(Client(raise_request_exception=False), NOVA).status_code == 401
