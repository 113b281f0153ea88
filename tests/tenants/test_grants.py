"""Capabilities on single objects, beside roles: what they open, and how they end."""

import pytest
from django.test import Client

from compliance.models import AuditEvent
from inbox.models import ChannelAccount, Conversation
from tenants.domain.directory import find_workspace
from tenants.domain.grants import grant, grants_in, revoke
from tenants.domain.members import remove_member
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Agency, Brand, Membership, User
from tenants.permissions import can, forget_rights, reach_of
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.tenants import make_member, make_user

VIEW, REPLY, DECIDE = "inbox.conversation.view", "inbox.reply.send", "moderation.case.decide"


@pytest.fixture
def vic(acme: Agency, north: Brand) -> User:
    """Sees numbers of north, no messages."""
    user = make_user("vic")
    make_member(user, acme, "client_viewer", north)
    return user


@pytest.fixture
def accounts(north: Brand) -> list[ChannelAccount]:
    with brand_scope(north.pk):
        return [make_account(north, external_id=number) for number in ("111", "222")]


@pytest.fixture
def conversations(north: Brand, accounts: list[ChannelAccount]) -> list[Conversation]:
    with brand_scope(north.pk):
        made = [make_conversation(account) for account in accounts]
        for conversation in made:
            make_message(conversation)
        return made


def test_a_grant_on_a_brand_opens_that_brand(
    olga: User, vic: User, north: Brand, south: Brand
) -> None:
    with brand_scope(north.pk):
        grant(vic, REPLY, north, actor=olga, reason="holiday cover")
        kinds = list(AuditEvent.objects.values_list("kind", flat=True))

    assert can(vic, REPLY, north)
    assert not can(vic, REPLY, south)
    assert not can(vic, DECIDE, north)
    assert kinds == ["tenants.grant.given"]


def test_a_grant_reaches_another_brand_of_the_agency(olga: User, vic: User, south: Brand) -> None:
    assert find_workspace(vic, "acme", "south") is None

    with brand_scope(south.pk):
        grant(vic, VIEW, south, actor=olga, reason="holiday cover")

    workspace = find_workspace(vic, "acme", "south")
    assert workspace is not None
    assert workspace.brand == south


def test_a_grant_on_an_account_opens_what_came_through_it(
    olga: User,
    vic: User,
    north: Brand,
    accounts: list[ChannelAccount],
    conversations: list[Conversation],
) -> None:
    with brand_scope(north.pk):
        grant(vic, VIEW, accounts[0], actor=olga, reason="only this number")

        assert can(vic, VIEW)
        assert [can(vic, VIEW, c) for c in conversations] == [True, False]
        assert not can(vic, VIEW, north)
        assert reach_of(vic, VIEW).object_ids == {accounts[0].pk}
        assert reach_of(vic, VIEW).brand_ids == frozenset()


def test_the_inbox_shows_the_granted_account_only(
    olga: User,
    vic: User,
    north: Brand,
    accounts: list[ChannelAccount],
    conversations: list[Conversation],
    client: Client,
) -> None:
    with brand_scope(north.pk):
        grant(vic, VIEW, accounts[0], actor=olga, reason="only this number")
    client.force_login(vic)
    base = "/w/acme/north/admin/inbox/conversation/"

    listed = client.get(base).content.decode()
    mine = client.get(f"{base}{conversations[0].pk}/change/")
    other = client.get(f"{base}{conversations[1].pk}/change/")
    api = client.get("/w/acme/north/api/v1/conversations/").json()["results"]

    assert str(conversations[0].pk) in listed
    assert str(conversations[1].pk) not in listed
    assert (mine.status_code, other.status_code) == (200, 404)
    assert [row["id"] for row in api] == [str(conversations[0].pk)]


def test_it_ends_when_it_is_taken_back(olga: User, vic: User, north: Brand) -> None:
    with brand_scope(north.pk):
        made = grant(vic, REPLY, north, actor=olga, reason="holiday cover")
        revoke(made, actor=olga, reason="holiday is over")
        kinds = set(AuditEvent.objects.values_list("kind", flat=True))
        assert grants_in(north.pk) == []

    vic.refresh_from_db()
    forget_rights(vic)
    assert not vic.holds_grants
    assert not can(vic, REPLY, north)
    assert kinds == {"tenants.grant.given", "tenants.grant.revoked"}


def test_it_ends_with_the_last_role(olga: User, vic: User, north: Brand) -> None:
    with brand_scope(north.pk):
        grant(vic, REPLY, north, actor=olga, reason="holiday cover")
        remove_member(Membership.objects.get(user=vic), actor=olga, reason="left")

    vic.refresh_from_db()
    forget_rights(vic)
    assert not can(vic, REPLY, north)
    assert find_workspace(vic, "acme", "north") is None


def test_it_ends_with_its_object(
    olga: User, vic: User, north: Brand, accounts: list[ChannelAccount]
) -> None:
    with brand_scope(north.pk):
        grant(vic, VIEW, accounts[0], actor=olga, reason="only this number")
        accounts[0].delete()
        forget_rights(vic)
        assert not can(vic, VIEW)


def test_giving_twice_is_one_grant(olga: User, vic: User, north: Brand) -> None:
    with brand_scope(north.pk):
        first = grant(vic, REPLY, north, actor=olga, reason="cover")
        second = grant(vic, REPLY, north, actor=olga, reason="cover")
        assert first == second
        assert AuditEvent.objects.count() == 1


def test_nobody_gives_what_they_do_not_hold(acme: Agency, vic: User, north: Brand) -> None:
    bea = make_user("bea")
    make_member(bea, acme, "brand_manager", north)
    with brand_scope(north.pk), pytest.raises(InvalidInput, match="You do not hold"):
        grant(vic, "tenants.token.manage", north, actor=bea, reason="because")


@pytest.mark.parametrize("who", ["ada", "aud", "gus", "eve"])
def test_others_may_not(request: pytest.FixtureRequest, who: str, vic: User, north: Brand) -> None:
    with brand_scope(north.pk), pytest.raises(NotAllowed):
        grant(vic, VIEW, north, actor=request.getfixturevalue(who), reason="because")


@pytest.mark.parametrize(
    ("capability", "reason", "field"),
    [("inbox.reply.fly", "x", "capability"), (VIEW, "  ", "reason")],
)
def test_bad_input_names_the_field(
    olga: User, vic: User, north: Brand, capability: str, reason: str, field: str
) -> None:
    with brand_scope(north.pk), pytest.raises(InvalidInput) as refused:
        grant(vic, capability, north, actor=olga, reason=reason)
    assert refused.value.field == field


def test_people_of_other_agencies_get_none(olga: User, gus: User, north: Brand) -> None:
    with brand_scope(north.pk), pytest.raises(InvalidInput, match="does not belong"):
        grant(gus, VIEW, north, actor=olga, reason="because")
