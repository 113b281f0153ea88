"""The agency's Today: every brand of the person, worst first."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case
from tests.factories.tenants import make_brand, make_member, make_user

PAGE = "/w/acme/admin/"
AGENCY_QUERIES = 16


def _late(brand: Brand, count: int = 1, *, minutes: int = -10) -> None:
    due = timezone.now() + timedelta(minutes=minutes)
    with brand_scope(brand.pk):
        account = make_account(brand, external_id=f"late{brand.slug}{minutes}")
        for _number in range(count):
            make_conversation(account, due_at=due)


def _names(answer: Any) -> list[str]:
    return [line.row.brand.name for line in answer.context["lines"]]


def test_the_worst_brand_stands_first(
    client: Client, acme: Agency, olga: User, north: Brand, south: Brand
) -> None:
    calm = make_brand(acme, "calm")
    stopped = make_brand(acme, "stopped", sending_stopped_at=timezone.now())
    _late(south, 2)
    _late(north, minutes=10)
    client.force_login(olga)
    answer = client.get(PAGE)
    assert _names(answer) == ["South", "Stopped", "North", calm.name]
    html = answer.content.decode()
    assert "/w/acme/south/admin/inbox/conversation/?tab=open&amp;due=late" in html
    assert stopped.name in html
    assert {tile.key: tile.value for tile in answer.context["tiles"]}["late"] == 2


def test_names_and_states_filter(
    client: Client, acme: Agency, olga: User, north: Brand, south: Brand
) -> None:
    make_brand(acme, "cold", state="frozen", frozen_at=timezone.now())
    _late(south)
    client.force_login(olga)
    for query, names in (
        ({"q": "NOR"}, ["North"]),
        ({"state": "late"}, ["South"]),
        ({"state": "frozen"}, ["Cold"]),
        ({"state": "stopped"}, []),
        ({"state": "nonsense"}, ["South", "Cold", "North"]),
        ({"q": "zebra"}, []),
    ):
        assert _names(client.get(PAGE, query)) == names, query


def test_the_table_has_pages(client: Client, acme: Agency, olga: User) -> None:
    for number in range(45):
        make_brand(acme, f"many-{number:02}", name=f"Viele Größen {number:02} " + "ü" * 120)
    client.force_login(olga)
    first = client.get(PAGE)
    second = client.get(PAGE, {"after": first.context["overview"].next_cursor})
    assert (len(_names(first)), len(_names(second))) == (30, 15)
    assert not set(_names(first)) & set(_names(second))
    assert second.context["overview"].next_cursor == ""
    for wrong in ("x", "bm9uc2Vuc2U", "W10"):
        assert len(_names(client.get(PAGE, {"after": wrong}))) == 30


def test_only_brands_and_figures_of_the_person(
    client: Client, acme: Agency, north: Brand, south: Brand, gus: User
) -> None:
    east = make_brand(acme, "east")
    user = make_user("rita")
    make_member(user, acme, "client_viewer", north)
    make_member(user, acme, "community_manager", south)
    for brand in (north, south, east):
        _late(brand)
    with brand_scope(north.pk):
        make_case(make_message(make_conversation(make_account(north, external_id="9")), "x"))
    client.force_login(user)
    answer = client.get(PAGE)
    seen = {line.row.brand.name: line.row.figures for line in answer.context["lines"]}
    assert {name: (one.late, one.cases) for name, one in seen.items()} == {
        "North": (0, 0),
        "South": (1, 0),
    }
    assert {tile.key: tile.value for tile in answer.context["tiles"]}["late"] == 1
    assert "East" not in answer.content.decode()
    client.force_login(gus)
    assert client.get(PAGE).status_code == 404


def test_the_cost_does_not_grow_with_the_brands(
    client: Client, acme: Agency, olga: User, north: Brand, count_queries: Any
) -> None:
    client.force_login(olga)
    client.get(PAGE)
    costs = []
    for number in (1, 25):
        for more in range(number):
            _late(make_brand(acme, f"more-{number}-{more}"))
        with count_queries() as captured:
            client.get(PAGE)
        costs.append(len(captured))
    assert costs == [AGENCY_QUERIES, AGENCY_QUERIES]


def test_a_scope_of_many_brands_binds_one_parameter(
    acme: Agency, olga: User, count_queries: Any
) -> None:
    from inbox.models import Conversation

    brands = [make_brand(acme, f"many-{number}") for number in range(20)]
    _late(brands[3])
    with brand_scope([brand.pk for brand in brands]):
        with count_queries() as captured:
            assert Conversation.objects.count() == 1
        assert "= ANY" in captured[0]["sql"]
        assert Conversation.objects.filter(brand=brands[4]).count() == 0
        assert Conversation.objects.update(preview="x") == 1


def test_an_agency_without_brands_has_an_empty_page(
    client: Client, acme: Agency, olga: User
) -> None:
    client.force_login(olga)
    table = client.get(PAGE).context["overview"]
    assert (table.rows, table.found, table.next_cursor, table.total.open) == ([], 0, "", 0)


@pytest.mark.parametrize(
    "forged",
    [
        [2**70, 0, 0, 0, "a", str(UUID(int=1))],
        [0, 0, 0, 0, "a\x00", str(UUID(int=1))],
        [0, 0, 0, 0, "a", "no key"],
        [0, 0, 0, 0, "a", 7],
        [0, 0, 0, True, "a", str(UUID(int=1))],
        [0, 0, 0, "a", str(UUID(int=1))],
        [0, 0, 0, 0, "\ud800", str(UUID(int=1))],
        {"a": 1},
        7,
    ],
)
def test_a_cursor_nobody_gave_out_shows_the_first_page(
    client: Client, acme: Agency, olga: User, north: Brand, forged: Any
) -> None:
    client.force_login(olga)
    after = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode()
    assert _names(client.get(PAGE, {"after": after})) == ["North"]


def test_signs_of_patterns_are_letters_of_a_name(
    client: Client, acme: Agency, olga: User, north: Brand
) -> None:
    make_brand(acme, "rabatt", name="100%_Rabatt\\Co")
    client.force_login(olga)
    for term, names in (
        ("%", ["100%_Rabatt\\Co"]),
        ("_r", ["100%_Rabatt\\Co"]),
        ("\\", ["100%_Rabatt\\Co"]),
    ):
        assert _names(client.get(PAGE, {"q": term})) == names
