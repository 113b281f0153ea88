"""Consents as programs see and enter them."""

from typing import Any

import pytest

from compliance.models import AuditEvent
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.api import Program, ids, make_program

WORD = {
    "word": "grant",
    "channel": "whatsapp",
    "address": "+49 170 77",
    "purposes": ["marketing"],
    "source": "form",
    "evidence": "form 17",
    "at": "2026-01-02T10:00:00Z",
    "wording": "Yes, send me offers.",
}


@pytest.fixture
def program(north: Brand) -> Program:
    return make_program(north, "compliance.consent.view", "compliance.consent.manage")


def test_a_word_is_entered_listed_and_read_with_its_history(program: Program, north: Brand) -> None:
    made = program.post("consents/", WORD)

    assert made.status_code == 201, made.content
    assert made.json()["changed"] == ["marketing"]
    (row,) = made.json()["consents"]
    assert ids(program.get("consents/", {"state": "granted", "channel": "whatsapp"})) == [row["id"]]
    assert ids(program.get("consents/", {"state": "withdrawn"})) == []
    detail = program.get(f"consents/{row['id']}/").json()
    assert [(e["state"], e["evidence_ref"]) for e in detail["entries"]] == [("granted", "form 17")]
    assert "4917077" not in str(detail)
    with brand_scope(north.pk):
        assert AuditEvent.objects.filter(kind="compliance.consent.read").count() == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"evidence": ""}, 400),
        ({"source": "message"}, 400),
        ({"purposes": []}, 400),
        ({"wording": ""}, 400),
        ({"age": 12}, 400),
        ({"at": "gestern"}, 400),
        ({"word": "customer"}, 400),
        ({"word": "lift"}, 409),
    ],
)
def test_what_cannot_be_entered_is_refused(
    program: Program, changes: dict[str, Any], status: int
) -> None:
    assert program.post("consents/", WORD | changes).status_code == status
    assert ids(program.get("consents/")) == []


def test_who_may_only_look_enters_nothing(north: Brand, main: Brand) -> None:
    reader = make_program(north, "compliance.consent.view")
    assert reader.post("consents/", WORD).status_code == 403
    assert ids(reader.get("consents/")) == []
    stranger = make_program(main, "compliance.consent.manage")
    stranger.workspace = north.workspace
    assert stranger.post("consents/", WORD).status_code in {401, 404}
