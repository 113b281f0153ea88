"""Where a data request may go from where it stands. Pure; asks no database.

``on_hold`` remembers where it came from and leads back there only. From ``executing`` on there is
no way out but forward: what is erased cannot be asked back.
"""

from collections.abc import Mapping

from compliance.choices import RequestState as S

TERMINAL: frozenset[S] = frozenset({S.CLOSED, S.REFUSED, S.WITHDRAWN, S.CANCELLED, S.LAPSED})
_FORWARD: Mapping[S, frozenset[S]] = {
    S.RECEIVED: frozenset({S.IDENTITY_PENDING, S.VERIFIED}),
    S.IDENTITY_PENDING: frozenset({S.VERIFIED, S.LAPSED}),
    S.VERIFIED: frozenset({S.IDENTITY_PENDING, S.ASSIGNED}),
    S.ASSIGNED: frozenset({S.COLLECTING}),
    S.COLLECTING: frozenset({S.IN_REVIEW}),
    S.IN_REVIEW: frozenset({S.COLLECTING, S.APPROVED, S.REFUSED}),
    S.APPROVED: frozenset({S.COLLECTING, S.EXECUTING}),
    S.EXECUTING: frozenset({S.AWAITING}),
    S.AWAITING: frozenset({S.FULFILLED}),
    S.FULFILLED: frozenset({S.CLOSED}),
}
_AFTER_THE_POINT = frozenset({S.EXECUTING, S.AWAITING, S.FULFILLED})
BEFORE_THE_POINT: frozenset[S] = frozenset(_FORWARD) - _AFTER_THE_POINT
"""Where the person may withdraw, the brand may cancel, and the case may be put on hold."""

OPEN: frozenset[S] = frozenset(S) - TERMINAL
CHOOSING: frozenset[S] = frozenset(
    {S.RECEIVED, S.IDENTITY_PENDING, S.VERIFIED, S.ASSIGNED, S.IN_REVIEW}
)
"""Where it may be said whose data they are."""


def next_states(state: S, *, before_hold: S | None = None) -> frozenset[S]:
    """Every state that may follow. ``before_hold``: where a case on hold came from."""
    if state in TERMINAL:
        return frozenset()
    if state == S.ON_HOLD:
        back = frozenset({before_hold}) if before_hold is not None else frozenset()
        return back | {S.WITHDRAWN, S.CANCELLED}
    beside = {S.ON_HOLD, S.WITHDRAWN, S.CANCELLED} if state in BEFORE_THE_POINT else set()
    return _FORWARD[state] | beside


def may_move(state: S, to: S, *, before_hold: S | None = None) -> bool:
    return to in next_states(state, before_hold=before_hold)
