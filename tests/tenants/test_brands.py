"""Making and changing a brand: who may, what is refused, what the ledger tells."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from compliance.models import AuditDetail, AuditEvent
from tenants.domain.brands import change_brand, create_brand, open_brand
from tenants.domain.profile import clean_field
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.factories.tenants import make_brand

SAME = {"name": "North", "language": "de", "time_zone": "Europe/Berlin"}


def test_an_owner_changes_the_brand_and_the_ledger_knows(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        changed = change_brand(north, **SAME | {"name": " Nordlicht "}, actor=olga)
        (event,) = AuditEvent.objects.filter(kind="tenants.brand.changed")
        details = dict(AuditDetail.objects.filter(event=event).values_list("name", "value"))

    assert changed.name == "Nordlicht"
    assert sorted(details.values()) == ['"Nordlicht"', '"North"']


def test_nothing_changed_is_nothing_recorded(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        change_brand(north, **SAME, actor=olga)

        assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("name", "  "), ("language", "fr"), ("time_zone", "Mars/Olympus")]
)
def test_a_bad_value_is_refused_by_name(north: Brand, olga: User, field: str, value: str) -> None:
    with brand_scope(north.pk), pytest.raises(InvalidInput) as refused:
        change_brand(north, **SAME | {field: value}, actor=olga)

    assert refused.value.field == field


@pytest.mark.parametrize("name", ["ada", "gus", "eve"])
def test_others_may_not(north: Brand, name: str, request: pytest.FixtureRequest) -> None:
    with brand_scope(north.pk), pytest.raises(NotAllowed):
        change_brand(north, **SAME | {"name": "x"}, actor=request.getfixturevalue(name))


def test_the_page_uses_the_verb(north: Brand, olga: User, client: Client) -> None:
    client.force_login(olga)

    response = client.post(
        f"/w/acme/north/admin/tenants/brand/{north.pk}/change/",
        SAME | {"name": "Nordlicht", "data_region": "eu"},
    )

    north.refresh_from_db()
    assert (response.status_code, north.name) == (302, "Nordlicht")
    with brand_scope(north.pk):
        assert AuditEvent.objects.filter(kind="tenants.brand.changed").count() == 1


def test_a_new_brand_is_in_onboarding_and_in_its_own_ledger(acme: Agency, olga: User) -> None:
    with transaction.atomic():
        brand = create_brand(acme, slug="nova", name=" Nova ", actor=olga, sector="health")

    assert (brand.name, brand.state, brand.sector) == ("Nova", "onboarding", "health")
    with brand_scope(brand.pk):
        (event,) = AuditEvent.objects.all()
        assert (event.kind, event.actor_ref) == ("tenants.brand.created", str(olga.pk))


@pytest.mark.parametrize("slug", ["north", "Nova", "no va", "-nova", "admin", "api", "", "x" * 51])
def test_a_bad_slug_is_refused_by_name(acme: Agency, north: Brand, olga: User, slug: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_brand(acme, slug=slug, name="Nova", actor=olga)

    assert refused.value.field == "slug"
    assert Brand.objects.count() == 1


@pytest.mark.parametrize("name", ["ada", "mo", "aud", "gus", "eve"])
def test_others_take_no_brand_on(acme: Agency, name: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed):
        create_brand(acme, slug="nova", name="Nova", actor=request.getfixturevalue(name))


def test_a_brand_is_opened_once(acme: Agency, olga: User, ada: User) -> None:
    brand = make_brand(acme, "nova", state="onboarding")
    with brand_scope(brand.pk):
        with pytest.raises(NotAllowed):
            open_brand(brand, actor=ada)
        assert open_brand(brand, actor=olga).state == "live"
        with pytest.raises(InvalidState):
            open_brand(brand, actor=olga)


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (
            "business_hours",
            {"mon": "9:00-12:00, 13:00-17:30"},
            {"mon": [["09:00", "12:00"], ["13:00", "17:30"]]},
        ),
        ("business_hours", {"sun": "", "sat": ["18:00-24:00"]}, {"sat": [["18:00", "24:00"]]}),
        ("holiday_country", "de", "DE"),
        ("holiday_region", "de-by", "DE-BY"),
        ("contact_email", " Privacy@Nova.example ", "privacy@nova.example"),
        ("sector", "", ""),
    ],
)
def test_a_field_is_stored_in_one_form(field: str, value: Any, stored: Any) -> None:
    assert clean_field(field, value) == stored


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("business_hours", {"mon": "09:00-17:00, 16:00-18:00"}, "business_hours.mon"),
        ("business_hours", {"mon": "09:00-09:00"}, "business_hours.mon"),
        ("business_hours", {"mon": "25:00-26:00"}, "business_hours.mon"),
        ("business_hours", {"mon": 9}, "business_hours.mon"),
        ("business_hours", {"montag": "09:00-17:00"}, "business_hours.montag"),
        ("business_hours", "always", "business_hours"),
        ("holiday_country", "XX", "holiday_country"),
        ("holiday_region", "DE-XX", "holiday_region"),
        ("contact_email", "nova", "contact_email"),
        ("legal_name", "Nova\x00", "legal_name"),
        ("legal_name", "x" * 201, "legal_name"),
        ("sector", "mining", "sector"),
        ("data_region", "", "data_region"),
        ("name", None, "name"),
    ],
)
def test_a_field_is_refused_by_its_name(field: str, value: Any, named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_field(field, value)

    assert refused.value.field == named


def test_another_country_ends_the_region(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        change_brand(north, holiday_country="DE", holiday_region="DE-BY", actor=olga)
        with pytest.raises(InvalidInput) as refused:
            change_brand(north, holiday_region="AT-1", actor=olga)
        changed = change_brand(north, holiday_country="AT", actor=olga)

    assert refused.value.field == "holiday_region"
    assert (changed.holiday_country, changed.holiday_region) == ("AT", "")
