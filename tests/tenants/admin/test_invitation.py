"""Invitations in the admin, and the page behind their link."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tenants.domain.agencies import role_of
from tenants.domain.invitations import invite
from tenants.models import Brand, Invitation, Membership, OutgoingMail, User
from tests.factories.tenants import make_member, make_user

LIST = "/w/acme/north/admin/tenants/invitation/"
ADD = f"{LIST}add/"


@pytest.fixture(autouse=True)
def _no_counts_left(db: None) -> None:
    cache.clear()


@pytest.fixture
def owner(client: Client, olga: User, north: Brand) -> Client:
    client.force_login(olga)
    return client


def _form(brand: Brand | str, **more: str) -> dict[str, str]:
    place = brand if isinstance(brand, str) else str(brand.pk)
    return {
        "email": "nina@example.test",
        "place": place,
        "role": "moderator",
        "language": "en",
    } | more


def _link() -> str:
    found = re.search(r"(/invitations/[^/]+/)", OutgoingMail.objects.latest("created_at").text)
    assert found is not None
    return found[1]


def _invited(brand: Brand, actor: User, email: str = "nina@example.test") -> Invitation:
    role = role_of(brand.agency, "moderator")
    return invite(
        agency=brand.agency, brand=brand, role=role, email=email, actor=actor, language="en"
    )


def test_somebody_is_invited_and_joins(owner: Client, north: Brand) -> None:
    assert 'name="email"' in owner.get(ADD).content.decode()
    assert owner.post(ADD, _form(north)).headers["Location"] == LIST
    assert "nina@example.test" in owner.get(LIST).content.decode()
    link, stranger = _link(), Client()
    assert "Olga invites you to work for" in stranger.get(link).content.decode()

    answer = stranger.post(
        link,
        {"name": "Nina", "password": "battery staple 9", "password2": "battery staple 9"},
    )

    assert answer.headers["Location"] == "/w/acme/north/admin/"
    assert stranger.get("/w/acme/north/admin/").status_code == 200
    assert stranger.get("/w/acme/south/admin/").status_code == 404
    used = Client().get(link)
    assert (used.status_code, "was used already" in used.content.decode()) == (410, True)


def test_in_the_agencys_workspace_for_all_brands(owner: Client) -> None:
    owner.post("/w/acme/admin/tenants/invitation/add/", _form("all", role="analyst"))

    row = Invitation.objects.get()
    assert (row.brand, row.role.key) == (None, "analyst")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"place": "all"}, "Choose where the person will work."),
        ({"place": "x"}, "Choose where the person will work."),
        ({"role": "nothing"}, "Choose a role."),
        ({"role": "owner"}, "An owner owns the agency"),
        ({"language": "xx"}, "Choose German or English."),
    ],
)
def test_bad_input_is_told_and_kept(
    owner: Client, north: Brand, wrong: dict[str, str], words: str
) -> None:
    answer = owner.post(ADD, _form(north) | wrong)

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Invitation.objects.exists()


def test_another_brand_of_the_agency_is_no_choice_here(
    owner: Client, north: Brand, south: Brand
) -> None:
    assert owner.post(ADD, _form(south)).status_code == 400


@pytest.mark.parametrize(("person", "status"), [("ada", 403), ("mo", 403), ("gus", 404)])
def test_who_may_not_invites_nobody(
    client: Client,
    request: pytest.FixtureRequest,
    north: Brand,
    olga: User,
    person: str,
    status: int,
) -> None:
    row = _invited(north, olga)
    client.force_login(request.getfixturevalue(person))

    assert client.get(LIST).status_code == status
    assert client.post(ADD, _form(north)).status_code == status
    for act in ("resend", "revoke"):
        assert client.post(f"{LIST}{row.pk}/{act}/").status_code == status
    row.refresh_from_db()
    assert row.revoked_at is None
    assert Invitation.objects.count() == 1


def test_it_is_sent_again_and_withdrawn(owner: Client, north: Brand, olga: User) -> None:
    row = _invited(north, olga)
    old = _link()
    url = f"{LIST}{row.pk}/"
    assert "Withdraw the invitation" in owner.get(f"{url}change/").content.decode()
    assert owner.get(f"{url}resend/").status_code == 405

    owner.post(f"{url}resend/")
    assert Client().get(old).status_code == 404
    assert Client().get(_link()).status_code == 200
    owner.post(f"{url}revoke/")
    gone = Client().get(_link())
    assert (gone.status_code, "was withdrawn" in gone.content.decode()) == (410, True)


def test_an_invitation_of_another_brand_is_not_there(
    owner: Client, north: Brand, south: Brand, olga: User
) -> None:
    foreign = _invited(south, olga)

    assert owner.get(f"{LIST}{foreign.pk}/change/").status_code == 404
    assert owner.post(f"{LIST}{foreign.pk}/revoke/").status_code == 404
    assert "nina@example.test" not in owner.get(LIST).content.decode()


def test_a_known_person_signs_in_first_and_accepts_by_post(
    north: Brand, olga: User, eve: User
) -> None:
    _invited(north, olga, eve.email)
    link, client = _link(), Client()
    assert "Sign in to accept." in client.get(link).content.decode()
    client.force_login(eve)
    client.get(link)
    assert not Membership.objects.filter(user=eve).exists()

    assert client.post(link).headers["Location"] == "/w/acme/north/admin/"
    assert Membership.objects.get(user=eve).role.key == "moderator"


def test_the_wrong_person_is_told_to_log_out(north: Brand, olga: User, gus: User) -> None:
    _invited(north, olga)
    client = Client()
    client.force_login(gus)
    answer = client.post(_link())

    assert answer.status_code == 410
    assert "is for another e-mail address" in answer.content.decode()
    assert not Membership.objects.filter(user=gus, agency=north.agency).exists()


def test_an_expired_link_says_so(north: Brand, olga: User) -> None:
    _invited(north, olga)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = Client().get(_link())

    assert (answer.status_code, "has expired" in answer.content.decode()) == (410, True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"password2": "other"}, "The two passwords differ."),
        ({"password": "12345678", "password2": "12345678"}, "password is"),
        ({"name": ""}, "Tell us your name."),
    ],
)
def test_a_bad_form_is_shown_again(
    north: Brand, olga: User, said: dict[str, str], words: str
) -> None:
    _invited(north, olga)
    form = {"name": "Nina", "password": "battery staple 9", "password2": "battery staple 9"}
    answer = Client().post(_link(), form | said)

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not User.objects.filter(email="nina@example.test").exists()


def test_guessing_links_is_throttled(db: None) -> None:
    answers = [Client().get(f"/invitations/{n}/").status_code for n in range(32)]

    assert answers[:30] == [404] * 30
    assert answers[30:] == [429] * 2
    assert "Wait five minutes" in Client().get("/invitations/x/").content.decode()


def test_through_another_agencys_provider_nobody_joins(
    north: Brand, main: Brand, olga: User, ada: User
) -> None:
    nina = make_user("nina")
    make_member(nina, main.agency, "analyst", main)
    _invited(north, olga)
    client = Client()
    client.force_login(nina)
    session = client.session
    session["sso_agency"] = str(main.agency_id)
    session.save()

    assert client.post(_link()).status_code == 403
    assert not Membership.objects.filter(user=nina, agency=north.agency).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_many(
    owner: Client, north: Brand, olga: User, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        _invited(north, olga, f"n{number}@example.test")
    owner.get(LIST)
    with django_assert_num_queries(11):
        owner.get(LIST)
