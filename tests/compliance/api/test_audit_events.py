"""The audit trail as programs read it."""

import json
from typing import Any

import pytest

from compliance.domain.audit import record
from compliance.domain.merkle import leaf_hash
from compliance.domain.sequencer import seal
from compliance.models import AuditEvent
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.api import Program, ids, make_program


@pytest.fixture
def events(north: Brand, olga: User, ada: User) -> list[Any]:
    """Two sealed events of olga, then one of ada that waits."""
    with brand_scope(north.pk):
        sealed = [
            record("inbox.note.added", north, actor=olga, personal={"text": f"note {n}"})
            for n in range(2)
        ]
    seal(north.pk)
    with brand_scope(north.pk):
        return [*sealed, record("inbox.reply.rejected", north, actor=ada, reason="wrong_tone")]


@pytest.fixture
def program(north: Brand) -> Program:
    return make_program(north, "compliance.audit.view")


def test_lists_show_place_and_state_honestly(events: list[Any], program: Program) -> None:
    found = program.get("audit-events/").json()["results"]

    assert [one["id"] for one in found] == [str(one.pk) for one in reversed(events)]
    assert [one["leaf_index"] for one in found] == [None, 1, 0]
    assert [one["is_sealed"] for one in found] == [False, True, True]
    assert {"body", "details"} & found[0].keys() == set()


def test_a_detail_shows_values_and_what_the_leaf_hashes(
    events: list[Any], program: Program, olga: User
) -> None:
    found = program.get(f"audit-events/{events[1].pk}/").json()

    assert found["actor"] == {"kind": "user", "ref": str(olga.pk)}
    assert found["details"] == [
        {"name": "text", "value": "note 1", "erased_at": None, "erased_reference": ""}
    ]
    assert leaf_hash(found["body"].encode()).hex() == found["leaf_hash"]
    assert json.loads(found["body"])["id"] == found["id"]


def test_reading_a_detail_is_recorded_and_listing_is_not(
    events: list[Any], program: Program, north: Brand
) -> None:
    program.get("audit-events/")
    program.get(f"audit-events/{events[0].pk}/")

    with brand_scope(north.pk):
        (read,) = AuditEvent.objects.exclude(pk__in=[one.pk for one in events])
        assert (read.kind, read.object_ref) == ("compliance.event.read", str(events[0].pk))
        assert read.actor_kind == "api"


def test_filters_find_by_action_person_object_time_and_state(
    events: list[Any], program: Program, north: Brand, olga: User
) -> None:
    first, second, waiting = (str(one.pk) for one in events)

    def found(**params: str) -> list[str]:
        return ids(program.get("audit-events/", params))

    assert found(kind="inbox.reply.rejected") == [waiting]
    assert found(actor=str(olga.pk)) == [second, first]
    assert found(object=str(north.pk), object_type="tenants.brand") == [waiting, second, first]
    assert found(object=str(olga.pk)) == []
    assert found(is_sealed="true") == [second, first]
    assert found(is_sealed="false") == [waiting]
    assert found(since=events[1].at.isoformat(), until=events[2].at.isoformat()) == [second]
    assert found(actor_kind="api") == []
