"""People and brands of the closing tests."""

import pytest

from inbox.models import ChannelAccount
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.compliance.closing.stage import archive, fill, freeze_whole
from tests.factories.inbox import make_account
from tests.factories.tenants import make_member, make_user


@pytest.fixture
def omar(acme: Agency) -> User:
    """A second administrator of acme."""
    user = make_user("omar")
    make_member(user, acme, "admin")
    return user


@pytest.fixture
def account(north: Brand) -> ChannelAccount:
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        account = make_account(north, "facebook", "5551")
        fill(north, account)
    return account


@pytest.fixture
def ready(north: Brand, account: ChannelAccount, olga: User) -> Brand:
    """north, frozen, handed over: nothing stands in the way."""
    freeze_whole(north, actor=olga)
    archive(north, actor=olga)
    return Brand.objects.select_related("agency").get(pk=north.pk)
