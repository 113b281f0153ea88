"""Second factors: who must have one, what is shut without it, how it is set up and lost."""

import base64
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.test import Client

from tenants.domain.agencies import role_of
from tenants.domain.signin import needs_second_factor, set_second_factor_for_all
from tenants.exceptions import NotAllowed
from tenants.models import Agency, Brand, OutgoingMail, StaffSession, User
from tenants.permissions import forget_rights
from tests.engage.signin.conftest import page, secret_of, sign_in, told
from tests.factories.api import make_program
from tests.factories.tenants import make_member, make_user

HOME = "/w/acme/north/admin/"
NEEDED = "/accounts/2fa/needed/"


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def code_of(secret: str, *, step: int = 0) -> str:
    """Six digits, ``step`` half minutes from now."""
    return f"{hotp_value(secret, int(time.time()) // 30 + step):06d}"


def set_up(client: Client) -> str:
    """Set an authenticator app up by the page; its secret."""
    secret = secret_of(page(client, "/accounts/2fa/totp/activate/"))
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/accounts/2fa/codes/", answer.content
    return secret


@pytest.mark.parametrize(
    ("person", "needs"),
    [("olga", True), ("aud", True), ("ada", False), ("mo", False), ("eve", False)],
)
def test_who_needs_one(request: pytest.FixtureRequest, person: str, needs: bool) -> None:
    assert needs_second_factor(request.getfixturevalue(person)) is needs


@pytest.mark.parametrize(
    ("capability", "needs"),
    [
        ("tenants.member.manage", True),
        ("compliance.audit.export", True),
        ("inbox.reply.send", False),
    ],
)
def test_a_role_of_their_own_is_as_grave_as_what_it_holds(
    north: Brand, capability: str, needs: bool
) -> None:
    role = role_of(north.agency, "analyst")
    role.capabilities = [capability]
    role.save()
    ann = make_user("ann")
    make_member(ann, north.agency, "analyst", north)

    assert needs_second_factor(ann) is needs


def test_an_agencys_rule_asks_everybody(acme: Agency, olga: User, ada: User, mo: User) -> None:
    with pytest.raises(NotAllowed):
        set_second_factor_for_all(acme, wanted=True, actor=mo)
    set_second_factor_for_all(acme, wanted=True, actor=olga)
    set_second_factor_for_all(acme, wanted=True, actor=olga)
    forget_rights(ada)

    assert needs_second_factor(ada)
    assert len(told(acme, "tenants.signin_policy.changed")) == 1


def test_without_one_only_the_set_up_opens(olga: User, north: Brand) -> None:
    client = sign_in(olga.email)
    for url in ("/", HOME, f"{HOME}inbox/conversation/", "/w/acme/admin/", "/admin/"):
        assert client.get(url).headers["Location"] == NEEDED, url
        assert client.post(url).headers["Location"] == NEEDED, url
    assert "With an authenticator app" in page(client, NEEDED)
    assert client.get("/accounts/me/").status_code == 200
    assert client.post(f"{HOME}logout/").headers["Location"] == "/accounts/login/"


def test_scripts_get_words(olga: User, north: Brand) -> None:
    client = sign_in(olga.email)
    api = client.get("/w/acme/north/api/v1/conversations/")
    json = client.get(HOME, headers={"Accept": "application/json"})

    assert (api.status_code, api.json()["code"]) == (403, "second_factor_missing")
    assert "second factor" in api.json()["detail"]
    assert (json.status_code, "second factor" in json.content.decode()) == (403, True)


def test_a_programs_token_has_no_second_factor(olga: User, north: Brand) -> None:
    assert make_program(north).get("conversations/").status_code == 200


def test_others_walk_in(ada: User, north: Brand) -> None:
    assert sign_in(ada.email).get(HOME).status_code == 200


