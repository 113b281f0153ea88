"""The guard, judged by a table: nothing runs without a brand, nothing crosses brands."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import models
from django.utils import timezone

from inbox.models import Contact
from tenants.models import Brand
from tenants.scope import NoBrandActive, WrongBrand, all_brands, brand_scope

NOW = timezone.now()
SEEN = {"first_seen_at": NOW, "last_seen_at": NOW}


def _row(brand_id: Any = None, **fields: Any) -> Contact:
    return Contact(brand_id=brand_id or uuid4(), **SEEN | fields)


WITHOUT_SCOPE: dict[str, Callable[[], Any]] = {
    "iterate": lambda: list(Contact.objects.all()),
    "exists": lambda: Contact.objects.exists(),
    "exclude-exists": lambda: Contact.objects.exclude(name="x").exists(),
    "count": lambda: Contact.objects.count(),
    "aggregate": lambda: Contact.objects.aggregate(models.Max("name")),
    "values": lambda: list(Contact.objects.values("pk")),
    "values_list": lambda: list(Contact.objects.values_list("pk", flat=True)),
    "in_bulk": lambda: Contact.objects.in_bulk(),
    "iterator": lambda: list(Contact.objects.iterator()),
    "explain": lambda: Contact.objects.explain(),
    "first": lambda: Contact.objects.first(),
    "get": lambda: Contact.objects.get(pk=uuid4()),
    "dates": lambda: list(Contact.objects.datetimes("first_seen_at", "day")),
    "update": lambda: Contact.objects.update(name=""),
    "delete": lambda: Contact.objects.all().delete(),
    "raw": lambda: list(Contact.objects.raw("select * from inbox_contact")),
    "subquery": lambda: list(Brand.objects.filter(pk__in=Contact.objects.values("brand_id"))),
    "exists-subquery": lambda: list(
        Brand.objects.filter(models.Exists(Contact.objects.filter(name="x")))
    ),
    "union": lambda: list(Contact.objects.all().union(Contact.objects.all())),
    "get_or_create": lambda: Contact.objects.get_or_create(
        pk=uuid4(), defaults={"brand_id": uuid4()} | SEEN
    ),
    "update_or_create": lambda: Contact.objects.update_or_create(
        pk=uuid4(), defaults={"brand_id": uuid4()} | SEEN
    ),
    "create": lambda: Contact.objects.create(brand_id=uuid4(), **SEEN),
    "bulk_create": lambda: Contact.objects.bulk_create([_row()]),
    "bulk_update": lambda: Contact.objects.bulk_update([_row()], ["name"]),
    "save": lambda: _row().save(),
    "delete-row": lambda: _row().delete(),
    "base_manager": lambda: Contact._base_manager.count(),
    "refresh": lambda: _row().refresh_from_db(),
    "select_for_update": lambda: list(Contact.objects.select_for_update()),
}


@pytest.fixture
def two(north: Brand, south: Brand) -> tuple[Brand, Brand]:
    with all_brands(reason="test set-up"):
        for brand in (north, south):
            for name in (f"{brand.slug} one", f"{brand.slug} two"):
                Contact.objects.create(brand=brand, name=name, **SEEN)
    return north, south


@pytest.mark.parametrize("name", WITHOUT_SCOPE)
def test_nothing_runs_without_a_brand(two: tuple[Brand, Brand], name: str) -> None:
    with pytest.raises(NoBrandActive):
        WITHOUT_SCOPE[name]()


def test_queries_can_be_defined_without_a_brand() -> None:
    Contact.objects.filter(name="x").order_by("pk").exclude(pk=uuid4())

    assert list(Contact.objects.none()) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda b: Contact.objects.create(brand=b, **SEEN),
        lambda b: Contact.objects.bulk_create([_row(b.pk)]),
        lambda b: Contact.objects.update(brand=b),
        lambda b: Contact.objects.update(brand_id=b.pk),
        lambda b: _row(b.pk).save(),
        lambda b: Contact.objects.get_or_create(pk=uuid4(), defaults={"brand": b} | SEEN),
        lambda b: _row(b.pk).delete(),
    ],
    ids=["create", "bulk_create", "update", "update-id", "save", "get_or_create", "delete"],
)
def test_no_write_crosses_brands(
    two: tuple[Brand, Brand], write: Callable[[Brand], object]
) -> None:
    north, south = two

    with brand_scope(north.pk), pytest.raises(WrongBrand):
        write(south)


def test_a_row_cannot_be_moved_to_another_brand(two: tuple[Brand, Brand]) -> None:
    north, south = two

    with brand_scope(north.pk):
        row = Contact.objects.order_by("name")[0]
        row.brand = south
        with pytest.raises(WrongBrand):
            row.save()


AT_IMPORT = Contact.objects.order_by("name")
SLICED = Contact.objects.order_by("name")[:1]


def test_a_class_level_queryset_follows_the_active_brand(two: tuple[Brand, Brand]) -> None:
    for brand in two:
        with brand_scope(brand.pk):
            names = [f"{brand.slug} one", f"{brand.slug} two"]
            assert [row.name for row in AT_IMPORT.all()] == names
            assert [row.name for row in SLICED.all()] == names[:1]
            assert AT_IMPORT.count() == 2
            assert AT_IMPORT.aggregate(n=models.Count("pk")) == {"n": 2}
            assert AT_IMPORT.order_by().union(Contact.objects.all()).count() == 2
            inner = Contact.objects.filter(brand_id=models.OuterRef("pk"))
            assert Brand.objects.filter(models.Exists(inner)).get() == brand
            assert Brand.objects.filter(pk__in=Contact.objects.values("brand_id")).get() == brand
            assert Contact.objects.filter(name__endswith="one").update(language="de") == 1
            row = Contact.objects.get(language="de")
            row.language = "en"
            assert Contact.objects.bulk_update([row], ["language"]) == 1
            row.refresh_from_db()
            assert Contact.objects.contains(row)
            assert list(Contact.objects.in_bulk([row.pk])) == [row.pk]


def test_delete_stays_inside(two: tuple[Brand, Brand]) -> None:
    north, _south = two

    with brand_scope(north.pk):
        assert Contact.objects.all().delete()[0] == 2

    with all_brands(reason="look at the rest"):
        assert sorted(c.name for c in Contact.objects.all()) == ["south one", "south two"]


def test_several_brands_see_the_union(two: tuple[Brand, Brand]) -> None:
    with brand_scope([brand.pk for brand in two]):
        assert Contact.objects.count() == 4


def test_a_queryset_that_outlives_its_scope_is_refused(two: tuple[Brand, Brand]) -> None:
    with brand_scope(two[0].pk):
        rows = Contact.objects.all()

    with pytest.raises(NoBrandActive):
        list(rows)


def test_an_inner_scope_may_only_narrow(two: tuple[Brand, Brand]) -> None:
    north, south = two

    with brand_scope([north.pk, south.pk]):
        with brand_scope(south.pk):
            assert Contact.objects.count() == 2
        assert Contact.objects.count() == 4
    with brand_scope(north.pk), pytest.raises(WrongBrand), brand_scope(south.pk):
        pass
