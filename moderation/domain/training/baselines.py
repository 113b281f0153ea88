"""Who answers when a set is measured: the majority, the word lists, the model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from moderation.domain.assessment import assess_text
from moderation.domain.assessment.verdict import LOOK_FROM
from moderation.domain.models import Model
from moderation.domain.training.examples import Example

# A set's one label may be what the lists tell apart.
LISTS_FOR: Final = {
    "insult": ("insult", "hate", "threat", "sexual"),
    "spam": ("spam", "scam"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """``score`` 0..1; ``flagged``: a person should look."""

    score: float
    flagged: bool


class Judge(Protocol):
    """One way to answer. ``calibrated``: its scores claim to be probabilities."""

    name: str
    calibrated: bool

    def answers(self, rows: Sequence[Example], category: str) -> list[Answer] | None:
        """In the order of the rows; ``None`` where it has no opinion about the category."""
        ...


class Majority:
    """Always says what most training rows are."""

    name = "majority"
    calibrated = False

    def __init__(self, training: Iterable[Example]) -> None:
        self._training = list(training)

    def answers(self, rows: Sequence[Example], category: str) -> list[Answer] | None:
        told = [row.labels.get(category, False) for row in self._training]
        yes = sum(told) * 2 > len(told)
        return [Answer(float(yes), yes)] * len(rows)


class Lists:
    """The assessment by word lists and shapes, without a model."""

    name = "word lists"
    calibrated = False

    def answers(self, rows: Sequence[Example], category: str) -> list[Answer] | None:
        names = [name for name in LISTS_FOR.get(category, (category,)) if name in LOOK_FROM]
        if not names:
            return None
        found = []
        for row in rows:
            result = assess_text(row.text)
            scores = {each.category: each.score for each in result.scores}
            flagged = any(scores[name] >= LOOK_FROM[name] for name in names)
            found.append(Answer(max(scores[name] for name in names), flagged))
        return found


class Trained:
    """A trained model, alone."""

    name = "model"
    calibrated = True

    def __init__(self, model: Model) -> None:
        self._model = model

    def answers(self, rows: Sequence[Example], category: str) -> list[Answer] | None:
        if category not in self._model.card["heads"]:
            return None
        found = []
        for row in rows:
            scored = self._model.score(row.text).get(category)
            found.append(
                Answer(scored.probability, scored.deserves_a_look)
                if scored
                else Answer(0.0, flagged=False)
            )
        return found
