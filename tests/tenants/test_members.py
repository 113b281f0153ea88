"""Joining, changing role and leaving: nobody gives more than they hold, an owner always stays."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import AuditEvent
from tenants.domain.agencies import own_brand, role_of
from tenants.domain.members import (
    add_member,
    change_role,
    change_roles,
    may_give,
    remove_member,
    remove_members,
    roles_to_give,
)
from tenants.exceptions import DomainError, InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, Membership, User
from tenants.permissions import can, forget_rights
from tenants.scope import brand_scope
from tests.factories.tenants import make_member, make_user


def _kinds(brand: Brand) -> list[str]:
    with brand_scope(brand.pk):
        return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


@pytest.fixture
def bea(acme: Agency, north: Brand) -> User:
    """Brand manager of north."""
    user = make_user("bea")
    make_member(user, acme, "brand_manager", north)
    return user


def test_an_owner_adds_a_member_to_a_brand(
    olga: User, eve: User, acme: Agency, north: Brand, south: Brand
) -> None:
    role = role_of(acme, "moderator")
    add_member(eve, agency=acme, brand=north, role=role, actor=olga)
    add_member(eve, agency=acme, brand=north, role=role, actor=olga)

    assert can(eve, "moderation.case.decide", north)
    assert not can(eve, "moderation.case.decide", south)
    assert _kinds(north) == ["tenants.member.added"]


def test_a_member_of_the_whole_agency_is_told_in_the_agencys_ledger(
    olga: User, eve: User, acme: Agency, north: Brand
) -> None:
    add_member(eve, agency=acme, brand=None, role=role_of(acme, "analyst"), actor=olga)

    assert can(eve, "reporting.today.view", north)
    assert _kinds(north) == []
    assert _kinds(own_brand(acme)) == ["tenants.member.added"]


@pytest.mark.parametrize(
    ("role", "wide", "may"),
    [
        ("community_manager", False, True),
        ("analyst", False, True),
        ("brand_manager", False, True),
        ("compliance_officer", False, False),  # holds legal holds, a brand manager does not
        ("admin", False, False),
        ("analyst", True, False),  # not in the whole agency
    ],
)
def test_a_brand_manager_gives_what_they_hold_in_their_brand(
    bea: User, acme: Agency, north: Brand, role: str, wide: bool, may: bool
) -> None:
    brand = None if wide else north

    assert may_give(bea, role_of(acme, role), agency=acme, brand=brand) is may
    assert (role in {r.key for r in roles_to_give(bea, agency=acme, brand=brand)}) is may


def test_only_an_owner_makes_an_owner(acme: Agency, olga: User, eve: User, north: Brand) -> None:
    adam = make_user("adam")
    make_member(adam, acme, "admin")
    owner = role_of(acme, "owner")

    with pytest.raises(InvalidInput, match="may do more than you"):
        add_member(eve, agency=acme, brand=None, role=owner, actor=adam)
    add_member(eve, agency=acme, brand=None, role=owner, actor=olga)
    with pytest.raises(InvalidInput, match="not a single brand"):
        add_member(eve, agency=acme, brand=north, role=owner, actor=olga)


@pytest.mark.parametrize("who", ["ada", "mo", "aud", "gus", "eve"])
def test_others_may_not_add_change_or_remove(
    request: pytest.FixtureRequest, who: str, acme: Agency, north: Brand, olga: User
) -> None:
    actor: User = request.getfixturevalue(who)
    zoe = make_user("zoe")
    theirs = make_member(zoe, acme, "analyst", north)
    role = role_of(acme, "client_viewer")
    acts: list[Callable[[], Any]] = [
        lambda: add_member(zoe, agency=acme, brand=north, role=role, actor=actor),
        lambda: change_role(theirs, role=role, actor=actor),
        lambda: remove_member(theirs, actor=actor, reason="left"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert Membership.objects.get(user=zoe).role.key == "analyst"


def test_a_role_of_another_agency_is_refused(
    olga: User, eve: User, acme: Agency, globex: Agency, main: Brand
) -> None:
    theirs = role_of(globex, "analyst")

    with pytest.raises(InvalidInput, match="another agency"):
        add_member(eve, agency=acme, brand=None, role=theirs, actor=olga)
    with pytest.raises(NotAllowed):
        add_member(eve, agency=globex, brand=main, role=theirs, actor=olga)


def test_a_closed_account_is_not_added(olga: User, acme: Agency, north: Brand) -> None:
    gone = make_user("gone", is_active=False)

    with pytest.raises(InvalidInput, match="closed"):
        add_member(gone, agency=acme, brand=north, role=role_of(acme, "analyst"), actor=olga)


def test_the_last_owner_stays(olga: User, acme: Agency) -> None:
    hers = Membership.objects.get(user=olga)

    with pytest.raises(InvalidState, match="last owner"):
        remove_member(hers, actor=olga, reason="leaving")
    with pytest.raises(InvalidState, match="last owner"):
        change_role(hers, role=role_of(acme, "admin"), actor=olga)


def test_a_second_owner_with_a_closed_account_does_not_count(olga: User, acme: Agency) -> None:
    make_member(make_user("old", is_active=False), acme, "owner")

    with pytest.raises(InvalidState, match="last owner"):
        remove_member(Membership.objects.get(user=olga), actor=olga, reason="leaving")


def test_an_owner_may_leave_when_another_stays(olga: User, acme: Agency) -> None:
    otto = make_user("otto")
    make_member(otto, acme, "owner")

    remove_member(Membership.objects.get(user=olga), actor=olga, reason="leaving")

    forget_rights(olga)
    assert not can(olga, "tenants.member.manage", acme)
    assert can(otto, "tenants.member.manage", acme)


def test_nobody_touches_a_member_above_them(bea: User, acme: Agency, north: Brand) -> None:
    boss = make_user("boss")
    theirs = make_member(boss, acme, "admin", north)

    with pytest.raises(NotAllowed, match="may do more than you"):
        remove_member(theirs, actor=bea, reason="coup")
    with pytest.raises(NotAllowed, match="may do more than you"):
        change_role(theirs, role=role_of(acme, "analyst"), actor=bea)


def test_a_removal_needs_a_reason(olga: User, ada: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        remove_member(Membership.objects.get(user=ada), actor=olga, reason="  ")
    assert refused.value.field == "reason"


def test_several_at_once_are_all_or_none(
    olga: User, ada: User, mo: User, acme: Agency, north: Brand
) -> None:
    rows = list(Membership.objects.filter(brand=north).order_by("id"))
    analyst = role_of(acme, "analyst")

    assert change_roles(rows, role=analyst, actor=olga, reason="quiet season") == 2
    assert _kinds(north) == ["tenants.member.role_changed"] * 2
    hers = Membership.objects.get(user=olga)
    with pytest.raises(InvalidState):
        remove_members([*rows, hers], actor=olga, reason="end")
    assert Membership.objects.filter(brand=north).count() == 2
    assert _kinds(north) == ["tenants.member.role_changed"] * 2


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["add", "change", "remove"]),
            st.integers(0, 2),
            st.integers(0, 2),
            st.sampled_from(["owner", "admin", "analyst"]),
        ),
        max_size=12,
    )
)
def test_whatever_is_tried_an_owner_remains(acme: Agency, acts: list[Any]) -> None:
    Membership.objects.filter(agency=acme).delete()
    people = [
        User.objects.filter(email=f"p{n}@example.test").first() or make_user(f"p{n}")
        for n in range(3)
    ]
    make_member(people[0], acme, "owner")
    for what, by, whom, key in acts:
        actor, target = people[by], people[whom]
        for person in people:
            forget_rights(person)
        role = role_of(acme, key)
        theirs = Membership.objects.filter(user=target).select_related("agency", "role").first()
        try:
            if what == "add":
                add_member(target, agency=acme, brand=None, role=role, actor=actor)
            elif theirs is not None and what == "change":
                change_role(theirs, role=role, actor=actor)
            elif theirs is not None:
                remove_member(theirs, actor=actor, reason="tried")
        except DomainError:
            continue
    assert Membership.objects.filter(agency=acme, brand=None, role__key="owner").exists()
