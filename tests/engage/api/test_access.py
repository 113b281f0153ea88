"""Who gets what at every address of the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from engage.api import urls
from tenants.domain.tokens import issue_token, revoke_token
from tenants.models import Brand, User, uuid7
from tenants.scope import brand_scope
from tests.engage.api.conftest import Rows
from tests.factories.api import ALL, Program, ids, make_program, make_token

VIEW = "inbox.conversation.view"
WORK = "inbox.conversation.work"
SEND = "inbox.reply.send"
AUDIT = "compliance.audit.view"
THREAD = "conversations/{conversations}/"
# name of the route, method, address, capability ("" = any token of the brand), status
MATRIX = [
    ("conversation-list", "get", "conversations/", VIEW, 200),
    ("conversation-detail", "get", THREAD, VIEW, 200),
    ("conversation-messages", "get", THREAD + "messages/", VIEW, 200),
    ("conversation-reply", "post", THREAD + "replies/", SEND, 201),
    ("conversation-close", "post", THREAD + "close/", WORK, 200),
    ("conversation-reopen", "post", THREAD + "reopen/", WORK, 200),
    ("conversation-assign", "post", THREAD + "assign/", WORK, 200),
    ("message-list", "get", "messages/", VIEW, 200),
    ("reply-detail", "get", "replies/{replies}/", VIEW, 200),
    ("channel-list", "get", "channels/", "inbox.channel.view", 200),
    ("channel-detail", "get", "channels/{channels}/", "inbox.channel.view", 200),
    ("case-list", "get", "cases/", "moderation.case.view", 200),
    ("case-detail", "get", "cases/{cases}/", "moderation.case.view", 200),
    ("decision-list", "get", "decisions/", "moderation.case.view", 200),
    ("decision-detail", "get", "decisions/{decisions}/", "moderation.case.view", 200),
    ("hiding-licence-list", "get", "hiding-licences/", "moderation.quality.view", 200),
    ("quality-sample-list", "get", "quality-samples/", "moderation.quality.view", 200),
    ("audit-event-list", "get", "audit-events/", AUDIT, 200),
    ("audit-event-detail", "get", "audit-events/{audit-events}/", AUDIT, 200),
    ("schema", "get", "schema/", "", 200),
]
BODIES: dict[str, Any] = {
    "conversation-reply": {"text": "Thank you"},
    "conversation-assign": {"assignee": None},
}
# No token asks for a new brand: tests/engage/onboarding/test_api.py. The others need rows of their
# own: tests/compliance/api/test_consents.py, tests/compliance/requests/test_public.py.
ASKED_ELSEWHERE = {
    "brands",
    "consent-list",
    "consent-detail",
    "data-request-list",
    "data-request-detail",
}
COLLECTIONS = ["conversations", "messages", "channels", "cases", "decisions", "audit-events"]
WITH_DETAIL = ["conversations", "channels", "cases", "decisions", "audit-events", "replies"]

rows = pytest.mark.parametrize(
    ("name", "method", "path", "capability", "status"), MATRIX, ids=[row[0] for row in MATRIX]
)


def call(program: Program, name: str, method: str, path: str, rows_of: Rows) -> Any:
    names = {one: rows_of.of(one)[0].pk for one in [*WITH_DETAIL, "messages"]}
    address = path.format(**names)
    if method == "get":
        return program.get(address)
    return program.post(address, BODIES.get(name), **{"Idempotency-Key": "k1"})


def assert_problem(response: Any, status: int, code: str) -> None:
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body.keys() == {"type", "title", "status", "detail", "code", "errors"}


def test_every_address_stands_in_the_matrix() -> None:
    names = {name for name in get_resolver(urls).reverse_dict if isinstance(name, str)}

    assert names - ASKED_ELSEWHERE == {row[0] for row in MATRIX}


@rows
def test_the_right_capability_is_enough(
    in_north: Rows, name: str, method: str, path: str, capability: str, status: int
) -> None:
    program = make_program(in_north.brand, capability or "inbox.channel.view")

    response = call(program, name, method, path, in_north)

    assert response.status_code == status, response.content
    assert response.headers["Cache-Control"] == "no-store"


@rows
def test_every_other_capability_is_not(
    in_north: Rows, name: str, method: str, path: str, capability: str, status: int
) -> None:
    program = make_program(in_north.brand, *(one for one in ALL if one != capability))

    response = call(program, name, method, path, in_north)

    if capability:
        assert_problem(response, 403, "not_allowed")
    else:
        assert response.status_code == status


@rows
def test_a_token_of_another_brand_finds_nothing(
    in_north: Rows, south: Brand, name: str, method: str, path: str, capability: str, status: int
) -> None:
    _token, plain = make_token(south, *ALL)

    foreign = call(Program("acme/north", plain), name, method, path, in_north)
    missing = call(Program("acme/nowhere", plain), name, method, path, in_north)

    assert_problem(foreign, 404, "not_found")
    assert foreign.content == missing.content


@rows
def test_without_a_token_nothing_is_told(
    in_north: Rows, name: str, method: str, path: str, capability: str, status: int
) -> None:
    here = call(Program("acme/north"), name, method, path, in_north)
    nowhere = call(Program("acme/nowhere"), name, method, path, in_north)

    assert_problem(here, 401, "not_authenticated")
    assert here.headers["WWW-Authenticate"] == 'Bearer realm="Engage"'
    assert here.content == nowhere.content


@pytest.mark.parametrize("how", ["expired", "revoked", "unknown", "not one of ours"])
def test_a_dead_token_is_refused(north: Brand, olga: User, how: str) -> None:
    plain = {"unknown": "eng_x", "not one of ours": "x"}.get(how, "")
    if how == "expired":
        _, plain = make_token(north, *ALL, expires_at=timezone.now() - timedelta(seconds=1))
    if how == "revoked":
        with brand_scope(north.pk):
            token, plain = issue_token(north, name="x", names=["inbox.channel.view"], actor=olga)
        assert Program("acme/north", plain).get("channels/").status_code == 200
        with brand_scope(north.pk):
            revoke_token(token, actor=olga)

    response = Program("acme/north", plain).get("channels/")

    assert_problem(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Engage", error="invalid_token"'


def test_a_dead_token_is_refused_even_beside_a_session(north: Brand, ada: User) -> None:
    program = Program("acme/north", "eng_dead")
    program.client.force_login(ada)

    assert_problem(program.get("channels/"), 401, "invalid_token")


def test_a_signed_in_person_reads_with_their_role(in_north: Rows, ada: User) -> None:
    program = Program("acme/north")
    program.client.force_login(ada)

    assert set(ids(program.get("channels/"))) == {str(one.pk) for one in in_north.channels}
    assert_problem(program.get("audit-events/"), 403, "not_allowed")


def test_a_signed_in_person_writes_with_the_csrf_token_only(in_north: Rows, ada: User) -> None:
    program = Program("acme/north", client=Client(enforce_csrf_checks=True))
    program.client.force_login(ada)
    path = f"conversations/{in_north.conversations[0].pk}/close/"

    refused = program.post(path)
    program.client.cookies["csrftoken"] = "a" * 32
    accepted = program.post(path, **{"X-CSRFToken": "a" * 32})

    assert_problem(refused, 403, "permission_denied")
    assert accepted.json()["state"] == "closed"


def test_people_of_other_brands_find_nothing(north: Brand, gus: User, eve: User) -> None:
    for person in (gus, eve):
        program = Program("acme/north")
        program.client.force_login(person)

        assert_problem(program.get("channels/"), 404, "not_found")


@pytest.mark.parametrize("address", ["/api/v1/channels/", "/w/acme/api/v1/channels/"])
def test_outside_a_brand_there_is_no_api(north: Brand, olga: User, address: str) -> None:
    client = Client()
    client.force_login(olga)

    assert_problem(client.get(address), 404, "not_found")


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_lists_do_not_leak(in_north: Rows, in_south: Rows, collection: str) -> None:
    for mine in (in_north, in_south):
        expected = [str(row.pk) for row in reversed(mine.of(collection))]

        found = ids(make_program(mine.brand).get(f"{collection}/", {"limit": 200}))

        assert len(expected) == 2
        assert found == expected


@pytest.mark.parametrize("collection", WITH_DETAIL)
def test_details_do_not_leak(in_north: Rows, in_south: Rows, collection: str) -> None:
    program = make_program(in_north.brand)

    for row in in_north.of(collection):
        assert program.get(f"{collection}/{row.pk}/").json()["id"] == str(row.pk)
    missing = program.get(f"{collection}/{uuid7()}/")
    for row in in_south.of(collection):
        foreign = program.get(f"{collection}/{row.pk}/")
        assert_problem(foreign, 404, "not_found")
        assert foreign.content == missing.content


@pytest.mark.parametrize("act", ["close", "reopen", "assign", "replies", "messages"])
def test_acts_on_foreign_conversations_find_nothing(
    in_north: Rows, in_south: Rows, act: str
) -> None:
    program = make_program(in_north.brand)
    path = f"conversations/{in_south.conversations[0].pk}/{act}/"
    body = {"text": "x", "assignee": None}

    response = program.get(path) if act == "messages" else program.post(path, body)

    assert_problem(response, 404, "not_found")


def test_filters_do_not_reach_into_other_brands(in_north: Rows, in_south: Rows) -> None:
    program = make_program(in_north.brand)

    assert ids(program.get("messages/", {"conversation": in_north.conversations[0].pk})) == [
        str(in_north.messages[0].pk)
    ]
    assert ids(program.get("messages/", {"conversation": in_south.conversations[0].pk})) == []
