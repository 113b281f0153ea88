"""Where an incident may go from where it stands. Pure; asks no database.

Every breach is documented, reported or not; a suspicion that proves wrong too. Source: GDPR
Art. 33(5). A case that was not reportable may turn out to be, so it can be assessed anew.
"""

from collections.abc import Mapping

from compliance.choices import IncidentState as S

_NEXT: Mapping[S, frozenset[S]] = {
    S.SUSPECTED: frozenset({S.AWARE, S.DISMISSED}),
    S.AWARE: frozenset({S.ASSESSED}),
    S.ASSESSED: frozenset({S.REPORTED, S.NOT_REPORTABLE}),
    S.REPORTED: frozenset({S.INFORMED, S.CLOSED}),
    S.NOT_REPORTABLE: frozenset({S.ASSESSED, S.INFORMED, S.CLOSED}),
    S.INFORMED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.DISMISSED: frozenset(),
}
TERMINAL = frozenset({S.CLOSED, S.DISMISSED})
CLOCK_RUNS = frozenset({S.AWARE, S.ASSESSED})
"""Nobody has told the authority yet, and nobody has said why not."""


def next_states(state: S) -> frozenset[S]:
    return _NEXT[state]


def may_move(state: S, to: S) -> bool:
    return to in _NEXT[state]
