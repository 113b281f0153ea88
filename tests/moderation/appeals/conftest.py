"""A hidden comment of north, its statement, and somebody to answer the appeal."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation.domain.decisions import hide_comment
from moderation.domain.policies import install_preset
from moderation.models import Decision
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import leave
from tests.factories.tenants import make_member, make_user


@pytest.fixture
def mia(north: Brand) -> User:
    """A second moderator of north."""
    user = make_user("mia")
    make_member(user, north.agency, "moderator", north)
    return user


@pytest.fixture
def hidden(north: Brand, mo: User) -> Callable[..., Decision]:
    """``hidden()``: mo hides one more comment. Call inside north's scope."""
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        account = make_account(north)

    def hide(text: str = "Ihr seid Vollidioten", **fields: Any) -> Decision:
        message = make_message(make_conversation(account, **fields), text)
        decision = hide_comment(message, category="insult", reason="Eine Beleidigung.", actor=mo)
        leave(decision)
        return decision

    return hide
