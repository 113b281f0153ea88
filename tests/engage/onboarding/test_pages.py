"""The wizard through the client: who may, what each step does, what is refused and how."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engage.onboarding.applying import apply
from engage.onboarding.document import parse
from engage.onboarding.progress import progress_of_many
from inbox.models import AnswerTemplate, ChannelAccount
from moderation.models import PolicyRule
from tenants.actors import SystemActor
from tenants.choices import OnboardingStep
from tenants.domain.onboarding import marks_of
from tenants.models import Agency, Brand, Invitation, User
from tenants.scope import brand_scope
from tests.factories.tenants import make_brand, make_member, make_user

SYSTEM = SystemActor("system", "tests")
BASE = "/w/acme/admin/onboarding/"
PROFILE = {
    "name": "Nova",
    "slug": "nova",
    "legal_name": "Nova GmbH",
    "contact_email": "privacy@nova.example",
    "sector": "retail",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "holidays": "DE-BY",
    "data_region": "eu",
    "hours_mon": "09:00-17:00",
}


@pytest.fixture
def nova(acme: Agency) -> Brand:
    return apply(
        parse({"brand": {"slug": "nova", "name": "Nova"}}), agency=acme, actor=SYSTEM
    ).brand


@pytest.fixture
def owner(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def step(brand: Brand, name: str) -> str:
    return f"{BASE}{brand.pk}/{name}/"


def texts(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_profile_makes_the_brand(owner: Client, acme: Agency) -> None:
    response = owner.post(f"{BASE}new/", PROFILE)

    brand = Brand.objects.get(agency=acme, slug="nova")
    assert (response.status_code, response["Location"]) == (302, step(brand, "preset"))
    assert (brand.state, brand.holiday_country, brand.holiday_region) == (
        "onboarding",
        "DE",
        "DE-BY",
    )
    assert brand.business_hours == {"mon": [["09:00", "17:00"]]}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "north", "has a brand “north” already"),
        ("slug", "No Rth", "lower-case letters"),
        ("slug", "admin", "has a meaning of its own"),
        ("name", " ", "A brand needs a name"),
        ("contact_email", "nova", "is no e-mail address"),
        ("time_zone", "Mars/Olympus", "There is no time zone"),
        ("hours_mon", "17-9", "Write a span like"),
        ("hours_sun", "10:00-09:00", "the end comes after the start"),
        ("holidays", "DE-XX", "is no region code"),
        ("data_region", "moon", "Choose one of"),
    ],
)
def test_a_bad_value_is_told_at_its_field_and_nothing_is_made(
    owner: Client, north: Brand, field: str, value: str, words: str
) -> None:
    response = owner.post(f"{BASE}new/", PROFILE | {field: value})

    page = texts(response)
    assert response.status_code == 200
    assert words in page.split(f'id="{field}-error"')[1].split("</span>")[0]
    assert 'value="Nova GmbH"' in page
    assert list(Brand.objects.values_list("slug", flat=True)) == ["north"]


def test_a_brand_can_start_from_another(owner: Client, nova: Brand, acme: Agency) -> None:
    apply(parse({"brand": {"slug": "nova"}, "preset": "health"}), agency=acme, actor=SYSTEM)

    owner.post(f"{BASE}new/?copy=nova", PROFILE | {"slug": "zwei", "name": "Zwei"})

    made = Brand.objects.get(slug="zwei")
    with brand_scope(made.pk):
        assert AnswerTemplate.objects.filter(shortcut="neben").count() == 2
        assert PolicyRule.objects.get(category="self_harm").decide_within_minutes == 15


def test_the_preset_is_shown_in_words_and_installed(owner: Client, nova: Brand) -> None:
    page = texts(owner.get(step(nova, "preset")))
    assert "Nothing is erased by itself yet" in page
    assert "Commercial letters: 72 months from the end of the calendar year" in page

    response = owner.post(step(nova, "preset"), {"preset": "finance"})

    assert response["Location"] == step(nova, "channels")
    with brand_scope(nova.pk):
        assert PolicyRule.objects.get(category="scam").severity == 4
        assert marks_of(nova.pk)["preset"].detail["key"] == "finance"


def test_sandbox_accounts_are_connected_once(owner: Client, nova: Brand, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    for _time in range(2):
        owner.post(step(nova, "channels"), {"act": "sandbox"})

    with brand_scope(nova.pk):
        assert sorted(ChannelAccount.objects.values_list("channel", "is_sandbox")) == [
            ("facebook", True),
            ("whatsapp", True),
        ]
    page = texts(owner.get(step(nova, "channels")))
    assert "Messages can be answered for 24 hours" in page
    assert "Can hide comments and show them again." in page


def test_a_real_account_needs_its_secrets_and_never_shows_them(owner: Client, nova: Brand) -> None:
    real = {"act": "connect", "network": "facebook", "account_id": "4711", "name": "Nova"}

    refused = texts(owner.post(step(nova, "channels"), real))
    assert refused.count("This is missing.") == 3
    secrets = {"access_token": "s1", "app_secret": "very-secret", "verify_token": "s3"}
    owner.post(step(nova, "channels"), real | secrets)

    with brand_scope(nova.pk):
        assert ChannelAccount.objects.get().base_url == "https://graph.facebook.com"
    assert "very-secret" not in texts(owner.get(step(nova, "channels")))


def test_the_team_is_invited_and_confirmed(owner: Client, nova: Brand) -> None:
    page = texts(owner.get(step(nova, "team")))
    assert "Olga" in page
    member = {"act": "invite", "email": "lena@example.test", "role": "moderator"}

    owner.post(step(nova, "team"), member)
    wrong = texts(owner.post(step(nova, "team"), member | {"email": "x", "role": "captain"}))
    done = owner.post(step(nova, "team"), {"act": "confirm"})

    assert Invitation.objects.get().role.key == "moderator"
    assert "is no e-mail address" in wrong
    assert done["Location"] == step(nova, "templates")


def test_templates_are_edited_and_confirmed(owner: Client, nova: Brand) -> None:
    owner.post(step(nova, "preset"), {"preset": "retail"})
    with brand_scope(nova.pk):
        row = AnswerTemplate.objects.get(shortcut="danke", language="de")

    bad = owner.post(step(nova, "templates"), {f"text_{row.pk}": "Nur 5 EUR, danke!"})
    assert "a person releases it" in texts(bad)
    owner.post(step(nova, "templates"), {f"text_{row.pk}": "Danke sehr!"})

    with brand_scope(nova.pk):
        row.refresh_from_db()
        assert row.text == "Danke sehr!"
        assert marks_of(nova.pk)["templates"].confirmed_at is not None


def test_going_live_too_early_tells_what_is_missing(owner: Client, nova: Brand) -> None:
    page = texts(owner.post(step(nova, "live"), {"confirmed": "yes"}))

    for words in ("Enter the business hours", "Connect at least one account", "sandbox test"):
        assert words in page.split('id="general-error"')[1].split("</p>")[0]
    nova.refresh_from_db()
    assert nova.state == "onboarding"


def test_the_trial_says_when_there_is_no_sandbox(owner: Client, nova: Brand) -> None:
    page = texts(owner.post(step(nova, "trial"), {"act": "start"}))

    assert "This installation has no sandbox network." in page
    assert owner.get(step(nova, "trial") + "?part=state").json() == {
        "checks": [],
        "is_waiting": False,
    }


def test_it_goes_on_where_it_was_left(owner: Client, nova: Brand) -> None:
    assert owner.get(f"{BASE}{nova.pk}/")["Location"] == step(nova, "profile")
    owner.post(step(nova, "profile"), PROFILE)
    owner.post(step(nova, "preset"), {"preset": "retail"})

    assert owner.get(f"{BASE}{nova.pk}/")["Location"] == step(nova, "channels")
    listed = texts(owner.get(BASE))
    assert "2 of 7 steps; next: Channels." in listed


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_many(
    owner: Client, nova: Brand, acme: Agency, count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for number in range(count - 1):
        make_brand(acme, f"more-{number}", state="onboarding")
    owner.get(BASE)
    with django_assert_num_queries(LIST_QUERIES):
        assert texts(owner.get(BASE)).count("steps; next:") == count


LIST_QUERIES = 23


@pytest.mark.parametrize("count", [1, 3])
def test_progress_costs_the_same_for_many(
    acme: Agency, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    brands = [make_brand(acme, f"more-{number}") for number in range(count)]

    with brand_scope([brand.pk for brand in brands]), django_assert_num_queries(10):
        found = progress_of_many(brands)

    assert [one.brand for one in found] == brands


def _addresses(brand: Brand) -> list[str]:
    return [BASE, f"{BASE}new/", f"{BASE}{brand.pk}/", *(step(brand, s) for s in OnboardingStep)]


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_find_nothing(client: Client, nova: Brand, gus: User, method: str) -> None:
    client.force_login(gus)

    for address in _addresses(nova):
        assert getattr(client, method)(address).status_code in {404, 405}, address


@pytest.mark.parametrize("method", ["get", "post"])
def test_colleagues_without_the_right_get_403(
    client: Client, nova: Brand, acme: Agency, method: str
) -> None:
    ann = make_user("ann")
    make_member(ann, acme, "analyst")
    client.force_login(ann)

    for address in _addresses(nova):
        assert getattr(client, method)(address).status_code in {403, 405}, address


def test_a_brand_manager_leads_their_brand_but_makes_none(
    client: Client, nova: Brand, north: Brand, acme: Agency
) -> None:
    meg = make_user("meg")
    make_member(meg, acme, "brand_manager", nova)
    client.force_login(meg)

    assert client.get(BASE).status_code == 200
    assert client.get(f"{BASE}new/").status_code == 403
    assert client.post(step(nova, "preset"), {"preset": "retail"}).status_code == 302
    assert client.get(step(north, "preset")).status_code == 404


def test_in_a_brands_workspace_there_is_no_wizard(owner: Client, nova: Brand) -> None:
    assert owner.get("/w/acme/nova/admin/onboarding/").status_code == 404
