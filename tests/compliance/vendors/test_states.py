"""The way of a vendor, as arithmetic."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from compliance.choices import VendorState as S
from compliance.domain.vendors.states import by_time, is_cleared, may_move, next_states

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def test_the_way_is_the_one_that_is_written_down():
    assert {state.value: {to.value for to in next_states(state)} for state in S} == {
        "draft": {"evidence_requested"},
        "evidence_requested": {"assessed"},
        "assessed": {"approved", "rejected", "evidence_requested"},
        "approved": {"review_due", "expired", "evidence_requested", "rejected"},
        "review_due": {"expired", "evidence_requested", "rejected"},
        "expired": {"evidence_requested"},
        "rejected": {"evidence_requested"},
    }


@given(st.lists(st.sampled_from(list(S)), max_size=12))
def test_nobody_is_approved_without_an_assessment_since_the_last_request(path: list[S]):
    state, walked = S.DRAFT, [S.DRAFT]
    for to in path:
        if may_move(state, to):
            state = to
            walked.append(to)

    for place, one in enumerate(walked):
        if one == S.APPROVED:
            assert walked[place - 2 : place] == [S.REQUESTED, S.ASSESSED]
    for state in S:
        assert next_states(state), "no vendor is stuck"


@given(DAYS, DAYS, DAYS, st.sampled_from(list(S)))
def test_time_only_ever_takes_away(until: date, review: date, on: date, state: S):
    after = by_time(state, approved_until=until, review_on=review, on=on)

    if state not in {S.APPROVED, S.REVIEW_DUE}:
        assert after == state
    elif on > until:
        assert after == S.EXPIRED
    else:
        assert after == (S.REVIEW_DUE if state == S.REVIEW_DUE or on >= review else S.APPROVED)
    assert after == state or may_move(state, after)
    again = by_time(after, approved_until=until, review_on=review, on=on)
    assert again == after, "twice is once"


@given(DAYS)
def test_the_last_day_counts_and_the_next_does_not(until: date):
    assert is_cleared(until, until)
    assert not is_cleared(until, until + timedelta(days=1))
    assert not is_cleared(None, until)
