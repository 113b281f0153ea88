"""Who may do what where: one question, answered for every kind of actor."""

from typing import Any

import pytest

from compliance.models import Consent
from tenants.actors import PIPELINE, PUBLIC_AUTHOR
from tenants.exceptions import NotAllowed
from tenants.models import Agency, ApiToken, Brand, User
from tenants.permissions import ROLE_CAPABILITIES, can, capabilities, require
from tenants.scope import brand_scope
from tests.factories.tenants import make_brand, make_member, make_user

REPLY, DECIDE, APPEAL = "inbox.reply.send", "moderation.case.decide", "moderation.appeal.decide"
EXPORT, VIEW, TODAY = "compliance.audit.export", "inbox.conversation.view", "reporting.today.view"


@pytest.fixture
def places(north: Brand, south: Brand, main: Brand) -> dict[str, Brand]:
    return {"north": north, "south": south, "main": main}


@pytest.fixture
def people(olga: User, ada: User, mo: User, aud: User, gus: User, eve: User) -> dict[str, User]:
    return {"olga": olga, "ada": ada, "mo": mo, "aud": aud, "gus": gus, "eve": eve}


@pytest.mark.parametrize(
    ("who", "capability", "where"),
    [
        ("olga", REPLY, {"north", "south"}),
        ("olga", EXPORT, {"north", "south"}),
        ("olga", "tenants.member.manage", {"north", "south"}),
        ("ada", REPLY, {"north"}),
        ("ada", DECIDE, {"north"}),
        ("ada", APPEAL, set()),
        ("ada", EXPORT, set()),
        ("ada", "tenants.token.manage", set()),
        ("mo", DECIDE, {"north"}),
        ("mo", APPEAL, {"north"}),
        ("mo", REPLY, set()),
        ("aud", EXPORT, {"north"}),
        ("aud", VIEW, {"north"}),
        ("aud", REPLY, set()),
        ("aud", DECIDE, set()),
        ("gus", REPLY, {"main"}),
        ("gus", EXPORT, {"main"}),
        ("eve", TODAY, set()),
        ("eve", VIEW, set()),
    ],
)
def test_a_person_may_where_the_role_allows_it(
    people: dict[str, User], places: dict[str, Brand], who: str, capability: str, where: set[str]
) -> None:
    asked_for_the_brand = {n for n, brand in places.items() if can(people[who], capability, brand)}
    inside = set()
    for name, brand in places.items():
        with brand_scope(brand.pk):
            if can(people[who], capability):
                inside.add(name)

    assert asked_for_the_brand == where
    assert inside == where


@pytest.mark.parametrize("role", ["analyst", "client_viewer"])
def test_readers_hold_nothing_that_changes_anything(role: str) -> None:
    assert ROLE_CAPABILITIES[role]
    assert {name.rpartition(".")[2] for name in ROLE_CAPABILITIES[role]} == {"view"}


def test_a_client_viewer_sees_numbers_and_no_messages(acme: Agency, north: Brand) -> None:
    client = make_user("client")
    make_member(client, acme, "client_viewer", north)

    assert can(client, TODAY, north)
    assert not can(client, VIEW, north)


@pytest.mark.parametrize(
    ("capability", "roles"),
    [
        ("tenants.token.manage", {"owner", "admin"}),
        ("tenants.role.manage", {"owner", "admin"}),
        ("tenants.signin.manage", {"owner", "admin"}),
        ("tenants.brand.create", {"owner", "admin"}),
        ("tenants.brand.close", {"owner", "admin"}),
        ("tenants.support.manage", {"owner", "admin"}),
        ("tenants.quota.manage", {"owner", "admin"}),
        ("tenants.member.manage", {"owner", "admin", "brand_manager"}),
        ("compliance.hold.manage", {"owner", "admin", "compliance_officer"}),
    ],
)
def test_what_governs_others_is_held_by_few(capability: str, roles: set[str]) -> None:
    assert {role for role, held in ROLE_CAPABILITIES.items() if capability in held} == roles


def test_several_roles_add_up(acme: Agency, north: Brand, ada: User) -> None:
    assert not can(ada, EXPORT, north)

    make_member(ada, acme, "compliance_officer", north)

    assert can(ada, EXPORT, north)
    assert can(ada, REPLY, north)


def test_a_role_for_the_agency_reaches_brands_made_later(acme: Agency, olga: User) -> None:
    east = make_brand(acme, "east")

    assert can(olga, REPLY, east)
    assert can(olga, REPLY, acme)


def test_a_role_in_one_brand_says_nothing_about_the_agency(acme: Agency, ada: User) -> None:
    assert not can(ada, REPLY, acme)


def test_somebody_who_left_may_nothing(olga: User, north: Brand) -> None:
    assert can(olga, VIEW, north)
    olga.is_active = False

    assert not any(can(olga, str(name), north) for name, _ in capabilities.items())


def test_the_objects_brand_counts_and_not_the_active_one(
    ada: User, north: Brand, south: Brand
) -> None:
    theirs = Consent(brand=south)

    with brand_scope(north.pk):
        assert can(ada, REPLY, Consent(brand=north))
        assert not can(ada, REPLY, theirs)


def test_without_object_and_scope_the_answer_is_no(olga: User) -> None:
    assert not can(olga, VIEW)


def test_in_an_agencys_workspace_any_visible_brand_will_do(
    ada: User, eve: User, north: Brand, south: Brand
) -> None:
    with brand_scope([north.pk, south.pk]):
        assert can(ada, REPLY)
        assert not can(ada, REPLY, south)
        assert not can(eve, REPLY)


def test_an_unknown_capability_is_held_by_nobody(olga: User, north: Brand) -> None:
    assert not can(olga, "inbox.reply.fly", north)


def _token(brand: Brand, *names: str) -> ApiToken:
    return ApiToken.objects.create(
        brand=brand, name="shop", token_sha256="0" * 64, capabilities=list(names)
    )


def test_a_token_may_what_it_names_in_its_brand(north: Brand, south: Brand) -> None:
    token = _token(north, VIEW)

    assert can(token, VIEW, north)
    assert not can(token, REPLY, north)
    assert not can(token, VIEW, south)
    assert not can(token, VIEW)


def test_the_products_own_parts_may_and_the_public_may_not(north: Brand) -> None:
    assert can(PIPELINE, REPLY, north)
    assert not can(PUBLIC_AUTHOR, REPLY, north)


@pytest.mark.parametrize("nobody", [None, "olga", object()])
def test_something_else_may_nothing(north: Brand, nobody: Any) -> None:
    assert not can(nobody, VIEW, north)


def test_require_refuses_in_words(ada: User, mo: User, north: Brand) -> None:
    require(ada, REPLY, north)

    with pytest.raises(NotAllowed, match="Your role does not allow this"):
        require(mo, REPLY, north)
