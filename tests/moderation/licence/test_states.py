"""Which way a licence may go, asked of every way there is."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from moderation.choices import LicenceState
from moderation.domain.licence.states import (
    LADDER,
    LIMIT,
    NEW_PER_STEP,
    SHARES,
    WINDOW,
    Evidence,
    is_drawn,
    may_rise,
    must_stop,
    next_up,
    steps_down,
)

SHADOW, FIVE, QUARTER, FULL, STOPPED = LicenceState


def test_two_hundred_with_two_percent_pass_and_twenty_do_not() -> None:
    assert may_rise(SHADOW, Evidence(false_hides=4, reviewed=200, new=200))
    assert not may_rise(SHADOW, Evidence(false_hides=0, reviewed=20, new=20))
    assert not may_rise(SHADOW, Evidence(false_hides=5, reviewed=200, new=200))


@pytest.mark.parametrize(("count", "passes"), [(0, False), (58, False), (59, True)])
def test_even_without_a_mistake_it_takes_fifty_nine(count: int, passes: bool) -> None:
    assert Evidence(0, count, count).is_enough == passes


def test_a_further_step_needs_new_samples() -> None:
    assert not may_rise(FIVE, Evidence(0, 200, NEW_PER_STEP - 1))
    assert may_rise(FIVE, Evidence(0, 200, NEW_PER_STEP))


@pytest.mark.parametrize("state", [FULL, STOPPED])
def test_no_evidence_leads_up_from_the_top_or_from_a_stop(state: LicenceState) -> None:
    assert next_up(state) is None
    assert not may_rise(state, Evidence(0, 200, 200))


@given(st.uuids(), st.sampled_from(["spam", "scam"]))
def test_whoever_is_among_few_is_among_many(message: UUID, category: str) -> None:
    drawn = [is_drawn(message, category, share) for share in (0, 5, 25, 100)]

    assert drawn == sorted(drawn)
    assert (drawn[0], drawn[-1]) == (False, True)
    assert drawn == [is_drawn(message, category, share) for share in (0, 5, 25, 100)]


@pytest.mark.parametrize("share", [5, 25])
def test_the_share_is_what_it_says(share: int) -> None:
    drawn = sum(is_drawn(UUID(int=number), "spam", share) for number in range(20_000))

    assert drawn / 200 == pytest.approx(share, abs=0.7)


class Licence(RuleBasedStateMachine):
    """A licence as the verbs move it: persons up and down, reviews that may stop it."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.outcomes, self.at_step = LicenceState.SHADOW, list[bool](), 0

    @property
    def evidence(self) -> Evidence:
        window = self.outcomes[-WINDOW:]
        return Evidence(sum(window), len(window), min(len(self.outcomes) - self.at_step, WINDOW))

    @rule(count=st.integers(1, 80), wrong=st.integers(0, 4))
    def review(self, count: int, wrong: int) -> None:
        for number in range(count):
            self.outcomes.append(number < wrong)
            if must_stop(self.state, self.evidence):
                self.state, self.at_step = LicenceState.STOPPED, len(self.outcomes)

    @rule()
    def try_to_rise(self) -> None:
        evidence, before = self.evidence, self.state
        if may_rise(before, evidence):
            assert evidence.rate.upper < LIMIT
            assert before in LADDER[:-1]
            up = next_up(before)
            assert up is not None
            assert LADDER.index(up) == LADDER.index(before) + 1
            self.state, self.at_step = up, len(self.outcomes)

    @precondition(lambda self: steps_down(self.state))
    @rule(data=st.data())
    def lower(self, data: st.DataObject) -> None:
        before = self.state
        self.state = data.draw(st.sampled_from(steps_down(before)))
        self.at_step = len(self.outcomes)
        assert SHARES[self.state] < SHARES[before] or self.state == LicenceState.STOPPED

    @precondition(lambda self: self.state == LicenceState.STOPPED)
    @rule()
    def restart(self) -> None:
        self.state, self.outcomes, self.at_step = LicenceState.SHADOW, [], 0

    @invariant()
    def what_hides_is_measured(self) -> None:
        if SHARES[self.state] > 0:
            assert self.evidence.rate.upper < LIMIT
            assert self.evidence.reviewed >= 59

    @invariant()
    def a_stop_ends_only_in_shadow(self) -> None:
        if self.state == LicenceState.STOPPED:
            assert next_up(self.state) is None
            assert steps_down(self.state) == ()


TestLicence = Licence.TestCase
TestLicence.settings = settings(max_examples=40, stateful_step_count=25)
