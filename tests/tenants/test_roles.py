"""Roles are data: an agency edits them, within what the editor holds."""

import pytest

from compliance.models import AuditEvent
from tenants.domain.agencies import install_roles, own_brand, role_of
from tenants.domain.roles import create_role, delete_role, edit_role, reset_role
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, Role, User
from tenants.permissions import can, forget_rights
from tenants.scope import brand_scope
from tests.factories.tenants import make_member, make_user

VIEW, REPLY, EXPORT = "inbox.conversation.view", "inbox.reply.send", "compliance.audit.export"


def _kinds(agency: Agency) -> list[str]:
    with brand_scope(own_brand(agency).pk):
        return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


@pytest.fixture
def adam(acme: Agency) -> User:
    """Administrator of acme, but without exports."""
    role = role_of(acme, "admin")
    role.capabilities = sorted(role.held - {EXPORT})
    role.save()
    user = make_user("adam")
    make_member(user, acme, "admin")
    return user


def test_an_agency_has_the_eight_once(acme: Agency) -> None:
    install_roles(acme)

    assert Role.objects.filter(agency=acme, is_builtin=True).count() == 8


def test_a_role_of_its_own_gives_what_it_names(
    olga: User, acme: Agency, north: Brand, eve: User
) -> None:
    role = create_role(acme, name="Night shift", description="", names=[VIEW, REPLY], actor=olga)
    make_member(eve, acme, role.key, north)

    assert role.key == "night-shift"
    assert can(eve, REPLY, north)
    assert not can(eve, EXPORT, north)
    assert _kinds(acme) == ["tenants.role.created"]


def test_a_change_is_felt_with_the_next_request(
    olga: User, ada: User, acme: Agency, north: Brand
) -> None:
    role = role_of(acme, "community_manager")
    edit_role(role, name="", description="", names=role.held - {REPLY}, actor=olga)
    forget_rights(ada)

    assert not can(ada, REPLY, north)
    assert can(ada, VIEW, north)
    reset_role(role, actor=olga)
    forget_rights(ada)
    assert can(ada, REPLY, north)
    assert _kinds(acme) == ["tenants.role.changed", "tenants.role.reset"]


def test_nothing_changed_is_nothing_recorded(olga: User, acme: Agency) -> None:
    role = role_of(acme, "analyst")
    edited = edit_role(role, name="", description="", names=role.held, actor=olga)

    assert edited.capabilities is None
    assert _kinds(acme) == []


def test_nobody_gives_what_they_do_not_hold(adam: User, olga: User, acme: Agency) -> None:
    with pytest.raises(InvalidInput, match="You do not hold"):
        create_role(acme, name="Exporter", description="", names=[EXPORT], actor=adam)
    analyst = role_of(acme, "analyst")
    with pytest.raises(InvalidInput, match="You do not hold"):
        edit_role(analyst, name="", description="", names=[VIEW, EXPORT], actor=adam)


def test_nobody_edits_a_role_above_their_own(adam: User, acme: Agency) -> None:
    for act in (
        lambda: edit_role(
            role_of(acme, "compliance_officer"), name="", description="", names=[], actor=adam
        ),
        lambda: reset_role(role_of(acme, "brand_manager"), actor=adam),
    ):
        with pytest.raises(InvalidState, match="do not hold yourself"):
            act()


def test_resetting_ones_own_role_does_not_raise_it(adam: User, acme: Agency) -> None:
    with pytest.raises(InvalidInput, match="You do not hold"):
        reset_role(role_of(acme, "admin"), actor=adam)


def test_the_owners_role_is_fixed(olga: User, acme: Agency) -> None:
    with pytest.raises(InvalidState, match="cannot be changed"):
        edit_role(role_of(acme, "owner"), name="", description="", names=[VIEW], actor=olga)


def test_a_role_in_use_stays(olga: User, acme: Agency, north: Brand, eve: User) -> None:
    role = create_role(acme, name="Night", description="", names=[VIEW], actor=olga)
    theirs = make_member(eve, acme, role.key, north)

    with pytest.raises(InvalidState, match="1 people have the role “Night”"):
        delete_role(role, actor=olga)
    theirs.delete()
    delete_role(role, actor=olga)
    assert not Role.objects.filter(key="night").exists()
    assert _kinds(acme) == ["tenants.role.created", "tenants.role.deleted"]


def test_a_built_in_role_stays(olga: User, acme: Agency) -> None:
    with pytest.raises(InvalidState, match="built-in"):
        delete_role(role_of(acme, "analyst"), actor=olga)


@pytest.mark.parametrize(
    ("name", "names", "field"),
    [
        ("  ", [VIEW], "name"),
        ("x" * 101, [VIEW], "name"),
        ("analyst (READ only)", [VIEW], "name"),
        ("Pilot", ["inbox.reply.fly"], "capabilities"),
    ],
)
def test_bad_input_names_the_field(
    olga: User, acme: Agency, name: str, names: list[str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_role(acme, name=name, description="", names=names, actor=olga)
    assert refused.value.field == field


@pytest.mark.parametrize("who", ["ada", "mo", "aud", "gus", "eve"])
def test_others_may_not(request: pytest.FixtureRequest, who: str, acme: Agency) -> None:
    actor: User = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        create_role(acme, name="Mine", description="", names=[VIEW], actor=actor)
    with pytest.raises(NotAllowed):
        edit_role(role_of(acme, "analyst"), name="", description="", names=[], actor=actor)
