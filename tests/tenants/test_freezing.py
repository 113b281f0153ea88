"""Freeze, stop the intake, thaw: who may, what it needs, what it leaves behind."""

from collections.abc import Iterator
from typing import Any

import pytest

from compliance.models import AuditEvent
from tenants.choices import BrandState
from tenants.domain.directory import find_workspace
from tenants.domain.freezing import freeze_brand, stop_intake, thaw_brand
from tenants.domain.places import brands_of_person
from tenants.domain.tokens import authenticate_token
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.api import make_token


@pytest.fixture
def in_north(north: Brand) -> Iterator[Brand]:
    with brand_scope(north.pk):
        yield north


def test_a_brand_is_frozen_and_thawed_to_what_it_was(in_north: Brand, olga: User) -> None:
    in_north.state = BrandState.ONBOARDING
    in_north.save()

    frozen = freeze_brand(in_north, reason=" The contract ends. ", actor=olga)
    assert (frozen.state, frozen.frozen_reason) == (BrandState.FROZEN, "The contract ends.")
    stop_intake(in_north, reason="No more", actor=olga)
    thawed = thaw_brand(in_north, reason="It goes on", actor=olga)

    assert (thawed.state, thawed.frozen_at, thawed.frozen_reason, thawed.intake_stopped_at) == (
        BrandState.ONBOARDING, None, "", None,
    )  # fmt: skip
    kinds = list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "tenants.brand.frozen",
        "tenants.brand.intake_stopped",
        "tenants.brand.thawed",
    ]


@pytest.mark.parametrize("verb", [freeze_brand, thaw_brand, stop_intake])
def test_only_who_may_close_a_brand(
    in_north: Brand, ada: User, aud: User, gus: User, verb: Any
) -> None:
    for person in (ada, aud, gus):
        with pytest.raises(NotAllowed):
            verb(in_north, reason="because", actor=person)

    assert Brand.objects.get(pk=in_north.pk).state == BrandState.LIVE


@pytest.mark.parametrize("reason", ["", "  ", "\x00"])
@pytest.mark.parametrize("verb", [freeze_brand, thaw_brand, stop_intake])
def test_each_step_needs_a_reason(in_north: Brand, olga: User, verb: Any, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        verb(in_north, reason=reason, actor=olga)

    assert caught.value.field == "reason"


def test_no_step_is_taken_twice_or_too_early(in_north: Brand, olga: User) -> None:
    with pytest.raises(InvalidState, match="Freeze the brand first"):
        stop_intake(in_north, reason="x", actor=olga)
    with pytest.raises(InvalidState, match="is not frozen"):
        thaw_brand(in_north, reason="x", actor=olga)
    freeze_brand(in_north, reason="x", actor=olga)
    with pytest.raises(InvalidState, match="frozen or closed already"):
        freeze_brand(in_north, reason="x", actor=olga)
    stop_intake(in_north, reason="x", actor=olga)
    with pytest.raises(InvalidState, match="stopped already"):
        stop_intake(in_north, reason="x", actor=olga)


@pytest.mark.parametrize("state", [BrandState.CLOSING, BrandState.CLOSED])
def test_no_way_leads_into_a_brand_that_ends(
    north: Brand, south: Brand, olga: User, ada: User, state: str
) -> None:
    _token, plain = make_token(north, "inbox.conversation.view")
    assert find_workspace(ada, "acme", "north") is not None
    assert authenticate_token(f"Bearer {plain}") is not None

    Brand.objects.filter(pk=north.pk).update(state=state)
    for person in (User.objects.get(pk=olga.pk), User.objects.get(pk=ada.pk)):
        assert find_workspace(person, "acme", "north") is None
        assert north not in brands_of_person(person)
    whole = find_workspace(User.objects.get(pk=olga.pk), "acme", None)

    assert whole is not None
    assert whole.brands == (south,)
    assert authenticate_token(f"Bearer {plain}") is None
