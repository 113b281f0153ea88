"""Grave acts ask again after ten minutes, and lead back to where one was."""

import time
from typing import Any

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tenants.admin.fresh import is_fresh, needs_fresh_sign_in
from tenants.models import Brand, User
from tests.engage.signin.conftest import sign_in


@needs_fresh_sign_in
def grave(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


class Page:
    @needs_fresh_sign_in
    def grave(self, request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponse(f"done {pk}")


def _request(method: str = "get", *, age_s: float | None = 0, **headers: str) -> Any:
    request = getattr(RequestFactory(headers=headers), method)("/w/acme/north/admin/x/?a=1")
    request.session = SessionStore()
    if age_s is not None:
        request.session["confirmed_at"] = int(time.time() - age_s)
    request._messages = FallbackStorage(request)
    return request


@pytest.mark.parametrize(
    ("age_s", "fresh"), [(0, True), (590, True), (610, False), (None, False), (-60, False)]
)
def test_a_proof_counts_for_ten_minutes(age_s: float | None, fresh: bool) -> None:
    request = _request(age_s=age_s)

    assert is_fresh(request) is fresh
    assert (grave(request).status_code == 200) is fresh


def test_a_page_comes_back_to_itself() -> None:
    answer = grave(_request(age_s=700))

    assert answer.headers["Location"] == (
        "/accounts/reauthenticate/?next=%2Fw%2Facme%2Fnorth%2Fadmin%2Fx%2F%3Fa%3D1"
    )


def test_a_post_comes_back_to_the_page_of_its_form() -> None:
    own = grave(_request("post", age_s=700, Referer="http://testserver/w/acme/admin/form/?b=2"))
    foreign = grave(_request("post", age_s=700, Referer="https://evil.test/form/"))

    assert own.headers["Location"].endswith("?next=%2Fw%2Facme%2Fadmin%2Fform%2F%3Fb%3D2")
    assert foreign.headers["Location"].endswith("?next=%2Fw%2Facme%2Fnorth%2Fadmin%2Fx%2F")


def test_a_script_is_told_in_words() -> None:
    answer = grave(_request("post", age_s=700, Accept="application/json"))

    assert answer.status_code == 403
    assert b'"code": "not_fresh"' in answer.content


def test_methods_of_pages_are_guarded_too() -> None:
    assert Page().grave(_request(), 5).content == b"done 5"
    assert Page().grave(_request(age_s=700), 5).status_code == 302


def test_the_password_makes_it_fresh_again(ada: User, north: Brand) -> None:
    client = sign_in(ada.email)
    session = client.session
    session["confirmed_at"] = int(time.time()) - 3600
    session.save()
    url = "/accounts/reauthenticate/?next=/w/acme/north/admin/"
    assert 'name="password"' in client.get(url).content.decode()
    wrong = client.post(url, {"password": "wrong", "next": "/w/acme/north/admin/"})
    assert wrong.status_code == 200
    assert client.session["confirmed_at"] < time.time() - 3000

    right = client.post(url, {"password": "correct horse", "next": "/w/acme/north/admin/"})

    assert right.headers["Location"] == "/w/acme/north/admin/"
    assert client.session["confirmed_at"] > time.time() - 60


def test_signing_in_in_tests_is_fresh(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert client.session["confirmed_at"] > time.time() - 60
