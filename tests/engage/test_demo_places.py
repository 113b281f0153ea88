"""The demo's brands are made by the verbs everybody uses, once."""

import pytest
from django.db import transaction
from django.utils import timezone

from compliance.models import AuditEvent, UnexplainedWrite
from engage.demo.channels import set_up
from engage.demo.corpus.loading import load
from engage.demo.people import DEMO, PEOPLE, PLACES, make_people, make_places, make_token
from engage.demo.traffic import VIP_FROM_FOLLOWERS, mark_influencers
from inbox.models import Contact
from tenants.models import Brand
from tenants.registries import audit
from tenants.scope import all_brands, brand_scope


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


def test_nothing_the_demo_sets_up_is_without_an_event(committed: None) -> None:
    brands = make_places()
    users = make_people(brands)
    for brand in brands.values():
        make_token(brand, owner=users["olga"], now=timezone.now())
        set_up(brand, None)
        people = {entry.person for entry in load(brand.workspace)}
        known = [one.name for one in people if one.followers >= VIP_FROM_FOLLOWERS]
        with brand_scope(brand.pk), transaction.atomic():
            for name in known:
                now = timezone.now()
                contact = Contact(brand=brand, name=name, first_seen_at=now, last_seen_at=now)
                contact.save()
                audit("inbox.contact.changed", contact, actor=DEMO)
        mark_influencers(brand)
    with all_brands(reason="tests"):
        assert list(UnexplainedWrite.objects.values_list("changes", flat=True)) == []
        added = AuditEvent.objects.filter(kind="tenants.member.added").count()
    assert added == sum(person.role is not None for person in PEOPLE)
