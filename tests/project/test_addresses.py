"""Every address of the admin and the API, asked by everybody who should get nothing.

The addresses come from the URL configuration itself: a new screen is in the table by existing. What
a role may reach is listed below; a screen that is not listed must answer 403 to people of the brand
without the right, and 404 to everybody else, exactly as an address that does not exist.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver, get_resolver

from inbox.models import ChannelAccount
from moderation.domain.policies import install_preset
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.tenants import make_member, make_user

# Not part of a workspace, or the same for everybody.
OPEN = {"admin/login/", "admin/logout/", "admin/jsi18n/"}
# Where any member of the brand may go: the landing page, the palette, their own settings.
EVERY_MEMBER = {
    "admin/",
    "admin/search/",
    "admin/my-settings/",
    "admin/my-settings/stay/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/i18n/language/",
    "api/v1/schema/",
}


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, text)
        else:
            yield text


def _workspace_patterns() -> list[str]:
    return [
        text
        for text in _patterns(get_resolver())
        if text.startswith(("admin/", "api/"))
        and text not in OPEN
        and "(?P" not in text
        and not text.startswith("admin/r/")
    ]


def _address(pattern: str, pk: UUID | str) -> str:
    return re.sub(r"<[^>]+>", str(pk), pattern)


def _only_moves(pattern: str, response: Any) -> bool:
    """Django sends the short address of any object, there or not, on to its change page."""
    return pattern.endswith("<path:object_id>/") and response["Location"].endswith("/change/")


@pytest.fixture
def account(north: Brand) -> ChannelAccount:
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        account = make_account(north)
        make_message(make_conversation(account))
    return account


def _client(user: User | None) -> Client:
    client = Client(raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return client


def test_the_table_is_not_empty() -> None:
    assert len(_workspace_patterns()) >= 100


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_get_404_everywhere(
    account: ChannelAccount, gus: User, eve: User, method: str
) -> None:
    answers: dict[str, Any] = {}
    for name, user in (("gus", gus), ("eve", eve)):
        client = _client(user)
        for pattern in _workspace_patterns():
            path = "/w/acme/north/" + _address(pattern, account.pk)
            answers[f"{name} {path}"] = getattr(client, method)(path).status_code

    assert {path: code for path, code in answers.items() if code != 404} == {}


def test_the_unknown_are_sent_to_sign_in_or_refused(account: ChannelAccount) -> None:
    client = _client(None)
    wrong: dict[str, int] = {}
    for pattern in _workspace_patterns():
        path = "/w/acme/north/" + _address(pattern, account.pk)
        response = client.get(path)
        if pattern.startswith("api/"):
            if response.status_code not in {401, 404}:
                wrong[path] = response.status_code
        elif response.status_code != 302 or not response["Location"].startswith("/accounts/login/"):
            wrong[path] = response.status_code

    assert wrong == {}


def test_an_unknown_workspace_answers_as_a_foreign_one(gus: User, account: ChannelAccount) -> None:
    client = _client(gus)

    foreign = client.get("/w/acme/north/admin/")
    missing = client.get("/w/acme/nowhere/admin/")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_colleague_without_any_right_gets_nothing(
    account: ChannelAccount, north: Brand, method: str
) -> None:
    vic = make_user("vic")
    make_member(vic, north.agency, "client_viewer", north)
    client = _client(vic)
    wrong: dict[str, int] = {}
    for pattern in _workspace_patterns():
        if pattern in EVERY_MEMBER:
            continue
        path = "/w/acme/north/" + _address(pattern, account.pk)
        response = getattr(client, method)(path)
        if response.status_code not in {403, 404, 405} and not _only_moves(pattern, response):
            wrong[path] = response.status_code

    assert wrong == {}


def test_a_reader_can_change_nothing(account: ChannelAccount, north: Brand) -> None:
    ann = make_user("ann")
    make_member(ann, north.agency, "analyst", north)
    client = _client(ann)
    wrong: dict[str, int] = {}
    for pattern in _workspace_patterns():
        if pattern in EVERY_MEMBER:
            continue
        path = "/w/acme/north/" + _address(pattern, account.pk)
        response = client.post(path)
        code = response.status_code
        # A list posted to without an action shows itself again: nothing is written.
        shows_itself = code in {200, 302} and "<" not in pattern
        if code not in {403, 404, 405} and not shows_itself and not _only_moves(pattern, response):
            wrong[path] = code

    assert wrong == {}


def test_a_foreign_object_answers_as_a_missing_one(
    account: ChannelAccount, south: Brand, olga: User
) -> None:
    """olga may see both brands; inside north's address south's objects do not exist."""
    with brand_scope(south.pk):
        foreign = make_account(south, external_id="777")
    client = _client(olga)
    for model, model_admin in admin.site._registry.items():
        opts = model._meta
        base = f"/w/acme/north/admin/{opts.app_label}/{opts.model_name}/"
        seen = client.get(f"{base}{foreign.pk}/change/")
        missing = client.get(f"{base}{uuid4()}/change/")
        assert seen.status_code == missing.status_code, model_admin
        assert seen.status_code in {403, 404}, model_admin
    known = client.get(f"/w/acme/north/admin/inbox/channelaccount/{account.pk}/change/")
    assert known.status_code == 200
