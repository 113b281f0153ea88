"""Which way a licence may go. Pure: no database, no clock."""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from moderation.choices import LicenceState
from moderation.domain.quality.intervals import Rate, rate

LIMIT: Final = 0.05
"""The false-hide rate that must be ruled out."""
WINDOW: Final = 200
"""So many of the newest reviewed samples are the evidence."""
NEW_PER_STEP: Final = 30
"""So many must have been reviewed since the step before."""
SHARES: Final = {
    LicenceState.SHADOW: 0,
    LicenceState.FIVE: 5,
    LicenceState.QUARTER: 25,
    LicenceState.FULL: 100,
    LicenceState.STOPPED: 0,
}
"""Of a hundred eligible items so many are hidden."""
LADDER: Final = (
    LicenceState.SHADOW,
    LicenceState.FIVE,
    LicenceState.QUARTER,
    LicenceState.FULL,
)
UNMEASURED_SHARE: Final = SHARES[LicenceState.FIVE]
"""At most so many while the running version is not the one that was measured."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Random samples of what was or would have been hidden. ``new``: since the last step."""

    false_hides: int
    reviewed: int
    new: int

    @property
    def rate(self) -> Rate:
        return rate(self.false_hides, self.reviewed)

    @property
    def is_enough(self) -> bool:
        """Few samples never are: without a single false hide it takes 59."""
        return self.rate.upper < LIMIT


def next_up(state: LicenceState) -> LicenceState | None:
    """One step up; none from the top or from where it was stopped."""
    if state not in LADDER or state == LADDER[-1]:
        return None
    return LADDER[LADDER.index(state) + 1]


def steps_down(state: LicenceState) -> tuple[LicenceState, ...]:
    """Where a person may take it back to, highest first; a stop is always open."""
    if state == LicenceState.STOPPED:
        return ()
    return (*reversed(LADDER[: LADDER.index(state)]), LicenceState.STOPPED)


def may_rise(state: LicenceState, evidence: Evidence) -> bool:
    if next_up(state) is None or not evidence.is_enough:
        return False
    return state == LicenceState.SHADOW or evidence.new >= NEW_PER_STEP


def must_stop(state: LicenceState, evidence: Evidence) -> bool:
    """Whoever hides must keep the rate ruled out; in shadow nothing is hidden that could be wrong.

    Source: requirement M3.
    """
    return SHARES[state] > 0 and not evidence.is_enough


def is_drawn(message_id: UUID, category: str, share: int) -> bool:
    """Whether this item is among ``share`` of a hundred. The same answer every time, and whoever is
    among few is among many too."""
    digest = hashlib.sha256(f"{category}:{message_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % 10_000 < share * 100
