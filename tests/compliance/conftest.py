"""The cast, as far as the ledger needs it: acme with north and south, olga, ada and aud."""

from collections.abc import Iterator

import pytest

from tenants.models import Agency, Brand, Membership, User
from tenants.scope import brand_scope


@pytest.fixture
def acme(db: None) -> Agency:
    return Agency.objects.create(slug="acme", name="Acme")


@pytest.fixture
def north(acme: Agency) -> Brand:
    return Brand.objects.create(agency=acme, slug="north", name="North")


@pytest.fixture
def south(acme: Agency) -> Brand:
    return Brand.objects.create(agency=acme, slug="south", name="South")


@pytest.fixture
def olga(acme: Agency, north: Brand) -> User:
    return _person("olga", acme, role="owner")


@pytest.fixture
def ada(acme: Agency, north: Brand) -> User:
    return _person("ada", acme, role="community_manager")


@pytest.fixture
def in_north(north: Brand) -> Iterator[Brand]:
    with brand_scope(north.pk):
        yield north


def _person(name: str, agency: Agency, *, role: str) -> User:
    user = User.objects.create_user(f"{name}@{agency.slug}.example", "x", name=name.title())
    Membership.objects.create(user=user, agency=agency, role=role)
    return user
