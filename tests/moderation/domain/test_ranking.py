"""Severity × reach × age against the deadline, as an instant that never changes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inbox.models import Contact
from moderation.choices import Severity
from moderation.domain.ranking import HEAD_START, rank_at, reach_of, words_key

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
severities = st.sampled_from(list(Severity))
minutes = st.integers(1, 7 * 24 * 60)
contacts = st.builds(
    Contact, follower_count=st.none() | st.integers(0, 10**9), is_vip=st.booleans()
)


def _rank(severity: int, opened: datetime, allowed: int, contact: Contact | None) -> datetime:
    due = opened + timedelta(minutes=allowed)
    return rank_at(severity=severity, opened_at=opened, due_at=due, contact=contact)


@given(minutes, contacts, st.data())
def test_what_is_severer_comes_first(allowed: int, contact: Contact, data: st.DataObject) -> None:
    less, more = sorted(data.draw(st.lists(severities, min_size=2, max_size=2, unique=True)))

    assert _rank(more, NOW, allowed, contact) < _rank(less, NOW, allowed, contact)


@given(severities, minutes, contacts)
def test_what_reaches_farther_is_never_later(severity: int, allowed: int, contact: Contact) -> None:
    assert _rank(severity, NOW, allowed, contact) <= _rank(severity, NOW, allowed, None)
    assert 1 <= reach_of(contact) <= 3


@given(severities, severities, minutes, minutes, contacts, st.integers(0, 10**6))
def test_nobody_starves(
    old: int, new: int, allowed: int, other: int, contact: Contact, later_s: int
) -> None:
    """Whatever is opened after a deadline and the longest head start comes behind it."""
    opened = NOW + timedelta(minutes=allowed, seconds=later_s) + max(HEAD_START.values())

    assert _rank(old, NOW, allowed, None) <= _rank(new, opened, other, contact)


def test_a_new_threat_comes_before_a_day_of_spam() -> None:
    spam = _rank(Severity.LOW, NOW - timedelta(hours=30), 24 * 60, None)

    assert _rank(Severity.CRITICAL, NOW, 60, None) < spam


def test_followers_bring_a_case_forward() -> None:
    famous = Contact(follower_count=1_000_000)

    assert _rank(Severity.LOW, NOW, 120, famous) == NOW + timedelta(minutes=40)
    assert _rank(Severity.LOW, NOW, 120, Contact()) == NOW + timedelta(minutes=120)


def test_the_same_words_have_one_key() -> None:
    assert words_key("Gewinn  JETZT\n") == words_key("gewinn jetzt") == words_key("ｇewinn jetzt")
    assert words_key("gewinn morgen") != words_key("gewinn jetzt")
    assert words_key(" \n ") == ""
    assert words_key("\ud800") != ""
