"""What time brings: warnings, lost reviewers, sanctions that are over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import AuditEvent
from moderation.choices import Category, SanctionKind
from moderation.domain.appeals import file_appeal
from moderation.domain.sanctions import impose
from moderation.domain.watch import brands_to_watch, watch_brand
from moderation.models import Appeal, Decision, Sanction
from tenants.models import Brand, Membership, OutgoingMail, User
from tenants.permissions import forget_rights
from tenants.scope import brand_scope
from tests.factories.tenants import make_member, make_user

Hide = Callable[..., Decision]


@pytest.fixture
def appeal(north: Brand, hidden: Hide, mia: User) -> Appeal:
    with brand_scope(north.pk):
        return file_appeal(hidden(), text="Das war Ironie.", language="de")


def _mails() -> set[str]:
    return set(OutgoingMail.objects.values_list("to", flat=True))


def test_the_reviewer_is_warned_once_per_level_and_everybody_when_it_is_late(
    north: Brand, appeal: Appeal, mia: User, mo: User
) -> None:
    assert brands_to_watch() == [north.pk]
    assert watch_brand(north.pk, now=appeal.due_at - timedelta(days=3)) == 0
    soon = appeal.due_at - timedelta(days=1, hours=12)
    assert (watch_brand(north.pk, now=soon), watch_brand(north.pk, now=soon)) == (1, 0)
    assert _mails() == {mia.email}

    assert watch_brand(north.pk, now=appeal.due_at + timedelta(hours=1)) == 2
    assert _mails() == {mia.email, mo.email}


def test_a_reviewer_who_lost_the_role_gives_it_to_the_next(
    north: Brand, appeal: Appeal, mia: User
) -> None:
    nina = make_user("nina")
    make_member(nina, north.agency, "moderator", north)
    Membership.objects.filter(user=mia).delete()
    forget_rights(mia)

    watch_brand(north.pk)

    with brand_scope(north.pk):
        found = Appeal.objects.get()
        assert (found.reviewer, found.state) == (nina, "assigned")
        event = AuditEvent.objects.get(kind="moderation.appeal.handed_back")
        assert event.reason == "reviewer_may_no_longer"


def test_a_sanction_that_is_over_is_noted(north: Brand, hidden: Hide, mo: User) -> None:
    with brand_scope(north.pk):
        impose(
            hidden().message,
            kind=SanctionKind.MUTE,
            category=Category.INSULT,
            reason="Wiederholt.",
            actor=mo,
            days=1,
        )
    later: Any = timezone.now() + timedelta(days=1, minutes=1)

    watch_brand(north.pk, now=later)

    with brand_scope(north.pk):
        found = Sanction.objects.get()
        assert (found.end, found.ended_at) == ("expired", found.until)
        assert AuditEvent.objects.filter(kind="moderation.sanction.expired").count() == 1
