"""Where a case may go. The way of 5.3, and what holds on every way."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from compliance.choices import RequestState as S
from compliance.domain.requests.states import (
    BEFORE_THE_POINT,
    OPEN,
    TERMINAL,
    may_move,
    next_states,
)

STRAIGHT = [
    S.RECEIVED,
    S.IDENTITY_PENDING,
    S.VERIFIED,
    S.ASSIGNED,
    S.COLLECTING,
    S.IN_REVIEW,
    S.APPROVED,
    S.EXECUTING,
    S.AWAITING,
    S.FULFILLED,
    S.CLOSED,
]


def test_the_straight_way_leads_from_receipt_to_the_end() -> None:
    steps = list(pairwise(STRAIGHT))

    assert all(may_move(here, there) for here, there in steps)


def test_the_ends_are_ends() -> None:
    assert {S.CLOSED, S.REFUSED, S.WITHDRAWN, S.CANCELLED, S.LAPSED} == TERMINAL
    assert [next_states(state) for state in sorted(TERMINAL)] == [frozenset()] * 5


def test_past_the_point_of_no_return_there_is_one_way() -> None:
    assert next_states(S.EXECUTING) == {S.AWAITING}
    assert next_states(S.AWAITING) == {S.FULFILLED}
    assert next_states(S.FULFILLED) == {S.CLOSED}


def test_refusal_comes_out_of_the_review_and_lapsing_out_of_a_missing_identity() -> None:
    assert [s for s in S if may_move(s, S.REFUSED)] == [S.IN_REVIEW]
    assert [s for s in S if may_move(s, S.LAPSED)] == [S.IDENTITY_PENDING]


def test_the_identity_can_come_into_doubt_again_and_nothing_is_carried_out_unreleased() -> None:
    assert may_move(S.VERIFIED, S.IDENTITY_PENDING)
    assert [s for s in S if may_move(s, S.EXECUTING)] == [S.APPROVED]
    assert [s for s in S if may_move(s, S.APPROVED)] == [S.IN_REVIEW]


def test_from_a_hold_it_goes_back_where_it_came_from() -> None:
    for state in BEFORE_THE_POINT:
        assert may_move(state, S.ON_HOLD)
        assert next_states(S.ON_HOLD, before_hold=state) == {state, S.WITHDRAWN, S.CANCELLED}
    assert not any(may_move(s, S.ON_HOLD) for s in (S.EXECUTING, S.AWAITING, S.FULFILLED))


@given(st.lists(st.integers(0, 50), max_size=60))
def test_every_walk_stays_on_the_map(choices: list[int]) -> None:
    state, before_hold, been = S.RECEIVED, None, [S.RECEIVED]
    for choice in choices:
        ways = sorted(next_states(state, before_hold=before_hold))
        if not ways:
            break
        there = ways[choice % len(ways)]
        before_hold = state if there == S.ON_HOLD else None
        state = there
        been.append(state)

    assert (state in TERMINAL) != (state in OPEN)
    if S.EXECUTING in been:
        after = been[been.index(S.EXECUTING) :]
        assert after == STRAIGHT[STRAIGHT.index(S.EXECUTING) :][: len(after)]
        assert S.IN_REVIEW in been
        assert S.VERIFIED in been


@given(st.sampled_from(sorted(OPEN - {S.ON_HOLD})))
def test_from_everywhere_an_end_can_be_reached(state: S) -> None:
    seen, front = {state}, [state]
    while front:
        here = front.pop()
        for there in next_states(here) - seen - {S.ON_HOLD}:
            seen.add(there)
            front.append(there)

    assert seen & TERMINAL
    assert S.CLOSED in seen
