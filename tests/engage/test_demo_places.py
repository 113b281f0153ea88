"""The demo's brands are made by the verbs everybody uses, once."""

import pytest

from compliance.models import AuditEvent
from engage.demo.people import PLACES, make_places
from tenants.models import Brand
from tenants.scope import brand_scope


@pytest.mark.django_db
def test_the_demos_brands_are_taken_on_and_opened_once() -> None:
    first, second = make_places(), make_places()

    assert sorted(first) == sorted(place.workspace for place in PLACES)
    assert {key: brand.pk for key, brand in first.items()} == {
        key: brand.pk for key, brand in second.items()
    }
    assert {brand.state for brand in Brand.objects.all()} == {"live"}
    for brand in second.values():
        with brand_scope(brand.pk):
            kinds = AuditEvent.objects.filter(kind__startswith="tenants.brand.")
            assert sorted(kinds.values_list("kind", flat=True)) == [
                "tenants.brand.created",
                "tenants.brand.opened",
            ]
