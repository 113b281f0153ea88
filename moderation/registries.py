"""What others may plug into moderation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from django_stubs_ext import StrOrPromise

from moderation.choices import Category
from tenants.registry import Registry

if TYPE_CHECKING:
    from moderation.domain.policies import Preset


@dataclass(frozen=True, slots=True)
class ModelScore:
    """What a trained model makes of a text for one category.

    ``probability`` 0..1, calibrated. ``features``: what spoke for it, strongest first, as words.
    ``spans``: where in the text these are, start and end, as far as places can be named.
    ``weight``: what it adds to the assessment, on the scale of its lists; 0: nothing to look at.
    """

    probability: float
    version: str
    features: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    weight: float = 0.0


class TextModel(Protocol):
    """A trained model. Knows nothing of requests; may be asked for many texts at once."""

    def scores(
        self, texts: Sequence[str], languages: Sequence[str], *, brand_id: UUID | None
    ) -> Sequence[Mapping[str, ModelScore]]:
        """For each text, by category. Raises: whatever goes wrong; the texts then go to people."""


text_models: Registry[TextModel] = Registry("text_models")
"""Trained models, asked for every public comment."""


@dataclass(frozen=True, slots=True)
class RulePreset:
    """Rules somebody else has thought about, to begin a draft from. ``rules``: asked when used."""

    title: StrOrPromise
    rules: "Callable[[], Mapping[Category, Preset]]"


rule_presets: Registry[RulePreset] = Registry("rule_presets")
"""By the sector's name."""
