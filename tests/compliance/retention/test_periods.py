"""When time is over: vectors from the calendar, and what holds for every day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.choices import RetentionCategory
from compliance.domain.retention.categories import (
    CONVERSATION_CATEGORIES,
    PERIODS,
    check_months,
    check_together,
)
from compliance.domain.retention.channel_rules import (
    BadChannelRule,
    channel_rules,
    hours_of,
    limited_channels,
    read_rules,
)
from compliance.domain.retention.periods import (
    Keeping,
    Span,
    add_months,
    cutoff,
    due_at,
    ends_at,
    last_day,
)
from tenants.exceptions import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/Los_Angeles")])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds
MONTHS = st.integers(1, 240)
SPANS = st.builds(Span, MONTHS, st.booleans())
HOURS = st.none() | st.integers(1, 2000)


@pytest.mark.parametrize(
    ("began", "months", "ends"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 2, 28), 12, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2025, 5, 14), 6, date(2025, 11, 14)),
    ],
)
def test_months_end_as_the_civil_code_says(began: date, months: int, ends: date) -> None:
    assert add_months(began, months) == ends
    assert last_day(began, Span(months)) == ends


@pytest.mark.parametrize(
    ("began", "ends"),
    [
        (datetime(2025, 1, 1, 12, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=BERLIN)),
        (datetime(2025, 12, 31, 22, 59, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=BERLIN)),
        # New Year has come in Berlin already: a year later.
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=BERLIN)),
    ],
)
def test_a_letter_is_kept_from_the_end_of_its_year(began: datetime, ends: datetime) -> None:
    span = PERIODS[RetentionCategory.LETTER].span(72)

    assert ends_at(began, span, BERLIN) == ends


@given(began=MOMENTS, now=MOMENTS, span=SPANS, zone=ZONES)
def test_the_cutoff_and_the_end_never_disagree(
    began: datetime, now: datetime, span: Span, zone: ZoneInfo
) -> None:
    assert (began < cutoff(now, span, zone)) == (ends_at(began, span, zone) <= now)


@given(now=MOMENTS, span=SPANS, zone=ZONES)
def test_the_cutoff_is_sharp(now: datetime, span: Span, zone: ZoneInfo) -> None:
    edge = cutoff(now, span, zone)

    assert ends_at(edge - timedelta(microseconds=1), span, zone) <= now
    assert ends_at(edge, span, zone) > now


@given(began=MOMENTS, months=MONTHS, more=st.integers(0, 60), zone=ZONES)
def test_longer_is_never_sooner(began: datetime, months: int, more: int, zone: ZoneInfo) -> None:
    short = ends_at(began, Span(months), zone)

    assert ends_at(began, Span(months + more), zone) >= short
    assert ends_at(began, Span(months, from_year_end=True), zone) >= short


@given(
    began=MOMENTS,
    chosen=st.none() | SPANS,
    legal=st.lists(SPANS, max_size=3),
    hours=HOURS,
    held=st.booleans(),
)
def test_a_hold_wins_then_the_longest_minimum(
    began: datetime, chosen: Span | None, legal: list[Span], hours: int | None, held: bool
) -> None:
    due = due_at(began, Keeping(chosen, legal, hours, held), BERLIN)
    own = ends_at(began, chosen, BERLIN) if chosen else None
    channel = None if hours is None else began + timedelta(hours=hours)
    minimums = [ends_at(began, span, BERLIN) for span in legal]

    if held or (own is None and channel is None):
        assert due is None
        return
    assert due is not None
    assert all(due >= end for end in minimums)
    wished = min(end for end in (own, channel) if end is not None)
    assert due == (wished if all(end <= wished for end in minimums) else max(minimums))


@given(began=MOMENTS, chosen=SPANS, legal=st.lists(SPANS, max_size=2), hours=st.integers(1, 2000))
def test_a_channel_only_shortens(
    began: datetime, chosen: Span, legal: list[Span], hours: int
) -> None:
    with_channel = due_at(began, Keeping(chosen, legal, hours), BERLIN)
    without = due_at(began, Keeping(chosen, legal), BERLIN)

    assert with_channel is not None
    assert without is not None
    assert with_channel <= without


def test_a_letter_on_linkedin_stays_its_six_years() -> None:
    began = datetime(2026, 3, 1, 12, tzinfo=UTC)
    letter = PERIODS[RetentionCategory.LETTER].span(72)
    hours = limited_channels()["linkedin"]

    assert hours == 24
    assert due_at(began, Keeping(Span(6), (), hours), BERLIN) == began + timedelta(hours=24)
    kept = due_at(began, Keeping(letter, (letter,), hours), BERLIN)
    assert kept == datetime(2033, 1, 1, tzinfo=BERLIN)


def test_channel_rules_name_their_source() -> None:
    assert hours_of("linkedin", "activity") == 48
    assert hours_of("linkedin", "profile") == 24
    assert hours_of("whatsapp", "activity") is None
    assert all(rule.source and rule.mark in {"P", "S"} for rule in channel_rules())


@pytest.mark.parametrize(
    "change",
    [("activity", "mood"), ("hours = 48", "hours = 0"), ('source = "x"', 'source = ""')],
)
def test_a_bad_channel_rule_is_refused(change: tuple[str, str]) -> None:
    text = '[[rule]]\nchannel = "a"\ndata = "activity"\nhours = 48\nmark = "S"\nsource = "x"\n'
    assert len(list(read_rules(text))) == 1

    with pytest.raises(BadChannelRule):
        list(read_rules(text.replace(*change)))
    with pytest.raises(BadChannelRule):
        list(read_rules(text * 2))


@pytest.mark.parametrize(
    ("category", "months", "words"),
    [
        ("commercial_letter", 71, "HGB section 257"),
        ("voucher", 95, "eight years"),
        ("moderation_decision", 5, "DSA Art. 20"),
        ("dsar_case", 35, "BGB section 195"),
        ("audit_event", 35, "three years"),
        ("suppression_hash", 12, "no period to choose"),
        ("general_conversation", 0, "At least 1"),
        ("general_conversation", 241, "At most 240"),
    ],
)
def test_periods_outside_the_bounds_are_refused(category: str, months: int, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as error:
        check_months(category, months)
    assert error.value.field == category


def test_contradictions_are_told_with_both_sides() -> None:
    with pytest.raises(InvalidInput, match=r"Conversations.*24 months.*12 months") as error:
        check_together({"general_conversation": 24, "transactional_conversation": 12})
    assert error.value.field == "general_conversation"
    check_together({"general_conversation": 12, "transactional_conversation": 12})


def test_every_category_is_described() -> None:
    assert set(PERIODS) == set(RetentionCategory.values)
    minimums = [PERIODS[one].least_months for one in CONVERSATION_CATEGORIES]
    assert minimums == sorted(minimums)
