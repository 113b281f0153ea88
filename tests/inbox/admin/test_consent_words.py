"""A brand's own opt-out words, and the trial of a message."""

from typing import Any

import pytest
from django.test import Client

from compliance.models import AuditEvent
from inbox.domain.consent_words import hear
from inbox.domain.own_words import own_words
from inbox.models import ConsentWord
from tenants.models import Brand, User
from tenants.scope import brand_scope

PAGE = "/w/acme/north/admin/inbox/consentword/"
ADDED = {"word": "Détache-moi !", "kind": "stop", "language": "fr", "match": "whole"}
JSON = {"headers": {"Accept": "application/json"}}


def _heard(brand: Brand, text: str, **known: bool) -> str | None:
    with brand_scope(brand.pk):
        return hear(text, own=own_words(brand.pk), **known).kind


def _try(client: Client, **fields: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(f"{PAGE}try/", fields, **JSON).json()  # type: ignore[arg-type]
    return answer


def test_a_word_is_tried_before_it_is_stored_and_heard_afterwards(
    client: Client, aud: User, north: Brand, south: Brand
) -> None:
    client.force_login(aud)

    assert _try(client, text="detache moi 🙏")["kind"] == ""
    assert _try(client, text="detache moi 🙏", **ADDED)["kind"] == "stop"
    assert _heard(north, "DÉTACHE MOI") is None
    client.post(f"{PAGE}add-word/", ADDED)

    assert _heard(north, "DÉTACHE MOI") == "stop"
    assert _heard(south, "DÉTACHE MOI") is None
    assert "Détache-moi" in client.get(PAGE).content.decode()
    assert _try(client, text="stop the delivery")["kind"] == "unclear"


def test_a_retired_word_is_not_heard_and_stays_in_the_list(
    client: Client, aud: User, north: Brand
) -> None:
    client.force_login(aud)
    client.post(f"{PAGE}add-word/", ADDED)
    with brand_scope(north.pk):
        pk = ConsentWord.objects.get().pk

    client.post(f"{PAGE}{pk}/use/", {"is_active": "no"})
    assert _heard(north, "détache moi") is None
    client.post(f"{PAGE}{pk}/use/", {"is_active": "yes"})

    assert _heard(north, "détache moi") == "stop"
    with brand_scope(north.pk):
        kinds = list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))
    assert [kind.rpartition(".")[2] for kind in kinds] == ["added", "retired", "taken_up"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"word": " 🛑 "}, "word"),
        ({"word": "a b c d e f g h i"}, "word"),
        ({"word": "x" * 81}, "word"),
        ({"word": "Stopp", "kind": "start"}, "word"),
        ({"word": "unsubscribe", "kind": "help"}, "word"),
        ({"word": "no", "match": "anywhere"}, "match"),
        ({"kind": "maybe"}, "kind"),
        ({"match": ""}, "match"),
        ({"language": "français"}, "language"),
        ({"language": "1"}, "language"),
    ],
)
def test_what_cannot_be_a_word_is_named(
    client: Client, aud: User, north: Brand, changes: dict[str, str], wrong: str
) -> None:
    client.force_login(aud)

    page = client.post(f"{PAGE}add-word/", ADDED | changes)

    assert page.context["wrong"] == wrong
    with brand_scope(north.pk):
        assert ConsentWord.objects.count() == 0


def test_the_same_word_twice_is_refused(client: Client, aud: User, north: Brand) -> None:
    client.force_login(aud)
    client.post(f"{PAGE}add-word/", ADDED)
    page = client.post(f"{PAGE}add-word/", ADDED | {"word": "DETACHE MOI"})
    assert "stands in the list already" in page.content.decode()


def test_an_own_start_word_is_heard_only_from_who_had_stopped(
    client: Client, aud: User, north: Brand
) -> None:
    client.force_login(aud)
    client.post(f"{PAGE}add-word/", ADDED | {"word": "na gut", "kind": "start"})

    assert _heard(north, "na gut") is None
    assert _heard(north, "Na gut!", opted_out=True) == "start"


@pytest.mark.parametrize(("name", "status"), [("ada", 200), ("gus", 404), ("aud", 200)])
def test_who_sees_the_words(
    client: Client, request: pytest.FixtureRequest, north: Brand, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))
    assert client.get(PAGE).status_code == status
    added = {"ada": 403, "gus": 404, "aud": 302}[name]
    assert client.post(f"{PAGE}add-word/", ADDED).status_code == added
