"""Which model speaks for a brand and a language.

First the brand's own, then the installation's, then the one that comes along with the program:
``<MODERATION_MODELS>/<brand id>/<language>.json``, ``<MODERATION_MODELS>/<language>.json``,
``data/<language>.json``. Read once per process; a new model is used after the next start.
"""

import logging
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from moderation.domain.models.scoring import Model, Scored
from moderation.domain.models.storage import ModelUnusable

logger = logging.getLogger(__name__)

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


def score(text: str, language: str, *, brand_id: UUID | None = None) -> Mapping[str, Scored]:
    """Probabilities per category; empty where no model speaks the language."""
    model = model_for(language, brand_id=brand_id)
    return model.score(text) if model else {}


def version(language: str, *, brand_id: UUID | None = None) -> str:
    """Of the model that ``score`` asks, empty where there is none."""
    model = model_for(language, brand_id=brand_id)
    return model.version if model else ""


@lru_cache(maxsize=4096)
def model_for(language: str, *, brand_id: UUID | None = None) -> Model | None:
    """The model of the brand, else of the installation, else the shipped one, else none.

    A file that cannot be used is left out with a line in the log: what a detector cannot say must
    not keep a comment from coming in.
    """
    if not _LANGUAGE.fullmatch(language):
        return None
    for path in _places(language, brand_id):
        if path.is_file():
            try:
                return _load(path)
            except ModelUnusable as error:
                logger.error("A moderation model is left out. %s", error)
    return None


def forget() -> None:
    """Look at the files again: for tests, and after training in the same process."""
    model_for.cache_clear()
    _load.cache_clear()


def shipped(language: str) -> Path:
    """Where the card of the model lies that comes along; it may not exist."""
    with as_file(files("moderation.domain.models") / "data") as folder:
        return folder / f"{language}.json"


def _places(language: str, brand_id: UUID | None) -> list[Path]:
    places = []
    if settings.MODERATION_MODELS:
        folder = Path(settings.MODERATION_MODELS)
        if brand_id:
            places.append(folder / str(brand_id) / f"{language}.json")
        places.append(folder / f"{language}.json")
    return [*places, shipped(language)]


@cache
def _load(path: Path) -> Model:
    return Model.load(path)
