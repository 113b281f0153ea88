"""Signals of one category while they are collected, and what they add up to."""

from collections.abc import Iterable, Mapping
from typing import Final

from moderation.domain.assessment.lists import Circumstance
from moderation.domain.assessment.results import CATEGORIES, CategoryScore, Evidence

STRONG: Final = 0.5
AUTHOR: Final = "author"
MODEL: Final = "model"
UNPROVEN: Final = frozenset({AUTHOR, MODEL})
"""Families of what is known of the author and of what trained models say: they add to a suspicion
and never make one certain."""
MOST_EVIDENCE: Final = 12
_NOTHING: Final = {name: CategoryScore(name, 0.0) for name in CATEGORIES}


class Tally:
    """The strongest signal of each family counts."""

    def __init__(self) -> None:
        self.families: dict[str, float] = {}
        self.signals: dict[str, float] = {}
        self.evidence: list[Evidence] = []

    def add(self, name: str, family: str, weight: float, evidence: Evidence | None) -> None:
        self.families[family] = max(weight, self.families.get(family, 0.0))
        self.signals[name] = max(weight, self.signals.get(name, 0.0))
        if evidence and len(self.evidence) < MOST_EVIDENCE and evidence not in self.evidence:
            self.evidence.append(evidence)

    def score(self, *, proven: bool = False) -> float:
        """``1 - (1-w1)(1-w2)…`` over the families; ``proven``: without those of ``UNPROVEN``."""
        doubt = 1.0
        for family, weight in self.families.items():
            if not proven or family not in UNPROVEN:
                doubt *= 1 - weight
        return 1 - doubt

    def strong(self) -> int:
        return sum(w >= STRONG for family, w in self.families.items() if family not in UNPROVEN)


def lowered(category: str, score: float, circumstances: Iterable[Circumstance]) -> float:
    """The strongest circumstance counts once: two jokes do not make a threat disappear."""
    return score * min((c.factor for c in circumstances if category in c.categories), default=1.0)


def score_of(
    category: str, tallies: Mapping[str, Tally], circumstances: Iterable[Circumstance]
) -> CategoryScore:
    tally = tallies.get(category)
    if tally is None:
        return _NOTHING[category]
    score = round(lowered(category, tally.score(), circumstances), 3)
    ranked = sorted(tally.signals, key=lambda name: (-tally.signals[name], name))
    names = tuple(c.name for c in circumstances if category in c.categories)
    return CategoryScore(category, score, tuple(ranked), tuple(tally.evidence), names)
