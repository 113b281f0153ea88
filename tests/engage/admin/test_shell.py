"""The shell: ways in, places, navigation by role, palette, language, headers."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from inbox.models import Conversation
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation
from tests.factories.tenants import make_member, make_user

HOME = "/w/acme/north/admin/"
OVERVIEW_QUERIES = 13


def _links(client: Client, url: str = HOME) -> set[str]:
    html = client.get(url).content.decode()
    nav = html.split('<nav class="side-nav"')[1].split("</nav>")[0]
    addresses = [link.partition("?")[0] for link in re.findall(r'href="([^"]+)"', nav)]
    return {address.removeprefix(HOME).strip("/") for address in addresses}


def test_nobody_is_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    assert client.get("/").headers["Location"] == "/accounts/login/"
    page = client.get("/accounts/login/", headers={"Accept-Language": "de"}).content.decode()
    assert "Anmelden" in page


def test_signing_in_leads_to_the_only_workspace(client: Client, ada: User) -> None:
    answer = client.post(
        "/accounts/login/",
        {"login": ada.email, "password": "correct horse", "next": ""},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == HOME


def test_a_wrong_password_is_told_in_words(client: Client, ada: User) -> None:
    answer = client.post("/accounts/login/", {"login": ada.email, "password": "wrong"})
    assert 'role="alert"' in answer.content.decode()


def test_several_workspaces_are_offered(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    client.force_login(olga)
    html = client.get("/").content.decode()
    for url in ("/w/acme/admin/", HOME, "/w/acme/south/admin/"):
        assert f'href="{url}"' in html


def test_without_a_workspace_the_page_says_what_to_do(client: Client, eve: User) -> None:
    client.force_login(eve)
    assert "Ask an administrator" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("person", "sees", "sees_not"),
    [
        ("ada", {"inbox/conversation", "moderation/case"}, {"compliance/auditevent"}),
        ("mo", {"moderation/case", "moderation/appeal"}, {"inbox/outboxitem"}),
        ("aud", {"compliance/auditevent", "compliance/auditexport"}, {"tenants/apitoken"}),
        ("olga", {"tenants/apitoken", "tenants/membership"}, {"inbox/receiveddelivery"}),
    ],
)
def test_the_side_bar_shows_what_the_role_may_use(
    client: Client,
    north: Brand,
    request: pytest.FixtureRequest,
    person: str,
    sees: set[str],
    sees_not: set[str],
) -> None:
    client.force_login(request.getfixturevalue(person))
    links = _links(client)
    assert sees <= links
    assert not sees_not & links
    for link in links:
        assert client.get(f"{HOME}{link}/" if link else HOME).status_code == 200, link


def test_a_client_sees_one_group_only(client: Client, acme: Agency, north: Brand) -> None:
    viewer = make_user("vic")
    make_member(viewer, acme, "client_viewer", north)
    client.force_login(viewer)
    assert _links(client) == {""}
    assert client.get(HOME).content.decode().count('class="side-group"') == 1


def test_raw_deliveries_stand_in_the_agencys_workspace(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    client.force_login(olga)
    html = client.get("/w/acme/admin/").content.decode()
    assert "/w/acme/admin/inbox/receiveddelivery/" in html


def test_the_banner_says_that_sending_is_stopped(client: Client, ada: User, north: Brand) -> None:
    north.sending_stopped_at, north.sending_stopped_reason = timezone.now(), "Wrong <price>"
    north.save()
    client.force_login(ada)
    html = client.get(HOME).content.decode()
    assert "Sending is stopped for North." in html
    assert "Wrong &lt;price&gt;" in html


def _contact(brand: Brand, name: str) -> Conversation:
    with brand_scope(brand.pk):
        conversation = make_conversation(make_account(brand, external_id=brand.slug))
        conversation.contact.name = name
        conversation.contact.save()
    return conversation


def test_the_palette_finds_in_this_workspace_only_and_forgets_at_once(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    """U2: unfold's own cache shows one brand's hits in the other for five minutes."""
    _contact(north, "Nora Beispiel")
    _contact(south, "Sven Beispiel")
    client.force_login(olga)
    in_north = client.get(f"{HOME}search/", {"s": "beispiel"})
    in_south = client.get("/w/acme/south/admin/search/", {"s": "beispiel"})
    assert "Nora" in (north_html := in_north.content.decode())
    assert "Sven" not in north_html
    assert "Sven" in (south_html := in_south.content.decode())
    assert "Nora" not in south_html
    assert set(re.findall(r'href="(/w/[^/]+/[^/]+)/', south_html)) == {"/w/acme/south"}
    assert "no-store" in in_north.headers["Cache-Control"]
    olga.memberships.all().delete()
    assert client.get(f"{HOME}search/", {"s": "beispiel"}).status_code == 404


def test_the_palette_names_the_brand_where_several_are_searched(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    _contact(south, "Sven Beispiel")
    client.force_login(olga)
    html = client.get("/w/acme/admin/search/", {"s": "sven"}).content.decode()
    assert "South" in html


def test_the_palette_shows_no_screen_the_role_may_not_use(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert "nothing" in client.get(f"{HOME}search/", {"s": "audit"}).content.decode().lower()
    assert "moderation/case" in client.get(f"{HOME}search/", {"s": "queue"}).content.decode()


def test_the_language_is_kept_on_the_person(client: Client, ada: User, north: Brand) -> None:
    client.force_login(ada)
    url = f"{HOME}i18n/language/"
    assert client.get(url).status_code == 405
    client.post(url, {"language": "xx", "next": "/"})
    ada.refresh_from_db()
    assert ada.language == "en"
    answer = client.post(url, {"language": "de", "next": HOME})
    assert answer.headers["Location"] == HOME
    ada.refresh_from_db()
    assert ada.language == "de"
    assert "Heute" in client.get(HOME).content.decode()


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_the_language_form_leads_nowhere_else(client: Client, ada: User, target: str) -> None:
    client.force_login(ada)
    answer = client.post(f"{HOME}i18n/language/", {"language": "de", "next": target})
    assert answer.headers["Location"] == "/"


def test_logging_out_needs_a_post(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get(f"{HOME}logout/").status_code == 405
    assert client.post(f"{HOME}logout/").headers["Location"] == "/accounts/login/"
    assert client.get(HOME).status_code == 302


def test_times_are_the_brands(client: Client, ada: User, north: Brand) -> None:
    moment = timezone.now().replace(month=1, day=5, hour=10, minute=0)
    with brand_scope(north.pk):
        account = make_account(north)
        contact = make_conversation(account).contact
        contact.last_seen_at = moment
        contact.save()
    client.force_login(ada)
    url = f"{HOME}inbox/contact/{contact.pk}/change/"
    assert "11 a.m." in client.get(url).content.decode()


@pytest.mark.parametrize(
    "url", ["/accounts/login/?next=/", HOME, f"{HOME}inbox/answertemplate/add/"]
)
def test_pages_hold_no_inline_code_and_no_foreign_address(
    client: Client, olga: User, north: Brand, url: str
) -> None:
    if "login" not in url:
        client.force_login(olga)
    answer = client.get(url)
    html = answer.content.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in [part.strip() for part in policy.split(";")]
    assert "unsafe-eval" not in policy
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)
    assert html.count("<main") == 1
    assert 'href="#main"' in html


def test_the_overview_is_nine_tiles_of_constant_cost(
    client: Client, olga: User, north: Brand, count_queries: Any
) -> None:
    client.force_login(olga)
    client.get(HOME)
    with count_queries() as captured:
        tiles = client.get(HOME).context["tiles"]
    assert len(captured) == OVERVIEW_QUERIES
    assert {tile.key for tile in tiles} == {
        "late",
        "soon",
        "open",
        "unassigned",
        "cases",
        "appeals",
        "requests",
        "held",
        "problems",
    }


def test_our_site_is_the_site() -> None:
    """unfold's default configuration would put its own in our place."""
    from django.contrib import admin

    from engage.admin_site import EngageAdminSite

    assert isinstance(admin.site, EngageAdminSite)
    assert "unfold" not in settings.INSTALLED_APPS
