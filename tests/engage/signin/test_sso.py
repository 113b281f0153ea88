"""Single sign-on against a real OpenID provider, and against people who would abuse one."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from engage.signin.oidc import redirect_uri
from tenants.domain.agencies import role_of
from tenants.domain.sso import ConnectionData, save_connection
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import (
    Agency,
    Brand,
    Membership,
    SsoConnection,
    SsoIdentity,
    StaffSession,
    User,
)
from tests.engage.signin.conftest import told
from tests.engage.signin.provider import answer_of, running_provider
from tests.factories.tenants import make_member, make_user

HOME = "/w/acme/admin/"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running_provider("http://127.0.0.1:8000/accounts/sso/callback/") as address:
        yield address


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.ALLOW_PRIVATE_SSO = True


def data(issuer: str, **more: Any) -> ConnectionData:
    plain: dict[str, Any] = {
        "name": "Brand login",
        "issuer": issuer,
        "client_id": "engage",
        "client_secret": "engage-secret",
        "domains": ["brand.test"],
        "creates_members": True,
        "default_role": None,
        "role_of_group": {"boss": "admin", "publisher": "community_manager"},
        "trusts_second_factor": False,
        "is_active": True,
    }
    return ConnectionData(**plain | more)


@pytest.fixture
def connect(acme: Agency, olga: User, issuer: str) -> Callable[..., SsoConnection]:
    def make(**more: Any) -> SsoConnection:
        return save_connection(acme, data(more.pop("issuer", issuer), **more), actor=olga)

    return make


def walk(connection: SsoConnection, person: str, client: Client | None = None) -> Any:
    """The whole way; the answer of our callback with its ``client``."""
    client = client or Client()
    begun = client.get(f"/accounts/sso/{connection.pk}/?next={HOME}")
    assert begun.status_code == 302, begun.content.decode()
    back = answer_of(begun.headers["Location"], person, redirect_uri())
    answer: Any = client.get(back)
    answer.client = client
    answer.back = back
    return answer


def test_a_new_person_joins_with_the_role_of_their_group(
    connect: Callable[..., SsoConnection], acme: Agency, north: Brand
) -> None:
    connection = connect()
    answer = walk(connection, "ana")

    assert answer.headers["Location"] == HOME
    ana = User.objects.get(email="ana@brand.test")
    place = Membership.objects.get(user=ana)
    assert (place.agency, place.brand, place.role.key) == (acme, None, "community_manager")
    assert (ana.name, ana.has_usable_password(), ana.is_platform_staff) == ("ana B.", False, False)
    assert SsoIdentity.objects.get().subject == "ana"
    row = StaffSession.objects.get()
    assert (row.method, row.agency) == ("sso", acme)
    assert answer.client.get("/w/acme/north/admin/").status_code == 200
    assert len(told(acme, "tenants.session.started")) == 1

    assert walk(connection, "ana").headers["Location"] == HOME
    assert Membership.objects.filter(user=ana).count() == 1
    assert SsoIdentity.objects.count() == 1


def test_the_first_group_of_the_mapping_decides(connect: Callable[..., SsoConnection]) -> None:
    walk(connect(), "bob")

    assert Membership.objects.get(user__email="bob@brand.test").role.key == "admin"


@pytest.mark.parametrize(
    ("person", "more", "why", "words"),
    [
        ("mallory", {}, "foreign_email", "does not belong to the domains"),
        ("vera", {}, "unverified", "does not say that your e-mail address is verified"),
        ("ana", {"creates_members": False}, "unknown_person", "not a member of this agency"),
        ("ana", {"role_of_group": {"boss": "admin"}}, "no_role", "No role is set"),
    ],
)
def test_who_is_not_let_in_is_told_and_recorded(
    connect: Callable[..., SsoConnection],
    acme: Agency,
    person: str,
    more: dict[str, Any],
    why: str,
    words: str,
) -> None:
    people = User.objects.count()
    answer = walk(connect(**more), person)

    assert answer.status_code == 403
    assert words in answer.content.decode()
    assert "_auth_user_id" not in answer.client.session
    assert User.objects.count() == people
    events = told(acme, "tenants.signin.refused")
    assert [re.search(r'"why":"(\w+)"', e.body)[1] for e in events] == [why]  # type: ignore[index]


def test_a_removed_member_stays_out(connect: Callable[..., SsoConnection]) -> None:
    connection = connect()
    walk(connection, "ana")
    Membership.objects.filter(user__email="ana@brand.test").delete()

    assert "no longer a member" in walk(connection, "ana").content.decode()


def test_a_closed_account_stays_closed(connect: Callable[..., SsoConnection]) -> None:
    connection = connect()
    walk(connection, "ana")
    User.objects.filter(email="ana@brand.test").update(is_active=False)

    assert "This account is closed" in walk(connection, "ana").content.decode()


def test_a_member_is_linked_and_reaches_this_agency_only(
    connect: Callable[..., SsoConnection], acme: Agency, north: Brand, main: Brand, ada: User
) -> None:
    """ada also works for globex: acme's provider has no say there."""
    make_member(ada, main.agency, "admin", main)
    answer = walk(connect(domains=["example.test"]), "ada")

    client = answer.client
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert client.get("/w/acme/north/admin/").status_code == 200
    assert client.get("/w/globex/main/admin/").status_code == 404
    assert "globex" not in client.get("/accounts/me/").content.decode().lower()
    assert client.get("/").headers["Location"] == "/w/acme/north/admin/"


def test_a_provider_takes_no_account_of_another_agency(
    connect: Callable[..., SsoConnection], globex: Agency, gus: User
) -> None:
    answer = walk(connect(domains=["example.test"]), "gus")

    assert "Ask the agency for an invitation" in answer.content.decode()
    assert not SsoIdentity.objects.exists()
    assert gus.memberships.count() == 1


