"""What tests of vendors share."""

from pathlib import Path
from typing import Any

import pytest

from tenants.models import Agency, User
from tests.compliance.vendors.stage import make_second
from tests.counting import count_queries

__all__ = ["count_queries"]


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def otto(acme: Agency) -> User:
    return make_second(acme)
