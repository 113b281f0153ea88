"""Errors: always a problem, in words, naming what was wrong; never more than that."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import AuditEvent
from inbox.models import Conversation
from tenants.exceptions import DomainError, InvalidInput, InvalidState, NotAllowed, NotFound
from tenants.models import uuid7
from tenants.scope import brand_scope
from tests.engage.api.conftest import Rows
from tests.engage.api.test_access import assert_problem
from tests.factories.api import Program, make_program


@pytest.fixture
def program(in_north: Rows) -> Program:
    return make_program(in_north.brand)


@pytest.mark.parametrize(
    ("collection", "name", "value", "code"),
    [
        ("conversations", "state", "ajar", "invalid_choice"),
        ("conversations", "kind", "DIRECT", "invalid_choice"),
        ("conversations", "channel", "fax", "invalid_choice"),
        ("conversations", "assignee", "me", "invalid"),
        ("conversations", "account", "1", "invalid"),
        ("conversations", "contact", "\x00", "invalid"),
        ("conversations", "active_since", "yesterday", "invalid"),
        ("conversations", "sate", "open", "unknown"),
        ("conversations", "brand", "south", "unknown"),
        ("messages", "conversation", "1", "invalid"),
        ("messages", "direction", "up", "invalid_choice"),
        ("messages", "since", "2026-13-01T00:00:00Z", "invalid"),
        ("cases", "state", "x", "invalid_choice"),
        ("cases", "message", "x", "invalid"),
        ("decisions", "action", "x", "invalid_choice"),
        ("decisions", "automation", "x", "invalid_choice"),
        ("decisions", "case", "x", "invalid"),
        ("audit-events", "kind", "a\x00b", "null_characters_not_allowed"),
        ("audit-events", "object", "x" * 81, "max_length"),
        ("audit-events", "until", "1", "invalid"),
        ("audit-events", "is_sealed", "perhaps", "invalid_choice"),
        ("channels", "name", "x", "unknown"),
    ],
)
def test_bad_filters_are_named(
    program: Program, collection: str, name: str, value: str, code: str
) -> None:
    response = program.get(f"{collection}/", {name: value})

    assert_problem(response, 400, "invalid_input")
    (error,) = response.json()["errors"]
    assert (error["field"], error["code"]) == (name, code)
    assert error["detail"]


def test_a_repeated_filter_is_refused(program: Program) -> None:
    response = program.get("conversations/", {"state": ["open", "closed"]})

    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("state", "repeated")]


@pytest.mark.parametrize("key", ["1", "x" * 300, "%00", "%ff", "..", "null", "%F0%9F%92%A9"])
def test_bad_keys_are_missing_objects(program: Program, key: str) -> None:
    assert_problem(program.get(f"conversations/{key}/"), 404, "not_found")


@pytest.mark.parametrize("path", ["", "nothing/", "conversations", "conversations/1/2/3/"])
def test_unknown_addresses_are_problems(program: Program, path: str) -> None:
    assert_problem(program.get(path), 404, "not_found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace", "post"])
def test_methods_that_do_not_exist(program: Program, method: str) -> None:
    call = getattr(program.client, method)

    response = call(program.url("messages/"), headers={"Authorization": f"Bearer {program.plain}"})

    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


def reply(program: Program, rows: Rows, body: Any, **more: Any) -> Any:
    path = f"conversations/{rows.conversations[0].pk}/replies/"
    return program.post(path, body, **{"Idempotency-Key": "k"} | more)


@pytest.mark.parametrize(
    "body",
    ["{", '"', "[" * 100_000, '{"text": NaN}', b"\xff\xfe", "9" * 5000, ""],
    ids=["open", "quote", "deep", "NaN", "not UTF-8", "long number", "empty"],
)
def test_malformed_json(program: Program, in_north: Rows, body: Any) -> None:
    response = reply(program, in_north, body)

    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.status_code == 400
    assert response.json()["code"] == ("invalid_input" if body == "" else "parse_error")


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_json_of_another_shape(program: Program, in_north: Rows, body: Any) -> None:
    assert_problem(reply(program, in_north, json.dumps(body)), 400, "invalid_input")


def test_other_media_types(program: Program, in_north: Rows) -> None:
    response = reply(program, in_north, "text=Hi", content_type="application/x-www-form-urlencoded")

    assert_problem(response, 415, "unsupported_media_type")
    assert_problem(program.get("messages/", Accept="text/html"), 406, "not_acceptable")


def test_bodies_over_the_bound(program: Program, in_north: Rows) -> None:
    assert_problem(reply(program, in_north, {"text": "x" * 300_000}), 413, "body_too_large")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        ("  \n ", "blank"),
        (None, "null"),
        ("a\x00b", "null_characters_not_allowed"),
        ("\ud800", "surrogate_characters_not_allowed"),
        ("x" * 20_001, "max_length"),
        (["x"], "invalid"),
    ],
)
def test_bad_texts_are_named(program: Program, in_north: Rows, text: Any, code: str) -> None:
    response = reply(program, in_north, json.dumps({"text": text}))

    assert_problem(response, 400, "invalid_input")
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("text", code)]


def test_a_rule_that_refuses_is_told_in_words(program: Program, in_north: Rows) -> None:
    response = reply(program, in_north, {"text": "x" * 9_000})

    assert_problem(response, 422, "reply_too_long")
    assert "8000" in response.json()["detail"]


class Refused(DomainError):
    code = "some_rule"
    default_message = "No."


@pytest.mark.parametrize(
    ("error", "status", "code", "fields"),
    [
        (NotAllowed(), 403, "not_allowed", []),
        (NotFound(), 404, "not_found", []),
        (InvalidState(), 409, "invalid_state", []),
        (InvalidInput("name", "No."), 400, "invalid_input", ["name"]),
        (Refused(), 422, "some_rule", []),
    ],
)
def test_domain_errors_have_their_status_and_take_back_what_was_written(
    program: Program,
    in_north: Rows,
    monkeypatch: pytest.MonkeyPatch,
    error: DomainError,
    status: int,
    code: str,
    fields: list[str],
) -> None:
    write_and_raise(monkeypatch, error)

    response = program.post(f"conversations/{in_north.conversations[0].pk}/close/")

    assert_problem(response, status, code)
    assert [one["field"] for one in response.json()["errors"]] == fields
    with brand_scope(in_north.brand.pk):
        assert not Conversation.objects.filter(preview="written").exists()


def write_and_raise(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def close(_conversation: Conversation, *, actor: Any) -> None:
        assert Conversation.objects.update(preview="written") == 2
        raise error

    monkeypatch.setattr("inbox.domain.work.close", close)


def test_the_unforeseen_says_nothing_and_is_taken_back(
    program: Program, in_north: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_and_raise(monkeypatch, RuntimeError("password=hunter2"))

    response = program.post(f"conversations/{in_north.conversations[0].pk}/close/")

    assert_problem(response, 500, "server_error")
    assert b"hunter2" not in response.content
    assert response.headers["X-Correlation-ID"]
    with brand_scope(in_north.brand.pk):
        assert not Conversation.objects.filter(preview="written").exists()


def test_a_refused_request_leaves_no_audit_event(program: Program, in_north: Rows) -> None:
    with brand_scope(in_north.brand.pk):
        before = AuditEvent.objects.count()

    program.get(f"conversations/{uuid7()}/")
    program.get("conversations/", {"limit": "x"})
    reply(program, in_north, {"text": ""})

    with brand_scope(in_north.brand.pk):
        assert AuditEvent.objects.count() == before


def test_details_are_in_the_readers_language(program: Program) -> None:
    english = program.post("messages/").json()
    german = program.post("messages/", **{"Accept-Language": "de"}).json()

    assert english["detail"] == 'Method "POST" not allowed.'
    assert german["detail"] == 'Methode "POST" nicht erlaubt.'
    assert english["title"] == german["title"] == "Method Not Allowed"


@pytest.mark.parametrize("path", ["/nowhere", "/w/acme/north/nowhere/"])
def test_other_pages_keep_their_own_404(program: Program, path: str) -> None:
    response = program.client.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


NAMES = st.sampled_from(
    ["limit", "cursor", "state", "kind", "since", "until", "active_since", "conversation",
     "assignee", "direction", "category", "actor", "object", "is_sealed", "x"]
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    st.integers().map(str),
    st.uuids().map(str),
    st.sampled_from(["open", "in", "true", "1", "0001-01-01", "9999-12-31T23:59:59-23:59"]),
)
COLLECTIONS = st.sampled_from(["conversations", "messages", "cases", "decisions", "audit-events"])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(collection=COLLECTIONS, params=st.dictionaries(NAMES, VALUES, max_size=3))
def test_no_parameters_break_the_server(
    program: Program, collection: str, params: dict[str, str]
) -> None:
    params = {name: value.encode("utf-8", "replace").decode() for name, value in params.items()}

    response = program.get(f"{collection}/", params)

    assert response.status_code in {200, 400}, (params, response.content)
