"""The workspace in the address: who gets in, what is in scope, and what is left behind."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from inbox.models import Contact
from tenants.middleware import WorkspaceMiddleware
from tenants.models import Brand, User
from tenants.scope import Scope, active_scope, brand_scope
from tests.factories.api import make_token

INDEX = "/w/{}/admin/"


def _walk(
    path: str, user: Any = None, view: Callable[[HttpRequest], Any] | None = None, **headers: str
) -> tuple[Any, dict[str, Any]]:
    """The answer of the middleware alone, and what the view inside saw."""
    seen: dict[str, Any] = {}

    def inside(request: HttpRequest) -> HttpResponse:
        seen["scope"], seen["prefix"] = active_scope(), get_script_prefix()
        seen["path"], seen["workspace"] = request.path_info, request.workspace  # type: ignore[attr-defined]
        seen["url"] = reverse("admin:inbox_conversation_changelist")
        return view(request) if view else HttpResponse("ok")

    request = RequestFactory(headers=headers).get(path)
    request.user = user or AnonymousUser()
    return WorkspaceMiddleware(inside)(request), seen


def test_a_member_works_inside_one_brand(ada: User, north: Brand) -> None:
    response, seen = _walk("/w/acme/north/admin/inbox/conversation/?tab=open", ada)

    assert response.status_code == 200
    assert seen["scope"] == Scope(frozenset([north.pk]))
    assert seen["path"] == "/admin/inbox/conversation/"
    assert seen["url"] == "/w/acme/north/admin/inbox/conversation/"
    assert seen["workspace"].brand == north


def test_nothing_is_left_behind(ada: User) -> None:
    _walk("/w/acme/north/admin/", ada)

    assert active_scope() is None
    assert get_script_prefix() == "/"


def test_nothing_is_left_behind_by_an_error(ada: User) -> None:
    def fails(_request: HttpRequest) -> HttpResponse:
        raise ValueError("broken view")

    with pytest.raises(ValueError, match="broken view"):
        _walk("/w/acme/north/admin/", ada, fails)

    assert active_scope() is None
    assert get_script_prefix() == "/"


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("ada", "/w/acme/south/admin/"),
        ("ada", "/w/globex/main/admin/"),
        ("ada", "/w/globex/admin/"),
        ("gus", "/w/acme/north/admin/"),
        ("eve", "/w/acme/north/admin/"),
        ("olga", "/w/acme/nowhere/admin/"),
        ("olga", "/w/nowhere/north/admin/"),
        ("olga", "/w/acme/north/"),
        ("olga", "/w/acme/north/static/"),
        ("olga", "/w/ACME/north/admin/"),
        ("olga", "/w/acme/../acme/north/admin/"),
        ("olga", "/w/acme/north/south/admin/"),
        ("olga", "/w/acme/north/adminx/"),
    ],
)
def test_other_places_do_not_exist(
    who: str, path: str, south: Brand, main: Brand, olga: User, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Http404):
        _walk(path, request.getfixturevalue(who))


def test_a_foreign_workspace_answers_exactly_as_a_missing_one(
    client: Client, gus: User, north: Brand
) -> None:
    client.force_login(gus)
    foreign = client.get("/w/acme/north/admin/")
    missing = client.get("/w/acme/nowhere/admin/")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content.replace(b"north", b"nowhere") == missing.content
    assert north.name.encode() not in foreign.content


def test_a_stranger_is_asked_to_sign_in_whether_the_place_exists_or_not(
    client: Client, north: Brand
) -> None:
    for place in ("acme/north", "acme/nowhere"):
        response = client.get(INDEX.format(place))

        assert response.status_code == 302
        assert response.headers["Location"] == f"/accounts/login/?next=/w/{place}/admin/"


def _brands_seen(path: str, user: User) -> tuple[frozenset[UUID], bool]:
    _response, seen = _walk(path, user)
    return seen["scope"].brand_ids, bool(seen["scope"].agency_ids)


def test_an_agencys_workspace_holds_the_brands_of_the_person(
    olga: User, ada: User, north: Brand, south: Brand
) -> None:
    assert _brands_seen("/w/acme/admin/", olga) == (frozenset([north.pk, south.pk]), True)
    assert _brands_seen("/w/acme/admin/", ada) == (frozenset([north.pk]), False)


def test_in_a_brands_workspace_not_even_the_owner_sees_what_the_agency_owns(
    olga: User, north: Brand
) -> None:
    assert _brands_seen("/w/acme/north/admin/", olga) == (frozenset([north.pk]), False)


@pytest.mark.parametrize(("status", "kept"), [(200, 1), (302, 1), (404, 1), (500, 0), (503, 0)])
def test_a_failed_answer_leaves_no_write(ada: User, north: Brand, status: int, kept: int) -> None:
    def writes(_request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        Contact.objects.create(brand=north, name="x", first_seen_at=now, last_seen_at=now)
        return HttpResponse(status=status)

    response, _seen = _walk("/w/acme/north/admin/", ada, writes)

    assert response.status_code == status
    with brand_scope(north.pk):
        assert Contact.objects.count() == kept


def test_a_token_opens_its_brand_only(north: Brand, south: Brand) -> None:
    _token, plain = make_token(north, "inbox.conversation.view")
    header = {"Authorization": f"Bearer {plain}"}

    response, seen = _walk("/w/acme/north/api/v1/conversations/", **header)
    assert response.status_code == 200
    assert seen["scope"] == Scope(frozenset([north.pk]))

    for path in ("/w/acme/south/api/v1/x/", "/w/acme/api/v1/x/", "/w/nowhere/north/api/v1/x/"):
        with pytest.raises(Http404):
            _walk(path, **header)


def test_a_token_opens_no_screens(north: Brand) -> None:
    _token, plain = make_token(north, "inbox.conversation.view")

    response, seen = _walk("/w/acme/north/admin/", Authorization=f"Bearer {plain}")

    assert response.status_code == 302
    assert seen == {}


def test_the_platforms_own_admin_is_for_its_staff(client: Client, olga: User) -> None:
    client.force_login(olga)

    response = client.get("/admin/")

    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_outside_a_workspace_there_is_no_scope(db: None) -> None:
    _response, seen = _walk("/healthz")

    assert seen["scope"] is None
    assert seen["workspace"] is None
