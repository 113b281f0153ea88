"""What a model adds to an assessment: a reason to look, never a reason to hide.

A model alone brings a comment before people; it neither puts it first nor hides it. Together with
a word of the lists it raises the place in the queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from inbox.domain.triage.words import Token
from moderation.domain.assessment.results import Evidence
from moderation.domain.models.scoring import Scored
from moderation.domain.models.shelf import model_for

SIGNAL: Final = "model"
MOST: Final = 0.49
"""No model alone reaches what puts a comment first (0.5)."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A model is sure enough about ``category`` for a person to look.

    ``strength`` 0..1: how far the probability lies between where looking begins and certainty.
    """

    category: str
    probability: float
    strength: float
    evidence: tuple[Evidence, ...]
    version: str

    def weight(self, look_from: float) -> float:
        """On the scale of the lists, whose queue begins at ``look_from``."""
        return look_from + max(MOST - look_from, 0.0) * self.strength


def notice(
    text: str,
    tokens: Sequence[Token] | None = None,
    *,
    language: str,
    brand_id: UUID | None = None,
) -> tuple[Noticed, ...]:
    """Categories the model of the language and brand is sure enough about, strongest first."""
    model = model_for(language, brand_id=brand_id)
    if model is None:
        return ()
    found = [
        Noticed(
            category=category,
            probability=scored.probability,
            strength=_strength(scored),
            evidence=_evidence(scored, model.version),
            version=model.version,
        )
        for category, scored in model.score(text, tokens).items()
        if scored.deserves_a_look
    ]
    return tuple(sorted(found, key=lambda noticed: -noticed.probability))


def _strength(scored: Scored) -> float:
    start = scored.look_from or 0.0
    return (scored.probability - start) / (1 - start) if start < 1 else 1.0


def _evidence(scored: Scored, version: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(piece.start, piece.end, piece.text, f"{version} +{piece.weight:.2f}", SIGNAL)
        for piece in scored.pieces
    )
