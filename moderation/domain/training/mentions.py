"""Harmless sentences that name groups of people, so that a name alone is no reason to look.

Corpora of hate name the groups it aims at far more often than everyday comments do, and a model
learns the names. Source: Dixon et al. 2018, Measuring and Mitigating Unintended Bias.
"""

import tomllib
from importlib.resources import files
from typing import Final

from moderation.domain.training.examples import Example, LabelledSet

NAME: Final = "harmless mentions"


def harmless_mentions(language: str) -> LabelledSet:
    """Every group in every sentence; empty for a language that has none."""
    path = files("moderation.domain.training") / "data" / "mentions.toml"
    data = tomllib.loads(path.read_text("utf-8")).get(language, {"groups": [], "sentences": []})
    return LabelledSet(
        NAME,
        tuple(
            Example(sentence.format(group), language)
            for sentence in data["sentences"]
            for group in data["groups"]
        ),
        "the project's own",
        "written for this program",
        ordinary=True,
    )
