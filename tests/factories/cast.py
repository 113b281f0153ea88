"""The cast, everywhere the same.

Agencies *acme* (brands *north*, *south*) and *globex* (brand *main*). *olga* owns acme, *ada* is an
agent, *mo* a moderator, *aud* a compliance officer, all of north; *gus* owns globex; *eve* is of
none.
"""

import pytest

from tenants.models import Agency, Brand, User
from tests.factories.tenants import make_agency, make_brand, make_member, make_user


@pytest.fixture
def acme(request: pytest.FixtureRequest) -> Agency:
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
    return make_agency("acme")


@pytest.fixture
def globex(request: pytest.FixtureRequest) -> Agency:
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
    return make_agency("globex")


@pytest.fixture
def north(acme: Agency) -> Brand:
    return make_brand(acme, "north")


@pytest.fixture
def south(acme: Agency) -> Brand:
    return make_brand(acme, "south")


@pytest.fixture
def main(globex: Agency) -> Brand:
    return make_brand(globex, "main", language="en")


@pytest.fixture
def olga(acme: Agency) -> User:
    user = make_user("olga")
    make_member(user, acme, "owner")
    return user


@pytest.fixture
def ada(acme: Agency, north: Brand) -> User:
    user = make_user("ada")
    make_member(user, acme, "community_manager", north)
    return user


@pytest.fixture
def mo(acme: Agency, north: Brand) -> User:
    user = make_user("mo")
    make_member(user, acme, "moderator", north)
    return user


@pytest.fixture
def aud(acme: Agency, north: Brand) -> User:
    user = make_user("aud")
    make_member(user, acme, "compliance_officer", north)
    return user


@pytest.fixture
def gus(globex: Agency, main: Brand) -> User:
    user = make_user("gus")
    make_member(user, globex, "owner")
    return user


@pytest.fixture
def eve(request: pytest.FixtureRequest) -> User:
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
    return make_user("eve")
