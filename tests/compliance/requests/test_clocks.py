"""Days of answer: the law's vectors and the properties that hold for every day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.requests import clocks
from compliance.domain.requests.clocks import Span, clock

GERMANY = clocks.calendar_of("DE")
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))
KINDS = st.sampled_from(["access", "erasure", "objection"])


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 31), date(2026, 3, 2)),
        (date(2026, 11, 24), date(2026, 12, 24)),
        (date(2026, 11, 25), date(2026, 12, 28)),
        (date(2026, 12, 1), date(2027, 1, 4)),
    ],
)
def test_one_month_with_german_holidays(received: date, due: date) -> None:
    told = clock(received, regime="gdpr", kind="access", free=GERMANY)

    assert told.due_on == due


def test_the_extension_ends_three_months_after_receipt() -> None:
    told = clock(date(2026, 11, 24), regime="gdpr", kind="access", free=GERMANY)

    assert told.extended_due_on == date(2027, 2, 24)


@pytest.mark.parametrize(
    ("region", "due"),
    # Epiphany is a holiday in Bavaria, not in Berlin.
    [("DE-BY", date(2027, 1, 7)), ("DE-BE", date(2027, 1, 6)), ("DE", date(2027, 1, 6))],
)
def test_holidays_are_those_of_the_land(region: str, due: date) -> None:
    free = clocks.free_days_of("gdpr", "DE", region)

    assert clock(date(2026, 12, 6), regime="gdpr", kind="access", free=free).due_on == due


def test_unknown_countries_have_no_holidays() -> None:
    assert clocks.calendar_of("ZZ") == frozenset()
    assert clocks.calendar_of("") == frozenset()
    assert date(2026, 10, 3) in clocks.calendar_of("DE", "DE-XX")


def test_california_counts_calendar_days_and_ten_business_days() -> None:
    told = clock(
        date(2026, 11, 24),
        regime="ccpa",
        kind="access",
        free=clocks.free_days_of("ccpa", "DE", "DE-BY"),
    )

    # Thanksgiving, 2026-11-26, is no business day; 45 and 90 days run through everything.
    assert told.confirm_on == date(2026, 12, 9)
    assert told.due_on == date(2027, 1, 8)
    assert told.extended_due_on == date(2027, 2, 22)


def test_california_opt_out_has_fifteen_business_days_and_no_extension() -> None:
    told = clock(date(2026, 11, 24), regime="ccpa", kind="objection", free=clocks.calendar_of("US"))

    assert told.due_on == date(2026, 12, 16)
    assert told.extended_due_on is None


def test_a_pause_moves_the_end_by_its_days_and_then_over_the_weekend() -> None:
    pause = Span(date(2026, 11, 30), date(2026, 12, 3))

    told = clock(date(2026, 11, 24), regime="gdpr", kind="access", free=GERMANY, pauses=[pause])

    # 24 December and three days is Sunday the 27th.
    assert told.due_on == date(2026, 12, 28)


def test_an_open_pause_counts_until_today_and_overlaps_count_once() -> None:
    pauses = [Span(date(2026, 12, 1), None), Span(date(2026, 12, 2), date(2026, 12, 4))]

    assert clocks.paused_days(pauses, today=date(2026, 12, 11)) == 10


def test_nothing_stops_the_clock_in_california() -> None:
    pause = Span(date(2026, 11, 25), date(2026, 12, 25))

    told = clock(date(2026, 11, 24), regime="ccpa", kind="access", pauses=[pause])

    assert told.due_on == date(2027, 1, 8)


def test_the_day_of_receipt_is_the_brands() -> None:
    late_evening = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)

    assert clocks.day_of(late_evening, "Europe/Berlin") == date(2026, 11, 25)
    assert clocks.day_of(late_evening, "America/Los_Angeles") == date(2026, 11, 24)


@given(DAYS, KINDS)
def test_a_month_ends_on_a_working_day_between_28_and_45_days_later(day: date, kind: str) -> None:
    told = clock(day, regime="gdpr", kind=kind, free=GERMANY)

    assert told.due_on.weekday() < 5
    assert told.due_on not in GERMANY
    assert timedelta(28) <= told.due_on - day <= timedelta(31 + 5)
    assert told.extended_due_on is not None
    assert told.extended_due_on > told.due_on


@given(DAYS, st.integers(0, 60))
def test_longer_pauses_never_make_it_earlier(day: date, length: int) -> None:
    def due(days: int) -> date:
        pause = Span(day + timedelta(1), day + timedelta(1 + days))
        return clock(day, regime="gdpr", kind="access", free=GERMANY, pauses=[pause]).due_on

    assert due(length) <= due(length + 1)
    assert due(length) >= due(0) + timedelta(max(0, length - 5))


@given(DAYS, st.integers(-30, 30))
def test_months_go_to_the_same_date_or_the_last_of_the_month(day: date, months: int) -> None:
    there = clocks.add_months(day, months)

    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months
    assert there.day == day.day or (there + timedelta(1)).day == 1
