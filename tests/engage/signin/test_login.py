"""Password, sessions, throttling, lost passwords: what a person meets at the door."""

import re

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client

from compliance.models import AuditEvent
from tenants.domain.agencies import own_brand
from tenants.domain.post import deliver_due
from tenants.domain.signin import end_session
from tenants.exceptions import NotFound
from tenants.models import Agency, Brand, OutgoingMail, StaffSession, User
from tenants.scope import brand_scope
from tests.engage.signin.conftest import page, sign_in, told
from tests.factories.tenants import make_member, make_user

HOME = "/w/acme/north/admin/"
NEW = {"password1": "battery staple 9", "password2": "battery staple 9"}
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"


def test_a_sign_in_is_a_session_and_an_event(ada: User, north: Brand) -> None:
    client = Client(headers={"User-Agent": CHROME})
    answer = client.post(
        "/accounts/login/", {"login": ada.email.upper(), "password": "correct horse"}
    )

    assert answer.headers["Location"] == "/"
    row = StaffSession.objects.get()
    assert (row.user, row.device, row.method, row.agency) == (
        ada,
        "Chrome · Linux",
        "password",
        None,
    )
    assert row.session_key == client.session.session_key
    assert [e.actor_ref for e in told(north.agency, "tenants.session.started")] == [str(ada.pk)]
    assert client.get(HOME).status_code == 200


def test_where_one_wanted_to_go_is_kept(ada: User, north: Brand) -> None:
    client = sign_in(ada.email, next=f"{HOME}inbox/conversation/")

    assert client.last.headers["Location"] == f"{HOME}inbox/conversation/"  # type: ignore[attr-defined]
    evil = sign_in(ada.email, next="https://evil.test/")
    assert evil.last.headers["Location"] == "/"  # type: ignore[attr-defined]


@pytest.mark.parametrize("email", ["ada@example.test", "nobody@example.test"])
def test_a_wrong_password_says_the_same_for_everybody(ada: User, north: Brand, email: str) -> None:
    client = sign_in(email, "wrong")

    html = client.last.content.decode()  # type: ignore[attr-defined]
    assert "The e-mail address or the password is wrong." in html
    assert "_auth_user_id" not in client.session
    known = email == ada.email
    assert len(told(north.agency, "tenants.session.failed")) == int(known)


def test_five_wrong_passwords_are_enough_in_every_process(ada: User, north: Brand) -> None:
    for _try in range(5):
        sign_in(ada.email, "wrong")
    client = sign_in(ada.email)

    html = client.last.content.decode()  # type: ignore[attr-defined]
    assert "Too many failed tries. Wait 5 minutes, then try again." in html
    assert "_auth_user_id" not in client.session
    # The count stands in the database, not in this process.
    assert type(cache._connections["default"]).__name__ == "DatabaseCache"  # type: ignore[attr-defined]
    cache.clear()
    assert "_auth_user_id" in sign_in(ada.email).session


def test_another_account_is_not_locked_out(ada: User, mo: User) -> None:
    for _try in range(6):
        sign_in(ada.email, "wrong")

    assert "_auth_user_id" in sign_in(mo.email).session


