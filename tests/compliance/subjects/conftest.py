"""A brand that two people have written to."""

from pathlib import Path
from typing import Any

import pytest

from tenants.models import Brand
from tests.compliance.subjects.stage import LENA, MAX, Stage, build, write_all
from tests.counting import count_queries


@pytest.fixture(autouse=True)
def own_data_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def stage(north: Brand) -> Stage:
    found = build(north)
    write_all(found, LENA)
    write_all(found, MAX)
    return found


__all__ = ["count_queries"]
