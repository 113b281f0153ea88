"""Who walks: everybody who belongs there in some way, and everybody who does not."""

from dataclasses import dataclass

import pytest
from django.test import Client

from tenants.models import Agency, Brand, User
from tests.factories.tenants import make_member, make_user
from tests.isolation.world import World, build


@dataclass(frozen=True, slots=True)
class Walker:
    """``role``: a built-in role in north, ``owner`` of the agency, or empty for outsiders."""

    name: str
    role: str

    @property
    def belongs(self) -> bool:
        return bool(self.role)


WALKERS = (
    Walker("olga", "owner"),
    Walker("bea", "brand_manager"),
    Walker("ada", "community_manager"),
    Walker("mo", "moderator"),
    Walker("aud", "compliance_officer"),
    Walker("ann", "analyst"),
    Walker("vic", "client_viewer"),
    Walker("gus", ""),  # owns the other agency
    Walker("eve", ""),  # has an account and belongs nowhere
    Walker("stan", ""),  # platform staff without an open grant
    Walker("nobody", ""),  # not signed in
)
NAMES = tuple(walker.name for walker in WALKERS)


@pytest.fixture
def people(
    acme: Agency, globex: Agency, north: Brand, south: Brand, main: Brand
) -> dict[str, User | None]:
    found: dict[str, User | None] = {"nobody": None}
    for walker in WALKERS[:-1]:
        staff = {"is_platform_staff": True} if walker.name == "stan" else {}
        user = make_user(walker.name, **staff)
        if walker.role == "owner":
            make_member(user, acme, "owner")
        elif walker.role:
            make_member(user, acme, walker.role, north)
        found[walker.name] = user
    gus = found["gus"]
    assert gus is not None
    make_member(gus, globex, "owner")
    return found


@pytest.fixture
def world(people: dict[str, User | None], north: Brand, south: Brand, main: Brand) -> World:
    return build([north, south, main])


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client
