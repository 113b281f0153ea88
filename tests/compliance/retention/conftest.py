"""A brand with conversations of every age, and people who may decide."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.domain.retention.in_effect import Line
from inbox.models import ChannelAccount, Conversation
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.compliance.retention.stage import give_policy, old_conversation
from tests.factories.inbox import make_account
from tests.factories.tenants import make_member, make_user

MONTH = timedelta(days=31)


@pytest.fixture
def omar(acme: Agency) -> User:
    """A second person who may decide on retention."""
    user = make_user("omar")
    make_member(user, acme, "admin")
    return user


@pytest.fixture
def account(north: Brand) -> ChannelAccount:
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        return make_account(north, "facebook", "5551")


@pytest.fixture
def policy(north: Brand, olga: User) -> dict[str, Line]:
    """Six months for talk, twelve for orders, and the legal minimums: in effect."""
    return give_policy(north, actor=olga)


@pytest.fixture
def aged(account: ChannelAccount) -> Callable[..., Conversation]:
    """``aged(months, **fields)``: a conversation whose last message is so old."""

    def make(months: float, **fields: Any) -> Conversation:
        at: datetime = timezone.now() - months * MONTH
        with brand_scope(account.brand_id):
            return old_conversation(account, at, **fields)

    return make
