"""The way of an appeal and the term of a sanction, whatever happens to them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.choices import OPEN_APPEALS, AppealState, SanctionEnd
from moderation.domain.appeal_clock import WARNINGS, warning_level
from moderation.domain.appeal_states import ONLY_PERSONS, TERMINAL, Act, acts_in, after
from moderation.domain.sanction_term import Term, ended, is_running, shortened
from moderation.exceptions import OnlyByPersons
from tenants.exceptions import DomainError, InvalidInput, InvalidState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
acts = st.lists(st.tuples(st.sampled_from(Act), st.booleans()), max_size=12)
hours = st.integers(min_value=-100, max_value=100)


def _walk(steps: list[tuple[Act, bool]]) -> list[tuple[AppealState, Act, bool, AppealState]]:
    """What really happened of these steps."""
    state, taken = AppealState.RECEIVED, []
    for act, by_person in steps:
        try:
            to = after(state, act, by_person=by_person)
        except DomainError:
            continue
        taken.append((state, act, by_person, to))
        state = to
    return taken


@given(acts)
def test_no_machine_ever_ends_an_appeal(steps: list[tuple[Act, bool]]) -> None:
    for _before, act, by_person, to in _walk(steps):
        if to in {AppealState.DECIDED, AppealState.INADMISSIBLE}:
            assert by_person
        assert by_person or act not in ONLY_PERSONS


@given(acts)
def test_it_is_decided_only_by_way_of_all_states_before(steps: list[tuple[Act, bool]]) -> None:
    taken = _walk(steps)
    if taken and taken[-1][3] in {AppealState.DECIDED, AppealState.INADMISSIBLE}:
        assert {*OPEN_APPEALS} <= {before for before, *_rest in taken}


@given(acts)
def test_what_is_over_stays_over(steps: list[tuple[Act, bool]]) -> None:
    assert all(before not in TERMINAL for before, *_rest in _walk(steps))


@pytest.mark.parametrize("state", sorted(TERMINAL))
@pytest.mark.parametrize("act", Act)
def test_nothing_can_be_done_once_it_is_over(state: AppealState, act: Act) -> None:
    assert acts_in(state) == frozenset()
    with pytest.raises(InvalidState):
        after(state, act, by_person=True)


@pytest.mark.parametrize("act", sorted(ONLY_PERSONS))
@pytest.mark.parametrize("state", AppealState)
def test_a_machine_is_refused_before_anything_else(state: AppealState, act: Act) -> None:
    with pytest.raises(OnlyByPersons):
        after(state, act, by_person=False)


@pytest.mark.parametrize("state", OPEN_APPEALS)
def test_its_author_may_withdraw_while_it_is_open(state: AppealState) -> None:
    assert after(state, Act.WITHDRAW, by_person=False) == AppealState.WITHDRAWN


@given(st.integers(min_value=-10_000, max_value=10_000))
def test_warnings_only_get_graver(minutes: int) -> None:
    rank = ["", *(level for level, _most in reversed(WARNINGS))]
    due = NOW + timedelta(minutes=minutes)

    assert rank.index(warning_level(due, now=NOW)) <= rank.index(
        warning_level(due, now=NOW + timedelta(hours=5))
    )
    assert (warning_level(due, now=NOW) == "overdue") == (minutes <= 0)


ends = st.lists(st.tuples(st.sampled_from([*SanctionEnd, "shorten"]), hours), max_size=8)


@given(st.none() | hours, ends)
def test_a_sanction_ends_once_and_never_grows(
    until: int | None, steps: list[tuple[SanctionEnd | str, int]]
) -> None:
    term = Term(NOW, NOW + timedelta(hours=until) if until is not None else None)
    for step, at in steps:
        now, before = NOW + timedelta(hours=at), term
        try:
            if step == "shorten":
                term = shortened(term, now + timedelta(hours=1), now=now)
            else:
                term = ended(term, SanctionEnd(step), now=now)
        except (InvalidState, InvalidInput):
            assert term == before
            continue
        assert before.ended_at is None
        assert term.until is None or before.until is None or term.until <= before.until
        if term.end == SanctionEnd.EXPIRED:
            assert term.until is not None
            assert term.ended_at == term.until <= now
        if term.ended_at is not None:
            assert not is_running(term, now=now)


@given(hours)
def test_what_has_run_out_has_no_effect_even_before_anybody_noted_it(at: int) -> None:
    term = Term(NOW, NOW + timedelta(hours=5))

    assert is_running(term, now=NOW + timedelta(hours=at)) == (at < 5)