def test_an_app_is_set_up_and_its_code_asked_at_the_next_sign_in(
    committed: None, olga: User, north: Brand
) -> None:
    client = sign_in(olga.email)
    secret = set_up(client)
    codes = page(client, "/accounts/2fa/codes/")

    assert codes.count("<li>") >= 10
    assert "data:text/plain" in codes
    assert client.get(HOME).status_code == 200
    stored = Authenticator.objects.get(user=olga, type="totp")
    assert secret not in str(stored.data)
    assert len(told(north.agency, "tenants.second_factor.added")) >= 1
    assert OutgoingMail.objects.filter(state="waiting").exists()

    again = sign_in(olga.email)
    assert again.last.headers["Location"].startswith("/accounts/2fa/authenticate/")  # type: ignore[attr-defined]
    assert again.get(HOME).headers["Location"].startswith("/accounts/login/")
    again.post("/accounts/2fa/authenticate/", {"code": code_of(secret, step=1)})
    assert again.get(HOME).status_code == 200
    assert StaffSession.objects.get(session_key=again.session.session_key).method == (
        "password+totp"
    )


def test_recovery_codes_are_shown_once_and_work_once(
    committed: None, olga: User, north: Brand
) -> None:
    client = sign_in(olga.email)
    set_up(client)
    shown = page(client, "/accounts/2fa/codes/")
    code = shown.split('id="recovery_codes"><li>')[1].split("</li>")[0]
    assert code not in page(client, "/accounts/2fa/codes/")

    first, second = sign_in(olga.email), sign_in(olga.email)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    wrong = second.post("/accounts/2fa/authenticate/", {"code": code})

    assert first.get(HOME).status_code == 200
    assert "This code is wrong or was used already." in wrong.content.decode()
    assert second.get(HOME).status_code == 302
    assert len(told(north.agency, "tenants.session.failed")) == 1


def test_a_code_cannot_be_used_twice_nor_from_long_ago(
    committed: None, olga: User, north: Brand
) -> None:
    secret = set_up(sign_in(olga.email))
    used = code_of(secret, step=1)
    sign_in(olga.email).post("/accounts/2fa/authenticate/", {"code": used})
    for code in (used, code_of(secret, step=-3), "000000"):
        again = sign_in(olga.email)
        again.post("/accounts/2fa/authenticate/", {"code": code})
        assert again.get(HOME).status_code == 302, code


def test_a_session_older_than_the_factor_shows_it_too(
    committed: None, olga: User, north: Brand
) -> None:
    old, new = sign_in(olga.email), sign_in(olga.email)
    secret = set_up(new)

    answer = old.get(HOME)
    assert answer.headers["Location"] == (
        "/accounts/2fa/reauthenticate/?next=%2Fw%2Facme%2Fnorth%2Fadmin%2F"
    )
    old.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret, step=1), "next": HOME})
    assert old.get(HOME).status_code == 200


def test_removing_the_last_factor_shuts_the_door_again(
    committed: None, olga: User, north: Brand
) -> None:
    client = sign_in(olga.email)
    secret = set_up(client)
    other = sign_in(olga.email)
    other.post("/accounts/2fa/authenticate/", {"code": code_of(secret, step=1)})
    assert other.get(HOME).status_code == 200

    client.post("/accounts/2fa/totp/deactivate/")

    assert client.get(HOME).headers["Location"] == NEEDED
    assert other.get(HOME).headers["Location"].startswith("/accounts/login/")
    assert len(told(north.agency, "tenants.second_factor.removed")) == 2  # app and codes
    assert not Authenticator.objects.exists()


def test_setting_up_asks_again_after_ten_minutes(olga: User, north: Brand) -> None:
    client = sign_in(olga.email)
    session = client.session
    session["confirmed_at"] = int(time.time()) - 700
    session.save()

    answer = client.get("/accounts/2fa/totp/activate/")

    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")


def test_the_secret_is_one_that_apps_read(ada: User, north: Brand) -> None:
    secret = secret_of(page(sign_in(ada.email), "/accounts/2fa/totp/activate/"))

    assert len(base64.b32decode(secret + "=" * (-len(secret) % 8))) >= 16
