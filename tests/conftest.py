"""Databases, the cast, and what every test may use."""

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.utils import translation

from tests import databases

_server: databases.TestServer | None = None
# Where single tests take from ten seconds to minutes. One of them started last would keep one
# worker busy while the others have nothing left to do.
LONG = (
    "tests/walk/",
    "tests/isolation/",
    "tests/browser/",
    "tests/faults/",
    "tests/engage/test_startup",
)


def pytest_configure(config: pytest.Config) -> None:
    global _server
    if not databases.is_running() and not config.option.collectonly:
        _server = databases.TestServer()
        _server.start()


def pytest_unconfigure() -> None:
    if _server is not None:
        _server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; among themselves, tests stay in their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session")
def test_database() -> str:
    """Name of this worker's database."""
    return f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, test_database: str
) -> Iterator[None]:
    """Migrate as the owner, then be the app role: no test has more rights than the product."""
    with django_db_blocker.unblock():
        databases.make_database(test_database)
        databases.use("APP", test_database)
    yield
    with django_db_blocker.unblock():
        from django.db import connections

        connections["default"].close()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any, test_database: str) -> Iterator[None]:
    """Real commits, for tests with threads or other processes. Emptied afterwards."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()
        databases.empty(test_database)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test starts without it."""
    yield
    translation.deactivate()


pytest_plugins = ["tests.factories.cast", "tests.gates"]


# A noisy machine is no bug, and a suite that is red only sometimes is one: the examples are the
# same in every run. HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
