"""The trained models that are registered, asked for one text or for many."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from moderation.registries import ModelScore, TextModel, text_models

logger = logging.getLogger(__name__)

FAILED: Final[Mapping[str, ModelScore] | None] = None
_NOTHING: Final[Mapping[str, ModelScore]] = {}


def model_scores(
    text: str, language: str, *, brand_id: UUID | None = None
) -> Mapping[str, ModelScore] | None:
    """By category; of several models the highest weight. None if a model failed."""
    return all_model_scores([text], [language], brand_id=brand_id)[0]


def all_model_scores(
    texts: Sequence[str], languages: Sequence[str], *, brand_id: UUID | None = None
) -> list[Mapping[str, ModelScore] | None]:
    """The same for many texts; a model that fails for all of them is asked for each alone."""
    found: list[Mapping[str, ModelScore] | None] = [_NOTHING] * len(texts)
    for model in text_models:
        answers = _asked(model, texts, languages, brand_id)
        found = [_merged(one, two) for one, two in zip(found, answers, strict=True)]
    return found


def _asked(
    model: TextModel, texts: Sequence[str], languages: Sequence[str], brand_id: UUID | None
) -> Sequence[Mapping[str, ModelScore] | None]:
    try:
        answers = model.scores(texts, languages, brand_id=brand_id)
        if len(answers) == len(texts):
            return answers
        raise ValueError("as many answers as texts are needed")
    except Exception:
        logger.exception("model failed", extra={"model": type(model).__name__})
    if len(texts) == 1:
        return [FAILED]
    pairs = zip(texts, languages, strict=True)
    return [_asked(model, [text], [language], brand_id)[0] for text, language in pairs]


def _merged(
    one: Mapping[str, ModelScore] | None, two: Mapping[str, ModelScore] | None
) -> Mapping[str, ModelScore] | None:
    if one is None or two is None:
        return FAILED
    merged = dict(one)
    for category, score in two.items():
        if category not in merged or merged[category].weight < score.weight:
            merged[category] = score
    return merged
