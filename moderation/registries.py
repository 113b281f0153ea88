"""What others may plug into moderation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from tenants.registry import Registry


@dataclass(frozen=True, slots=True)
class ModelScore:
    """What a trained model makes of a text for one category.

    ``probability`` 0..1, calibrated. ``features``: what spoke for it, strongest first, as words.
    ``spans``: where in the text these are, start and end, as far as places can be named.
    """

    probability: float
    version: str
    features: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


class TextModel(Protocol):
    """A trained model. Knows nothing of requests; may be asked for many texts at once."""

    def scores(
        self, texts: Sequence[str], languages: Sequence[str], *, brand_id: UUID | None
    ) -> Sequence[Mapping[str, ModelScore]]:
        """For each text, by category. Raises: whatever goes wrong; the texts then go to people."""


text_models: Registry[TextModel] = Registry("text_models")
"""Trained models, asked for every public comment."""
