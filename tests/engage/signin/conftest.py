"""People who sign in by the form, as in life."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from compliance.models import AuditEvent
from tenants.domain.agencies import own_brand
from tenants.models import Agency
from tenants.scope import own_scope

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _no_counts_left(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")
    cache.clear()


def sign_in(email: str, password: str = PASSWORD, **more: Any) -> Client:
    """A browser after the form was sent, whatever came of it."""
    client = Client()
    client.last = client.post(  # type: ignore[attr-defined]
        "/accounts/login/", {"login": email, "password": password} | more
    )
    return client


def page(client: Client, url: str, **more: Any) -> str:
    return client.get(url, **more).content.decode()


def told(agency: Agency, kind: str) -> list[AuditEvent]:
    """Events of one kind in the agency's own ledger, oldest first."""
    with own_scope(own_brand(agency).pk):
        return list(AuditEvent.objects.filter(kind=kind).order_by("id"))


@pytest.fixture
def count_told() -> Callable[[Agency, str], int]:
    return lambda agency, kind: len(told(agency, kind))


def secret_of(html: str) -> str:
    """The key that the set-up page of an authenticator app shows."""
    found = re.search(r'id="authenticator_secret"[^>]*value="([A-Z2-7=]+)"', html)
    assert found is not None, html[:2000]
    return found[1]
