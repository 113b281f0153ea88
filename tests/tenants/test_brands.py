"""Changing a brand: who may, what is refused, what the ledger tells."""

import pytest
from django.test import Client

from compliance.models import AuditDetail, AuditEvent
from tenants.domain.brands import change_brand
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope

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
