"""Team and roles in the admin: by the verbs, after a fresh sign-in, within one's own rights."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.domain.agencies import role_of
from tenants.models import Agency, Brand, BrandGrant, Membership, Role, User
from tests.factories.tenants import make_member, make_user

TEAM = "/w/acme/north/admin/tenants/membership/"
ROLES = "/w/acme/admin/tenants/role/"


@pytest.fixture
def bea(acme: Agency, north: Brand) -> User:
    user = make_user("bea")
    make_member(user, acme, "brand_manager", north)
    return user


def _of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def _signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_the_team_is_listed_with_a_fixed_number_of_queries(
    client: Client, olga: User, ada: User, mo: User, aud: User
) -> None:
    _signed_in(client, olga).get(TEAM)
    with CaptureQueriesContext(connection) as few:
        page = client.get(TEAM)
    for number in range(20):
        make_member(make_user(f"p{number}"), _of(ada).agency, "analyst", _of(ada).brand)
    with CaptureQueriesContext(connection) as many:
        client.get(TEAM)

    assert "ada@example.test" in page.content.decode()
    assert len(many) == len(few)


def test_a_role_is_changed_on_the_members_page(
    client: Client, olga: User, ada: User, acme: Agency
) -> None:
    url = f"{TEAM}{_of(ada).pk}/"
    page = _signed_in(client, olga).get(f"{url}change/")
    answer = client.post(
        f"{url}role/", {"role": role_of(acme, "analyst").pk, "reason": "new task"}, follow=True
    )

    assert page.status_code == 200
    assert "Community manager" in page.content.decode()
    assert _of(ada).role.key == "analyst"
    assert "now has the role" in answer.content.decode()


def test_removal_shuts_the_door_with_the_next_click(client: Client, olga: User, ada: User) -> None:
    hers = Client()
    _signed_in(hers, ada)
    assert hers.get("/w/acme/north/admin/").status_code == 200

    _signed_in(client, olga).post(f"{TEAM}{_of(ada).pk}/remove/", {"reason": "left the company"})

    assert not Membership.objects.filter(user=ada).exists()
    assert hers.get("/w/acme/north/admin/").status_code == 404
    assert hers.get("/w/acme/north/admin/inbox/conversation/").status_code == 404


def test_a_removal_without_reason_says_so(client: Client, olga: User, ada: User) -> None:
    answer = _signed_in(client, olga).post(
        f"{TEAM}{_of(ada).pk}/remove/", {"reason": " "}, follow=True
    )

    assert "Say why." in answer.content.decode()
    assert Membership.objects.filter(user=ada).exists()


def test_the_last_owner_is_told_why_not(client: Client, olga: User) -> None:
    answer = _signed_in(client, olga).post(
        f"/w/acme/admin/tenants/membership/{_of(olga).pk}/remove/", {"reason": "off"}, follow=True
    )

    assert "last owner" in answer.content.decode()
    assert Membership.objects.filter(user=olga).exists()


def test_rights_on_single_objects_are_given_and_taken_back(
    client: Client, olga: User, aud: User, north: Brand
) -> None:
    url = f"{TEAM}{_of(aud).pk}/"
    _signed_in(client, olga).post(
        f"{url}grant/",
        {
            "capability": "inbox.reply.send",
            "object": f"tenants.brand:{north.pk}",
            "reason": "crisis team",
        },
    )
    made = BrandGrant.objects.get(user=aud)
    page = client.get(f"{url}change/").content.decode()
    client.post(f"{url}revoke/", {"grant": made.pk, "reason": "crisis is over"})

    assert "inbox.reply.send" in page
    assert not BrandGrant.objects.exists()


def test_several_people_change_at_once_after_a_preview(
    client: Client, olga: User, ada: User, mo: User, acme: Agency
) -> None:
    picked = {"action": "change_roles", "_selected_action": [_of(ada).pk, _of(mo).pk]}
    preview = _signed_in(client, olga).post(TEAM, picked)
    assert "2 memberships" in preview.content.decode()
    assert {_of(ada).role.key, _of(mo).role.key} == {"community_manager", "moderator"}

    done = client.post(
        TEAM,
        picked
        | {"confirmed": "yes", "role": role_of(acme, "analyst").pk, "reason": "quiet season"},
        follow=True,
    )

    assert "Done for 2 people." in done.content.decode()
    assert {_of(ada).role.key, _of(mo).role.key} == {"analyst"}


def test_one_refusal_among_several_changes_nothing(
    client: Client, bea: User, ada: User, aud: User, acme: Agency
) -> None:
    picked = {"action": "remove_members", "_selected_action": [_of(ada).pk, _of(aud).pk]}
    preview = _signed_in(client, bea).post(TEAM, picked).content.decode()
    answer = client.post(TEAM, picked | {"confirmed": "yes", "reason": "cut"}, follow=True)

    assert "holds more than you do" in preview
    assert "Ask an owner" in answer.content.decode()
    assert Membership.objects.filter(user__in=[ada, aud]).count() == 2


@pytest.mark.parametrize("what", ["role", "remove", "grant", "revoke"])
@pytest.mark.parametrize(("who", "code"), [("ada", 403), ("gus", 404), ("eve", 404)])
def test_others_reach_no_act(
    request: pytest.FixtureRequest, client: Client, mo: User, who: str, code: int, what: str
) -> None:
    actor = request.getfixturevalue(who)
    answer = _signed_in(client, actor).post(f"{TEAM}{_of(mo).pk}/{what}/", {"reason": "x"})

    assert answer.status_code == code
    assert _of(mo).role.key == "moderator"


def test_who_may_see_the_team_but_not_manage_it_is_refused_in_words(
    client: Client, olga: User, mo: User, acme: Agency, north: Brand
) -> None:
    Role.objects.create(
        agency=acme, key="looker", name="Looker", capabilities=["tenants.member.view"]
    )
    lou = make_user("lou")
    make_member(lou, acme, "looker", north)
    _signed_in(client, lou)
    page = client.get(f"{TEAM}{_of(mo).pk}/change/").content.decode()
    answer = client.post(f"{TEAM}{_of(mo).pk}/remove/", {"reason": "x"}, follow=True)

    assert "Remove from the team" not in page
    assert "Your role does not allow this" in answer.content.decode()
    assert _of(mo).role.key == "moderator"


def test_a_stale_sign_in_is_asked_again(client: Client, olga: User, ada: User) -> None:
    _signed_in(client, olga)
    session = client.session
    session["confirmed_at"] = 0
    session.save()

    answer = client.post(f"{TEAM}{_of(ada).pk}/remove/", {"reason": "x"})

    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert Membership.objects.filter(user=ada).exists()


def test_a_role_is_made_changed_reset_and_deleted(client: Client, olga: User, acme: Agency) -> None:
    _signed_in(client, olga)
    client.post(f"{ROLES}add/", {"name": "Night shift", "capability": ["inbox.conversation.view"]})
    made = Role.objects.get(key="night-shift")
    client.post(f"{ROLES}{made.pk}/change/", {"name": "Late shift", "capability": []})
    made.refresh_from_db()
    assert (made.name, made.capabilities) == ("Late shift", [])
    client.post(f"{ROLES}{made.pk}/remove/")
    assert not Role.objects.filter(pk=made.pk).exists()

    analyst = role_of(acme, "analyst")
    client.post(f"{ROLES}{analyst.pk}/change/", {"name": "", "capability": []})
    analyst.refresh_from_db()
    assert analyst.capabilities == []
    client.post(f"{ROLES}{analyst.pk}/reset/")
    analyst.refresh_from_db()
    assert analyst.capabilities is None


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": " "}, "A role needs a name."),
        ({"name": "x", "capability": ["inbox.reply.fly"]}, "There is no capability"),
        ({"name": "Moderator"}, "There is a role “Moderator” already."),
    ],
)
def test_a_bad_role_is_shown_again_with_the_reason(
    client: Client, olga: User, form: dict[str, Any], words: str
) -> None:
    answer = _signed_in(client, olga).post(f"{ROLES}add/", form)

    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_a_role_page_offers_every_capability_in_words(
    client: Client, olga: User, acme: Agency
) -> None:
    page = _signed_in(client, olga).get(f"{ROLES}{role_of(acme, 'moderator').pk}/change/")
    text = page.content.decode()

    assert len(re.findall(r'name="capability"', text)) >= 25
    assert "Write and send replies in the name of the brand." in text


@pytest.mark.parametrize(("who", "code"), [("ada", 403), ("gus", 404), ("eve", 404)])
def test_others_see_no_roles(
    request: pytest.FixtureRequest, client: Client, acme: Agency, who: str, code: int
) -> None:
    _signed_in(client, request.getfixturevalue(who))
    listed = client.get(ROLES)
    added = client.post(f"{ROLES}add/", {"name": "Mine"})

    assert listed.status_code == code
    assert added.status_code in {403, 404}
    assert not Role.objects.filter(name="Mine").exists()


def test_another_agencys_role_does_not_exist_here(
    client: Client, olga: User, globex: Agency, acme: Agency
) -> None:
    theirs = role_of(globex, "analyst")
    _signed_in(client, olga)

    assert client.get(f"{ROLES}{theirs.pk}/change/").status_code == 404
    assert client.post(f"{ROLES}{theirs.pk}/reset/").status_code == 404
