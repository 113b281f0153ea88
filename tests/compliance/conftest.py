"""What the ledger's tests share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenants.models import Brand
from tenants.scope import brand_scope


@pytest.fixture
def in_north(north: Brand) -> Iterator[Brand]:
    with brand_scope(north.pk):
        yield north


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.ANCHOR_DIR = tmp_path / "anchors"