def test_platform_staff_are_nobodys_guests(
    connect: Callable[..., SsoConnection], ada: User
) -> None:
    User.objects.filter(pk=ada.pk).update(is_platform_staff=True)

    answer = walk(connect(domains=["example.test"]), "ada")
    assert "signs in with its own password" in answer.content.decode()


def test_their_second_factor_counts_only_if_trusted_and_told(
    connect: Callable[..., SsoConnection], acme: Agency, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    groups = {"publisher": "admin"}
    trusting = connect(name="t", trusts_second_factor=True, role_of_group=groups)
    with_factor = walk(trusting, "bob").client
    without = walk(trusting, "ana")

    assert with_factor.get(HOME).status_code == 200
    assert without.client.get(HOME).headers["Location"] == "/accounts/2fa/needed/"
    page = without.client.get("/accounts/2fa/needed/").content.decode()
    assert "Your organisation did not ask for a second factor, so we do." in page
    assert len(told(acme, "tenants.signin.second_factor_missing")) == 1
    doubting = connect(name="d", role_of_group=groups)
    assert walk(doubting, "bob").client.get(HOME).headers["Location"] == "/accounts/2fa/needed/"


def test_an_answer_is_used_once_and_only_where_it_was_asked(
    connect: Callable[..., SsoConnection], acme: Agency
) -> None:
    answer = walk(connect(), "ana")
    again = answer.client.get(answer.back)
    stolen = Client().get(answer.back)

    for refused in (again, stolen):
        assert refused.status_code == 403
        assert "was not begun here" in refused.content.decode()


def test_a_foreign_state_is_refused(connect: Callable[..., SsoConnection], acme: Agency) -> None:
    connection = connect()
    client = Client()
    client.get(f"/accounts/sso/{connection.pk}/")
    answer = client.get("/accounts/sso/callback/?state=x&code=y")

    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session
    assert len(told(acme, "tenants.signin.refused")) == 1


def test_a_wrong_secret_lets_nobody_in(connect: Callable[..., SsoConnection]) -> None:
    answer = walk(connect(client_secret="wrong"), "ana")

    assert answer.status_code == 403
    assert "refused_by_provider" in answer.content.decode()


def test_the_domain_decides_and_the_page_leads_there(
    connect: Callable[..., SsoConnection], client: Client
) -> None:
    connection = connect()
    known = client.post("/accounts/sso/", {"email": "Someone@Brand.test"}).content.decode()
    unknown = client.post("/accounts/sso/", {"email": "x@other.test"}).content.decode()

    assert f"/accounts/sso/{connection.pk}/" in known
    assert "No organisation signs people in for this e-mail domain" in unknown


def test_a_connection_that_is_off_does_not_exist(
    connect: Callable[..., SsoConnection], client: Client
) -> None:
    connection = connect(is_active=False)

    assert client.get(f"/accounts/sso/{connection.pk}/").status_code == 404
    assert (
        str(connection.pk)
        not in client.post("/accounts/sso/", {"email": "a@brand.test"}).content.decode()
    )


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://127.0.0.1", "https://10.0.0.1"])
def test_no_address_of_our_own_network_is_asked(
    connect: Callable[..., SsoConnection], client: Client, settings: Any, address: str
) -> None:
    connection = connect(issuer=address)
    settings.ALLOW_PRIVATE_SSO = False

    answer = client.get(f"/accounts/sso/{connection.pk}/")
    assert answer.status_code == 403
    assert "address_refused" in answer.content.decode()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"domains": []}, "domains"),
        ({"domains": ["not a domain"]}, "domains"),
        ({"domains": ["Brand.test"]}, "domains"),
        ({"role_of_group": {}}, "default_role"),
        ({"role_of_group": {"x": "nothing"}}, "role_of_group"),
        ({"role_of_group": {"x": "owner"}}, "role_of_group"),
    ],
)
def test_bad_input_names_its_field(
    acme: Agency, olga: User, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_connection(acme, data("https://idp.test", **more), actor=olga)
    assert refused.value.field == field
    assert not SsoConnection.objects.exists()


def test_an_owner_is_made_by_nobody(acme: Agency, olga: User) -> None:
    owner = role_of(acme, "owner")
    with pytest.raises(InvalidInput) as refused:
        save_connection(acme, data("https://idp.test", default_role=owner), actor=olga)
    assert refused.value.field == "default_role"


@pytest.mark.parametrize("person", ["ada", "mo", "aud", "gus"])
def test_who_may_not_manage_sign_in_connects_nothing(
    acme: Agency, request: pytest.FixtureRequest, person: str
) -> None:
    with pytest.raises(NotAllowed):
        save_connection(acme, data("https://idp.test"), actor=request.getfixturevalue(person))


def test_a_secret_is_stored_encrypted_and_kept_when_left_empty(acme: Agency, olga: User) -> None:
    made = save_connection(acme, data("https://idp.test"), actor=olga)
    save_connection(
        acme, data("https://idp.test", client_secret="", name="New"), actor=olga, connection=made
    )

    raw = SsoConnection.objects.extra(select={"raw": "client_secret"}).get().raw  # type: ignore[attr-defined]
    assert "engage-secret" not in raw
    made = SsoConnection.objects.get()
    assert (made.name, made.client_secret) == ("New", "engage-secret")


def test_somebody_without_a_place_elsewhere_may_be_linked(
    connect: Callable[..., SsoConnection],
) -> None:
    ana = make_user("x")
    User.objects.filter(pk=ana.pk).update(email="ana@brand.test")

    walk(connect(), "ana")
    assert Membership.objects.get(user=ana).role.key == "community_manager"
