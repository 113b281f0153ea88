"""What people had to look at: counted for them, shown by name, never ranked."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from moderation.domain import cases
from moderation.domain.exposure import break_is_due, seen_by, seen_by_team
from moderation.domain.queue_settings import change_queue_settings
from moderation.models import Case, Exposure
from tenants.exceptions import NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case


@pytest.fixture
def make(north: Brand) -> Any:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))

    def one(severity: int) -> Case:
        return make_case(make_message(conversation), severity=severity)

    return one


def test_cases_are_counted_by_severity_and_day(make: Any, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        with time_machine.travel(timezone.now() - timedelta(days=2), tick=False):
            cases.take(make(4), actor=mo)
        for severity in (1, 3, 4, 4):
            cases.take(make(severity), actor=mo)

        seen = seen_by(mo)

        assert (dict(seen.today), dict(seen.week)) == ({1: 1, 3: 1, 4: 2}, {1: 1, 3: 1, 4: 3})
        assert seen.severe_today == 3


def test_the_day_is_the_brands(make: Any, north: Brand, mo: User) -> None:
    night = datetime(2026, 11, 20, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    with brand_scope(north.pk), time_machine.travel(night, tick=False):
        cases.take(make(1), actor=mo)

        assert f"{Exposure.objects.get().day}" == "2026-11-20"
        assert seen_by(mo).today.total() == 1


def test_what_is_old_goes_by_itself(make: Any, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        with time_machine.travel(timezone.now() - timedelta(days=120), tick=False):
            cases.take(make(4), actor=mo)
        cases.take(make(1), actor=mo)

        assert list(Exposure.objects.values_list("severity", flat=True)) == [1]


def test_a_break_is_suggested_at_every_full_count(
    make: Any, north: Brand, mo: User, olga: User
) -> None:
    with brand_scope(north.pk):
        change_queue_settings(
            north, undo_seconds=None, second_person_for=[], pause_after=2, actor=olga
        )
        told = []
        for severity in (4, 1, 3, 4, 4):
            case = cases.take(make(severity), actor=mo)
            told.append(break_is_due(case, person=mo, now=timezone.now()))

        assert told == [0, 0, 2, 0, 4]


def test_no_threshold_no_suggestion(make: Any, north: Brand, mo: User, olga: User) -> None:
    with brand_scope(north.pk):
        change_queue_settings(
            north, undo_seconds=None, second_person_for=[], pause_after=0, actor=olga
        )
        case = cases.take(make(4), actor=mo)

        assert break_is_due(case, person=mo, now=timezone.now()) == 0


def test_the_lead_reads_names_in_the_order_of_the_alphabet(
    make: Any, north: Brand, mo: User, ada: User, olga: User
) -> None:
    with brand_scope(north.pk):
        for severity in (4, 4, 4):
            cases.take(make(severity), actor=mo)
        cases.take(make(1), actor=ada)

        assert [str(one.person) for one in seen_by_team(north, actor=olga)] == ["Ada", "Mo"]
        with pytest.raises(NotAllowed):
            seen_by_team(north, actor=mo)
