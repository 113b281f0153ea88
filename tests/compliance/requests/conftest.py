"""A brand with one person's conversation, and two colleagues who work on requests."""

from pathlib import Path
from typing import Any

import pytest

from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.compliance.requests.stage import Stage, build
from tests.counting import count_queries
from tests.factories.tenants import make_member, make_user

__all__ = ["count_queries"]


@pytest.fixture(autouse=True)
def own_data_dir(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def omar(acme: Agency) -> User:
    """A second administrator of acme."""
    user = make_user("omar")
    make_member(user, acme, "admin")
    return user


@pytest.fixture
def stage(north: Brand, olga: User, omar: User) -> Stage:
    north.holiday_country, north.contact_email = "DE", "datenschutz@north.example"
    north.save()
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        return build(north, olga=olga, omar=omar)
