"""Where an appeal may go from where it stands. Pure; asks no database.

received → acknowledged → assigned → under review → decided or not admitted; its author may
withdraw it until then. What ends it otherwise is always a person.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext as _

from moderation.choices import OPEN_APPEALS
from moderation.choices import AppealState as S
from moderation.exceptions import OnlyByPersons
from tenants.exceptions import InvalidState


class Act(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    HAND_BACK = "hand_back"
    BEGIN = "begin"
    DECIDE = "decide"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


ONLY_PERSONS: frozenset[Act] = frozenset({Act.BEGIN, Act.DECIDE, Act.REFUSE})
TERMINAL: frozenset[S] = frozenset(S) - frozenset(OPEN_APPEALS)
_MOVES: Mapping[tuple[S, Act], S] = {
    (S.RECEIVED, Act.ACKNOWLEDGE): S.ACKNOWLEDGED,
    (S.ACKNOWLEDGED, Act.ASSIGN): S.ASSIGNED,
    (S.ASSIGNED, Act.ASSIGN): S.ASSIGNED,
    (S.UNDER_REVIEW, Act.ASSIGN): S.ASSIGNED,
    (S.ASSIGNED, Act.HAND_BACK): S.ACKNOWLEDGED,
    (S.UNDER_REVIEW, Act.HAND_BACK): S.ACKNOWLEDGED,
    (S.ASSIGNED, Act.BEGIN): S.UNDER_REVIEW,
    (S.UNDER_REVIEW, Act.DECIDE): S.DECIDED,
    (S.UNDER_REVIEW, Act.REFUSE): S.INADMISSIBLE,
    **{(state, Act.WITHDRAW): S.WITHDRAWN for state in OPEN_APPEALS},
}


def after(state: S, act: Act, *, by_person: bool) -> S:
    """The state that follows. The author counts as no person of the staff.

    Raises: OnlyByPersons (a machine wants to end it), InvalidState (no such move).
    """
    if act in ONLY_PERSONS and not by_person:
        raise OnlyByPersons
    if (state, act) not in _MOVES:
        raise InvalidState(
            _("The appeal is “%s”; this cannot be done any more. Reload and look again.")
            % state.label
        )
    return _MOVES[state, act]


def acts_in(state: S) -> frozenset[Act]:
    """What can be done in this state at all."""
    return frozenset(act for (at, act) in _MOVES if at == state)
