"""What a model adds to an assessment: a reason to look, never a reason to hide.

A model alone brings a comment before people; it neither puts it first nor hides it. Together with
a word of the lists it raises the place in the queue.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from moderation.domain.assessment.verdict import FIRST_FROM, LOOK_FROM
from moderation.domain.models.scoring import Model, Piece, Scored
from moderation.domain.models.shelf import model_for
from moderation.registries import ModelScore

HEAD_CHARS: Final = 1_000
TAIL_CHARS: Final = 400
_GAP: Final = " . "
"""Ends a sentence: words of the beginning and of the end make no pair."""
MOST: Final = FIRST_FROM - 0.01
"""No model alone reaches what puts a comment first."""


class TrainedModels:
    """In ``moderation.registries.text_models``: per text the model of its language and brand."""

    def scores(
        self, texts: Sequence[str], languages: Sequence[str], *, brand_id: UUID | None
    ) -> Sequence[Mapping[str, ModelScore]]:
        """For each text, by category; nothing where no model speaks the language."""
        found: list[Mapping[str, ModelScore]] = []
        for text, language in zip(texts, languages, strict=True):
            model = model_for(language, brand_id=brand_id)
            found.append(scores_by(model, text) if model else {})
        return found


def scores_by(model: Model, text: str) -> dict[str, ModelScore]:
    """What this model makes of the text, by those of its categories that the assessment knows. Of
    a text longer than 1,400 characters it reads both ends: it learned from short ones."""
    left_out = max(len(text) - HEAD_CHARS - TAIL_CHARS, 0)
    read = f"{text[:HEAD_CHARS]}{_GAP}{text[-TAIL_CHARS:]}" if left_out else text
    return {
        category: ModelScore(
            probability=scored.probability,
            version=model.version,
            features=tuple(piece.text for piece in scored.pieces),
            spans=tuple(_spans(scored.pieces, left_out)),
            weight=_weight(scored, LOOK_FROM[category]),
        )
        for category, scored in model.score(read).items()
        if category in LOOK_FROM
    }


def _spans(pieces: Sequence[Piece], left_out: int) -> Iterator[tuple[int, int]]:
    """Places in the whole text of what was read without its middle."""
    for piece in pieces:
        shift = left_out - len(_GAP) if left_out and piece.start >= HEAD_CHARS else 0
        yield piece.start + shift, piece.end + shift


def _weight(scored: Scored, queue_from: float) -> float:
    """From where the queue begins, up to just below what comes first, as certainty grows."""
    if scored.look_from is None or scored.probability < scored.look_from:
        return 0.0
    room = 1 - scored.look_from
    certainty = (scored.probability - scored.look_from) / room if room > 0 else 1.0
    return round(queue_from + max(MOST - queue_from, 0.0) * certainty, 3)
