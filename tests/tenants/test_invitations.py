"""Invitations: one mail, one address, one use, seven days."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from compliance.models import AuditEvent
from tenants.domain import invitations
from tenants.domain.agencies import own_brand, role_of
from tenants.domain.invitations import accept, find_invitation, invite, join, resend, revoke
from tenants.exceptions import InvalidInput, InvalidState, InvitationRefused, NotAllowed
from tenants.models import Agency, Brand, Invitation, Membership, OutgoingMail, User
from tenants.permissions import forget_rights
from tenants.scope import own_scope
from tests.factories.tenants import make_member, make_user

NEW = "nina@example.test"


def _invite(agency: Agency, brand: Brand | None, actor: User, **more: Any) -> Invitation:
    role = role_of(agency, more.pop("role", "moderator"))
    return invite(
        agency=agency,
        brand=brand,
        role=role,
        actor=actor,
        **{"email": NEW, "language": "en"} | more,
    )


def _token(invitation: Invitation) -> str:
    assert invitation.mail is not None
    found = re.search(
        r"/invitations/([^/]+)/", OutgoingMail.objects.get(pk=invitation.mail_id).text
    )
    assert found is not None
    return found[1]


def _told(brand: Brand, kind: str) -> int:
    with own_scope(brand.pk):
        return AuditEvent.objects.filter(kind=f"tenants.invitation.{kind}").count()


def test_the_link_is_in_the_mail_only(north: Brand, olga: User) -> None:
    invitation = _invite(north.agency, north, olga)
    token = _token(invitation)

    assert len(token) >= 40
    assert token not in str(Invitation.objects.values().get())
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.language, mail.agency) == (NEW, "en", north.agency)
    assert "Olga invites you to work for North (Acme) as “Moderator”." in mail.text
    assert _told(north, "sent") == 1


def test_the_mail_speaks_the_brands_language(north: Brand, olga: User) -> None:
    _invite(north.agency, north, olga, language="")

    assert OutgoingMail.objects.get().language == "de"


def test_a_new_person_joins_with_name_and_password(north: Brand, olga: User) -> None:
    token = _token(_invite(north.agency, north, olga))

    membership = join(token, name=" Nina ", password="a long enough phrase")

    nina = User.objects.get(email=NEW)
    assert (nina.name, nina.language, nina.check_password("a long enough phrase")) == (
        "Nina",
        "en",
        True,
    )
    assert (membership.user, membership.brand, membership.role.key) == (nina, north, "moderator")
    assert _told(north, "accepted") == 1
    with pytest.raises(InvitationRefused) as refused:
        join(token, name="Nina", password="a long enough phrase")
    assert refused.value.why == "used"
    assert User.objects.filter(email=NEW).count() == 1


def test_a_known_person_joins_another_agency(
    north: Brand, globex: Agency, main: Brand, olga: User, gus: User
) -> None:
    token = _token(_invite(globex, None, gus, email=olga.email.upper(), role="analyst"))

    membership = accept(token, user=olga)

    assert (membership.agency, membership.brand, membership.role.key) == (globex, None, "analyst")
    assert _told(own_brand(globex), "accepted") == 1
    assert _told(own_brand(north.agency), "accepted") == 0


@pytest.mark.parametrize("why", ["expired", "used", "revoked", "other_email", "closed"])
def test_what_does_not_open_says_why_and_is_recorded(
    north: Brand, olga: User, ada: User, eve: User, why: str
) -> None:
    invitation = _invite(north.agency, north, olga, email=eve.email)
    token, user = _token(invitation), eve
    if why == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif why == "used":
        accept(token, user=eve)
    elif why == "revoked":
        revoke(invitation, actor=olga)
    elif why == "other_email":
        user = ada
    else:
        User.objects.filter(pk=eve.pk).update(is_active=False)
        eve.refresh_from_db()
    members = Membership.objects.count()

    with pytest.raises(InvitationRefused) as refused:
        accept(token, user=user)

    assert refused.value.why == why
    assert str(refused.value) == str(InvitationRefused.REASONS[why])
    assert Membership.objects.count() == members
    assert _told(north, "refused") == 1


def test_an_unknown_link_says_so(db: None) -> None:
    with pytest.raises(InvitationRefused) as refused:
        find_invitation("x" * 43, user=None)
    assert refused.value.why == "unknown"


def test_it_lasts_seven_days(north: Brand, olga: User) -> None:
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False):
        token = _token(_invite(north.agency, north, olga))
    with time_machine.travel("2026-03-09T09:59:59Z", tick=False):
        assert find_invitation(token, user=None).email == NEW
    with (
        time_machine.travel("2026-03-09T10:00:00Z", tick=False),
        pytest.raises(InvitationRefused),
    ):
        find_invitation(token, user=None)


def test_sending_again_replaces_the_link(north: Brand, olga: User) -> None:
    invitation = _invite(north.agency, north, olga)
    old = _token(invitation)
    again = resend(invitation, actor=olga)

    assert _token(again) != old
    assert find_invitation(_token(again), user=None).pk == invitation.pk
    with pytest.raises(InvitationRefused):
        find_invitation(old, user=None)
    assert OutgoingMail.objects.count() == 2


def test_an_expired_one_can_be_sent_again_a_revoked_one_not(north: Brand, olga: User) -> None:
    invitation = _invite(north.agency, north, olga)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    resend(invitation, actor=olga)
    revoke(invitation, actor=olga)
    revoke(invitation, actor=olga)

    with pytest.raises(InvalidState):
        resend(invitation, actor=olga)
    assert _told(north, "revoked") == 1


@pytest.mark.parametrize("person", ["ada", "mo", "gus", "eve"])
def test_who_may_not_manage_the_team_invites_nobody(
    north: Brand, olga: User, request: pytest.FixtureRequest, person: str
) -> None:
    actor = request.getfixturevalue(person)
    invitation = _invite(north.agency, north, olga)
    for attempt in (
        lambda: _invite(north.agency, north, actor, email="x@example.test"),
        lambda: resend(invitation, actor=actor),
        lambda: revoke(invitation, actor=actor),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert Invitation.objects.count() == 1


def test_nobody_gives_what_they_do_not_hold(north: Brand, olga: User) -> None:
    bea = make_user("bea")
    make_member(bea, north.agency, "brand_manager", north)

    assert _invite(north.agency, north, bea).role.key == "moderator"
    with pytest.raises(InvalidInput) as refused:
        _invite(north.agency, north, bea, role="admin", email="x@example.test")
    assert refused.value.field == "role"


def test_an_inviter_who_lost_the_right_lets_nobody_in(north: Brand, olga: User) -> None:
    bea = make_user("bea")
    place = make_member(bea, north.agency, "brand_manager", north)
    token = _token(_invite(north.agency, north, bea))
    place.delete()
    forget_rights(bea)

    with pytest.raises(InvitationRefused) as refused:
        join(token, name="Nina", password="a long enough phrase")
    assert refused.value.why == "not_theirs"
    assert not User.objects.filter(email=NEW).exists()
    assert _told(north, "refused") == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "ada@example.test", "role": "community_manager"}, "email"),
        ({"email": "twice@example.test"}, "email"),
        ({"role": "owner"}, "role"),
        ({"language": "xx"}, "language"),
    ],
)
def test_bad_input_names_its_field(
    north: Brand, olga: User, ada: User, more: dict[str, str], field: str
) -> None:
    _invite(north.agency, north, olga, email="twice@example.test")
    with pytest.raises(InvalidInput) as refused:
        _invite(north.agency, north, olga, **more)
    assert refused.value.field == field


def test_a_role_of_another_agency_is_refused(north: Brand, globex: Agency, olga: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        invite(
            agency=north.agency,
            brand=north,
            role=role_of(globex, "moderator"),
            email=NEW,
            actor=olga,
        )
    assert refused.value.field == "role"


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        (" ", "a long enough phrase", "name"),
        ("Nina", "12345678", "password"),
        ("Nina", "nina@example.test", "password"),
    ],
)
def test_a_weak_password_does_not_use_the_link_up(
    north: Brand, olga: User, name: str, password: str, field: str
) -> None:
    token = _token(_invite(north.agency, north, olga))

    with pytest.raises(InvalidInput) as refused:
        join(token, name=name, password=password)
    assert refused.value.field == field
    assert join(token, name="Nina", password="a long enough phrase").brand == north


def test_mails_are_not_sent_by_the_thousand(
    north: Brand, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_PER_HOUR", 2)
    _invite(north.agency, north, olga, email="a@example.test")
    _invite(north.agency, north, olga, email="b@example.test")

    with pytest.raises(InvalidInput) as refused:
        _invite(north.agency, north, olga, email="c@example.test")
    assert refused.value.field == "email"
