"""Keys follow the time, also after a clock that was wrong."""

from datetime import UTC, datetime, timedelta

import time_machine

from tenants.models.base import uuid7

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _at(key: object) -> datetime:
    return datetime.fromtimestamp((int(str(key).replace("-", ""), 16) >> 80) / 1000, UTC)


def test_keys_rise_within_a_millisecond_and_over_a_small_step_back() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        keys = [uuid7() for _ in range(5000)]
        clock.shift(-5)
        keys += [uuid7() for _ in range(10)]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_a_clock_that_ran_an_hour_ahead_does_not_keep_the_keys_there() -> None:
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        uuid7()
    with time_machine.travel(NOW, tick=False):
        assert _at(uuid7()) == NOW
