"""The agency's sign-in page: rule, providers, sessions."""

import time
from typing import Any

import pytest
from django.test import Client

from tenants.models import Agency, Brand, SigninPolicy, SsoConnection, StaffSession, User
from tests.engage.signin.conftest import sign_in, told

PAGE = "/w/acme/admin/tenants/signinpolicy/"
ADD = "/w/acme/admin/tenants/ssoconnection/add/"
CONNECTION = {
    "name": "Okta",
    "issuer": "https://idp.test",
    "client_id": "engage",
    "client_secret": "very-secret",
    "domains": "brand.test, Other.test",
    "creates_members": "on",
    "default_role": "analyst",
    "role_of_group": "boss = admin\n\npublishers = community_manager",
    "is_active": "on",
}


@pytest.fixture
def owner(client: Client, olga: User, north: Brand) -> Client:
    client.force_login(olga)
    return client


def test_the_rule_is_switched_on_and_told(owner: Client, acme: Agency) -> None:
    assert "Everybody of the agency needs a second factor" in owner.get(PAGE).content.decode()
    owner.post(f"{PAGE}save/", {"second_factor_for_all": "on"})

    assert SigninPolicy.objects.get(agency=acme).second_factor_for_all
    assert "checked" in owner.get(PAGE).content.decode()
    owner.post(f"{PAGE}save/", {})
    assert not SigninPolicy.objects.get(agency=acme).second_factor_for_all
    assert len(told(acme, "tenants.signin_policy.changed")) == 2


@pytest.mark.parametrize(
    ("person", "status"), [("ada", 403), ("mo", 403), ("aud", 403), ("gus", 404), ("eve", 404)]
)
def test_who_may_not_sees_and_changes_nothing(
    client: Client,
    request: pytest.FixtureRequest,
    acme: Agency,
    north: Brand,
    person: str,
    status: int,
) -> None:
    client.force_login(request.getfixturevalue(person))
    for url in (PAGE, ADD, "/w/acme/admin/tenants/ssoconnection/"):
        assert client.get(url).status_code == status, url
    assert client.post(f"{PAGE}save/", {"second_factor_for_all": "on"}).status_code == status
    assert client.post(ADD, CONNECTION).status_code == status
    assert not SigninPolicy.objects.exists()
    assert not SsoConnection.objects.exists()


def test_in_a_brands_workspace_the_page_is_not_there(owner: Client) -> None:
    assert owner.get("/w/acme/north/admin/tenants/signinpolicy/").status_code == 403
    save = owner.post("/w/acme/north/admin/tenants/signinpolicy/save/", {})
    assert save.status_code == 403


def test_a_provider_is_connected_and_its_secret_never_shown(owner: Client, acme: Agency) -> None:
    answer = owner.post(ADD, CONNECTION)

    assert answer.headers["Location"] == PAGE
    row = SsoConnection.objects.get()
    assert (row.agency, row.client_secret, row.domains) == (
        acme,
        "very-secret",
        ["brand.test", "other.test"],
    )
    assert row.role_of_group == {"boss": "admin", "publishers": "community_manager"}
    assert (row.creates_members, row.trusts_second_factor) == (True, False)
    url = f"/w/acme/admin/tenants/ssoconnection/{row.pk}/change/"
    html = owner.get(url).content.decode()
    assert "very-secret" not in html
    assert "boss = admin" in html
    owner.post(url, CONNECTION | {"client_secret": "", "name": "Entra"})
    row.refresh_from_db()
    assert (row.name, row.client_secret) == ("Entra", "very-secret")
    assert len(told(acme, "tenants.sso_connection.changed")) == 1
    assert "very-secret" not in str([e.body for e in told(acme, "tenants.sso_connection.added")])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"issuer": "ftp://x"}, "begins with https://"),
        ({"role_of_group": "boss admin"}, "write group = role"),
        ({"role_of_group": "boss = owner"}, "Nobody becomes an owner"),
        ({"default_role": "nothing"}, "There is no role"),
        ({"domains": ""}, "Name one to 50 e-mail domains."),
        ({"client_secret": ""}, "client secret"),
    ],
)
def test_bad_input_is_told_and_kept_in_the_form(
    owner: Client, wrong: dict[str, str], words: str
) -> None:
    answer = owner.post(ADD, CONNECTION | wrong)

    assert answer.status_code == 400
    html = answer.content.decode()
    assert words in html
    assert 'value="Okta"' in html
    assert not SsoConnection.objects.exists()


def test_a_foreign_connection_is_not_there(owner: Client, globex: Agency) -> None:
    foreign = SsoConnection.objects.create(
        agency=globex, name="x", issuer="https://x.test", client_id="x", domains=["x.test"]
    )
    url = f"/w/acme/admin/tenants/ssoconnection/{foreign.pk}/change/"

    assert owner.get(url).status_code == 404
    assert owner.post(url, CONNECTION).status_code == 404


def test_an_owner_sees_and_ends_the_sessions_of_members_only(
    owner: Client, ada: User, gus: User
) -> None:
    member, stranger = sign_in(ada.email), sign_in(gus.email)
    mine = StaffSession.objects.get(user=ada)
    foreign = StaffSession.objects.get(user=gus)
    html = owner.get(PAGE).content.decode()
    assert "Ada" in html
    assert "Gus" not in html
    base = "/w/acme/admin/tenants/staffsession/"

    assert owner.post(f"{base}{foreign.pk}/end/").status_code == 404
    assert owner.post(f"{base}{mine.pk}/end/").headers["Location"] == PAGE

    assert member.get("/w/acme/north/admin/").status_code == 302
    assert stranger.get("/w/globex/main/admin/").status_code == 200


def test_it_asks_again_after_ten_minutes(owner: Client) -> None:
    session = owner.session
    session["confirmed_at"] = int(time.time()) - 700
    session.save()

    answer = owner.post(f"{PAGE}save/", {"second_factor_for_all": "on"})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not SigninPolicy.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_many(
    owner: Client, acme: Agency, ada: User, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        SsoConnection.objects.create(
            agency=acme, name=str(number), issuer="https://x.test", client_id="x", domains=["x.y"]
        )
        sign_in(ada.email)
    owner.get(PAGE)
    with django_assert_num_queries(14):
        owner.get(PAGE)
