"""The people and the world of the isolation tests; where the counts go."""

import os
from pathlib import Path

import pytest

from tests.isolation.collected import keep_in


@pytest.fixture(autouse=True, scope="session")
def _counted() -> None:
    """``make isolation`` names a file; in ``make test`` nothing is counted."""
    if path := os.environ.get("ISOLATION_COUNTS"):
        keep_in(Path(path))


from tests.isolation.people import people, world  # noqa: E402, F401 -- fixtures
