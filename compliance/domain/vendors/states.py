"""Where a vendor may go from where it stands. Pure; asks no database.

An approval stands until its last day, also while the next review is under way: it is a date, not a
state. So no job has to run in time to block a channel.
"""

from collections.abc import Mapping
from datetime import date

from compliance.choices import VendorState as S

_NEXT: Mapping[S, frozenset[S]] = {
    S.DRAFT: frozenset({S.REQUESTED}),
    S.REQUESTED: frozenset({S.ASSESSED}),
    S.ASSESSED: frozenset({S.APPROVED, S.REJECTED, S.REQUESTED}),
    S.APPROVED: frozenset({S.REVIEW_DUE, S.EXPIRED, S.REQUESTED, S.REJECTED}),
    S.REVIEW_DUE: frozenset({S.EXPIRED, S.REQUESTED, S.REJECTED}),
    S.EXPIRED: frozenset({S.REQUESTED}),
    S.REJECTED: frozenset({S.REQUESTED}),
}
OPEN_TO_CHANGE = frozenset({S.DRAFT, S.REQUESTED})
"""Answers, places and services are changed here only: what was assessed stays as it was."""


def next_states(state: S) -> frozenset[S]:
    return _NEXT[state]


def may_move(state: S, to: S) -> bool:
    return to in _NEXT[state]


def is_cleared(approved_until: date | None, on: date) -> bool:
    """Whether an approval up to this last day stands."""
    return approved_until is not None and on <= approved_until


def by_time(state: S, *, approved_until: date | None, review_on: date | None, on: date) -> S:
    """What the day makes of the state: an approval comes up for review, then expires."""
    if state in {S.APPROVED, S.REVIEW_DUE} and not is_cleared(approved_until, on):
        return S.EXPIRED
    if state == S.APPROVED and review_on is not None and on >= review_on:
        return S.REVIEW_DUE
    return state