def test_a_closed_account_does_not_open(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert "_auth_user_id" not in sign_in(ada.email).session


def test_a_member_who_was_removed_is_out_with_the_next_request(ada: User, north: Brand) -> None:
    client = sign_in(ada.email)
    assert client.get(HOME).status_code == 200
    ada.memberships.all().delete()

    assert client.get(HOME).status_code == 404
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert client.get(HOME).headers["Location"].startswith("/accounts/login/")


def test_logging_out_ends_the_session(ada: User, north: Brand) -> None:
    client = sign_in(ada.email)
    client.post("/accounts/logout/")

    assert not StaffSession.objects.exists()
    assert len(told(north.agency, "tenants.session.ended")) == 1
    assert client.get(HOME).status_code == 302


def test_a_person_sees_and_ends_their_sessions(ada: User, mo: User, north: Brand) -> None:
    here, there = sign_in(ada.email), sign_in(ada.email)
    others = sign_in(mo.email)
    mine = StaffSession.objects.get(session_key=there.session.session_key)
    html = page(here, "/accounts/me/")
    assert html.count('action="/accounts/sessions/') == 3  # two sessions, and all others
    assert "this one" in html
    url = f"/accounts/sessions/{mine.pk}/end/"

    assert here.get(url).status_code == 405
    assert others.post(url).status_code == 404
    assert here.post(url).headers["Location"] == "/accounts/me/"

    assert there.get(HOME).headers["Location"].startswith("/accounts/login/")
    assert here.get(HOME).status_code == 200
    assert [e.reason for e in told(north.agency, "tenants.session.ended")] == ["own"]


def test_all_other_sessions_end_at_once(ada: User, north: Brand) -> None:
    here, there, elsewhere = (sign_in(ada.email) for _n in range(3))

    here.post("/accounts/sessions/end/")

    assert [c.get(HOME).status_code for c in (here, there, elsewhere)] == [200, 302, 302]
    assert StaffSession.objects.count() == 1


def test_who_may_not_ends_no_session(ada: User, mo: User, gus: User, olga: User) -> None:
    sign_in(ada.email)
    row = StaffSession.objects.get()
    for actor in (mo, gus):
        with pytest.raises(NotFound):
            end_session(row, actor=actor)

    end_session(row, actor=olga)
    assert not StaffSession.objects.exists()
    assert not Session.objects.filter(session_key=row.session_key).exists()


def test_a_new_password_ends_the_other_sessions(ada: User, north: Brand) -> None:
    here, there = sign_in(ada.email), sign_in(ada.email)
    answer = here.post(
        "/accounts/password/change/",
        {"oldpassword": "correct horse"} | NEW,
    )

    assert answer.headers["Location"] == "/accounts/me/"
    assert here.get(HOME).status_code == 200
    assert there.get(HOME).status_code == 302
    assert len(told(north.agency, "tenants.password.changed")) == 1
    assert StaffSession.objects.get().session_key == here.session.session_key
    assert OutgoingMail.objects.get().to == ada.email


@pytest.mark.parametrize("password", ["short", "12345678901", "password", "ada@example.test"])
def test_a_weak_password_is_refused_in_words(ada: User, password: str) -> None:
    client = sign_in(ada.email)
    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": "correct horse", "password1": password, "password2": password},
    )

    assert answer.status_code == 200
    assert "This password" in answer.content.decode() or "too similar" in answer.content.decode()
    ada.refresh_from_db()
    assert ada.check_password("correct horse")


def _reset_link(email: str) -> str:
    mail.outbox.clear()
    answer = Client().post("/accounts/password/reset/", {"email": email})
    assert answer.headers["Location"] == "/accounts/password/reset/done/"
    deliver_due()
    if not mail.outbox:
        return ""
    found = re.search(
        r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/\S+)", mail.outbox[0].body
    )
    assert found is not None, mail.outbox[0].body
    return found[1]


def test_a_lost_password_is_set_by_a_link_that_works_once(ada: User, north: Brand) -> None:
    there = sign_in(ada.email)
    link = _reset_link(ada.email)
    client = Client()
    form = client.get(link).headers["Location"]
    client.post(form, NEW)

    ada.refresh_from_db()
    assert check_password("battery staple 9", ada.password)
    assert there.get(HOME).status_code == 302
    assert len(told(north.agency, "tenants.password.reset")) == 1
    assert "This link has expired or was used already." in page(Client(), link)


def test_an_unknown_address_gets_the_same_answer_and_no_mail(db: None) -> None:
    assert _reset_link("nobody@example.test") == ""
    assert not OutgoingMail.objects.exists()


def test_the_first_password_throws_out_what_a_provider_let_in(north: Brand) -> None:
    from allauth.mfa.models import Authenticator

    nina = make_user("nina")
    nina.set_unusable_password()
    nina.save()
    make_member(nina, north.agency, "analyst", north)
    Authenticator.objects.create(user=nina, type="totp", data={"secret": "x"})
    link = _reset_link(nina.email)
    client = Client()
    form = client.get(link).headers["Location"]
    client.post(form, NEW)

    assert not Authenticator.objects.filter(user=nina).exists()
    own = own_brand(north.agency)
    with brand_scope(own.pk):
        assert AuditEvent.objects.filter(kind="tenants.second_factor.removed").count() == 1


def test_nobody_signs_up_and_no_other_address_of_the_library_exists(ada: User) -> None:
    client = sign_in(ada.email)
    for path in ("signup/", "email/", "3rdparty/", "login/code/", "confirm-email/x/", ""):
        assert client.get(f"/accounts/{path}").status_code == 404, path


def test_the_old_address_leads_to_the_new_one(north: Brand) -> None:
    client = Client()

    assert client.get(f"/admin/login/?next={HOME}").headers["Location"] == (
        f"/accounts/login/?next={HOME}"
    )
    assert (
        client.get("/admin/login/?next=//evil.test").headers["Location"]
        == "/accounts/login/?next=/"
    )


def test_the_owner_of_another_agency_learns_nothing(ada: User, globex: Agency, gus: User) -> None:
    sign_in(ada.email)

    assert told(globex, "tenants.session.started") == []
