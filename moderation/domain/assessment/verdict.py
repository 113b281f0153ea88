"""From scores to a verdict.

Automation hides spam and scam only, only from 0.9 on, only with two strong families, never past a
guard, never where a list of the brand wants a person, never where a detector failed. What concerns
people (hate, threat, self-harm, child safety) goes to people first, on the union of signals: one is
enough.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from moderation.domain.assessment.results import CATEGORIES, Verdict

HIDE_FROM: Final = 0.9
STRONG_FAMILIES: Final = 2
FIRST_FROM: Final = 0.5
LOOK_FROM: Final = {
    "spam": 0.6,
    "scam": 0.6,
    "insult": 0.35,
    "hate": 0.3,
    "threat": 0.25,
    "self_harm": 0.25,
    "sexual": 0.5,
    "legal_claim": 0.5,
    "privacy_leak": 0.5,
    "illegal_offer": 0.4,
    "child_safety": 0.2,
    "off_topic": 0.5,
    "other": 0.5,
}
PEOPLE_FIRST: Final = ("hate", "threat", "self_harm", "child_safety")
HIDEABLE: Final = ("spam", "scam")


@dataclass(slots=True)
class Wanted:
    """Categories for which a list of the brand wants a person, and the reasons why."""

    queue: dict[str, None] = field(default_factory=dict)
    first: dict[str, None] = field(default_factory=dict)
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, category: str, *, first: bool, reason: str) -> None:
        # Whatever a list says about danger to people goes to people first.
        (self.first if first or category in PEOPLE_FIRST else self.queue)[category] = None
        self.reasons[reason] = None


def decide(
    scores: Mapping[str, float],
    certain: Mapping[str, tuple[float, int]],
    *,
    guards: Collection[str],
    wanted: Wanted,
    doubts: Collection[str],
) -> tuple[Verdict, str, tuple[str, ...]]:
    """Verdict, category and reasons.

    ``certain``: score and number of strong families, without what the author's record and models
    say, of what can be hidden. ``doubts``: why the text was not read in full; then a person looks
    in any case.
    """
    reached = [name for name in CATEGORIES if scores[name] >= LOOK_FROM[name]]
    reasons = tuple(f"{name} {scores[name]:.2f}" for name in reached)
    reasons += (*wanted.reasons, *doubts)
    first = [name for name in PEOPLE_FIRST if scores[name] >= FIRST_FROM]
    first += [name for name in wanted.first if name not in first]
    if first:
        return "queue_first", _gravest(first, scores), reasons
    sure = [
        name
        for name in HIDEABLE
        if name in certain and certain[name][0] >= HIDE_FROM and certain[name][1] >= STRONG_FAMILIES
    ]
    others = [name for name in reached if name in (*PEOPLE_FIRST, "legal_claim", "illegal_offer")]
    if sure and not (guards or others or wanted.queue or doubts):
        return "auto_hide", _gravest(sure, scores), reasons
    if sure:
        reasons += tuple(f"guard {name}" for name in guards)
    seen = [*reached, *(name for name in wanted.queue if name not in reached)]
    if seen:
        return "queue", _gravest(seen, scores), reasons
    if doubts:
        return "queue", "other", reasons
    return "pass", _gravest(CATEGORIES, scores), reasons


def _gravest(names: Collection[str], scores: Mapping[str, float]) -> str:
    return max(names, key=lambda name: scores[name])
