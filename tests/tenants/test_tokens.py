"""API tokens: shown once, stored as a hash, limited to a brand and to what their maker holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.models import AuditEvent
from tenants.domain.tokens import authenticate_token, issue_token, revoke_token
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import ApiToken, Brand, User
from tenants.scope import brand_scope

VIEW = "inbox.conversation.view"


def _issue(brand: Brand, actor: User | ApiToken, *names: str) -> tuple[ApiToken, str]:
    with brand_scope(brand.pk):
        return issue_token(brand, name="shop", names=list(names), actor=actor)


def test_the_plain_text_is_not_stored(north: Brand, olga: User) -> None:
    token, plain = _issue(north, olga, VIEW)

    assert plain.startswith("eng_")
    assert len(plain) >= 40
    stored = ApiToken.objects.filter(pk=token.pk).values().get()
    assert plain not in str(stored)
    assert stored["token_sha256"] == ApiToken.hashed(plain)
    assert stored["created_by_id"] == olga.pk


def test_two_tokens_differ(north: Brand, olga: User) -> None:
    assert _issue(north, olga, VIEW)[1] != _issue(north, olga, VIEW)[1]


def test_a_token_is_recognised_by_its_header(north: Brand, olga: User) -> None:
    token, plain = _issue(north, olga, VIEW)

    assert authenticate_token(f"Bearer {plain}") == token
    assert authenticate_token(f"bearer {plain}") == token


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer eng_{}"])
def test_another_header_is_not(north: Brand, olga: User, header: str) -> None:
    _token, plain = _issue(north, olga, VIEW)

    assert authenticate_token(header.format(plain)) is None


def test_a_token_ends(north: Brand, olga: User) -> None:
    _token, plain = _issue(north, olga, VIEW)
    now = timezone.now()

    assert authenticate_token(f"Bearer {plain}", now=now + timedelta(days=364)) is not None
    assert authenticate_token(f"Bearer {plain}", now=now + timedelta(days=366)) is None


def test_a_revoked_token_is_refused_at_once(north: Brand, olga: User, ada: User) -> None:
    token, plain = _issue(north, olga, VIEW)
    with brand_scope(north.pk):
        with pytest.raises(NotAllowed):
            revoke_token(token, actor=ada)
        first = revoke_token(token, actor=olga).revoked_at
        again = revoke_token(token, actor=olga).revoked_at
        kinds = list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))

    assert first == again
    assert authenticate_token(f"Bearer {plain}") is None
    assert kinds == ["tenants.token.issued", "tenants.token.revoked"]


@pytest.mark.parametrize("who", ["ada", "mo", "aud", "gus", "eve"])
def test_who_may_not_manage_tokens_makes_none(
    north: Brand, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed):
        _issue(north, request.getfixturevalue(who), VIEW)

    assert not ApiToken.objects.exists()


def test_nobody_gives_what_they_do_not_hold(north: Brand, olga: User) -> None:
    machine, _plain = _issue(north, olga, "tenants.token.manage", VIEW)

    with pytest.raises(InvalidInput) as refused:
        _issue(north, machine, VIEW, "inbox.reply.send")
    grandchild, _plain = _issue(north, machine, VIEW)

    assert "inbox.reply.send" in str(refused.value)
    assert refused.value.field == "capabilities"
    assert grandchild.capabilities == [VIEW]
    assert grandchild.created_by is None


def test_an_unknown_capability_is_named(north: Brand, olga: User) -> None:
    with pytest.raises(InvalidInput, match=r"inbox\.reply\.fly"):
        _issue(north, olga, "inbox.reply.fly")
