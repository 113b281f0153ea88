"""Once a week: drawn by itself, and drift becomes an alarm with words."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from inbox.models import Message
from moderation.domain.quality.alarm_words import alarm_words
from moderation.domain.quality.alarms import close_alarm
from moderation.domain.quality.drift import stability_index
from moderation.domain.quality.watch import brands_to_watch, watch_brand, watch_drift
from moderation.exceptions import ReasonMissing
from moderation.models import Assessment, QualityAlarm, QualityRun
from tenants.exceptions import InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope

type Write = Callable[[int], list[Message]]


def test_index_of_a_worked_example() -> None:
    """(0.5 - 0.6) ln(0.5/0.6) + (0.5 - 0.4) ln(0.5/0.4) = 0.0405."""
    assert stability_index({"a": 600, "b": 400}, {"a": 500, "b": 500}) == pytest.approx(
        0.0405, abs=0.0001
    )
    assert stability_index({"a": 300}, {"a": 200}) == 0


def test_few_items_have_no_index() -> None:
    assert stability_index({"a": 199}, {"a": 500}) is None
    assert stability_index({"a": 500}, {}) is None


def test_a_class_that_appears_moves_the_index() -> None:
    moved = stability_index({"pass": 1000}, {"pass": 800, "queue": 200})

    assert moved is not None
    assert moved > 1


def _judge(messages: list[Message], at: datetime, *, certain: int, score: float = 0.95) -> None:
    Assessment.objects.bulk_create(
        Assessment(
            brand_id=message.brand_id,
            message=message,
            revision=1,
            verdict="auto_hide" if number < certain else "pass",
            category="spam" if number < certain else "",
            scores={"spam": {"score": score}} if number < certain else {},
            model_version="lists-1",
            created_at=at,
        )
        for number, message in enumerate(messages)
    )


def test_a_wave_of_spam_is_an_alarm_in_words_and_ends_with_it(
    scope: None, north: Brand, write: Write
) -> None:
    now = timezone.now()
    _judge(write(200), now - timedelta(days=20), certain=2)
    _judge(write(200), now - timedelta(days=2), certain=100)

    watch_drift(north.pk, now=now)
    watch_drift(north.pk, now=now)

    alarms = {alarm.kind: alarm for alarm in QualityAlarm.objects.filter(closed_at=None)}
    assert set(alarms) == {"verdicts", "scores"}
    assert alarms["scores"].category == "spam"
    assert alarms["scores"].facts["before"] == {"0.0": 0.99, "0.9": 0.01}
    with translation.override("en"):
        words = " ".join(alarm_words(alarms["verdicts"]))
    assert "passed, from 99.0 % to 50.0 %" in words or (
        "certain enough to hide, from 1.0 % to 50.0 %" in words
    )

    later = now + timedelta(days=21)
    _judge(write(200), later - timedelta(days=2), certain=100)
    watch_drift(north.pk, now=later)
    assert not QualityAlarm.objects.filter(closed_at=None, kind="scores").exists()


def test_a_quiet_week_raises_nothing(scope: None, north: Brand, write: Write) -> None:
    now = timezone.now()
    _judge(write(200), now - timedelta(days=20), certain=20)
    _judge(write(200), now - timedelta(days=2), certain=24)

    watch_drift(north.pk, now=now)

    assert not QualityAlarm.objects.exists()


def test_each_live_brand_is_drawn_from_once_a_week(north: Brand, south: Brand, main: Brand) -> None:
    south.state = "frozen"
    south.save(update_fields=["state"])
    now = timezone.now()
    assert brands_to_watch(now=now) == sorted([north.pk, main.pk])

    assert watch_brand(north.pk, now=now) is not None
    assert watch_brand(north.pk, now=now + timedelta(days=6)) is None

    assert brands_to_watch(now=now + timedelta(days=6)) == [main.pk]
    assert brands_to_watch(now=now + timedelta(days=8)) == sorted([north.pk, main.pk])
    with brand_scope(north.pk):
        assert not QualityRun.objects.get().by_hand


def test_an_alarm_is_closed_by_a_lead_who_says_what_it_was(
    scope: None, north: Brand, olga: User, mo: User
) -> None:
    alarm = QualityAlarm.objects.create(brand=north, kind="verdicts", opened_at=timezone.now())

    with pytest.raises(NotAllowed):
        close_alarm(alarm, note="x", actor=mo)
    with pytest.raises(ReasonMissing):
        close_alarm(alarm, note=" ", actor=olga)
    closed = close_alarm(alarm, note="A campaign.", actor=olga)
    assert (closed.closed_by, closed.note) == (olga, "A campaign.")
    with pytest.raises(InvalidState):
        close_alarm(alarm, note="Again", actor=olga)
