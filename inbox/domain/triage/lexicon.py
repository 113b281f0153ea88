"""The word lists of a language, read once from ``data/<language>.toml`` and made findable."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from inbox.domain.triage.terms import Term, TermFinder
from inbox.domain.triage.words import fold

VERSION: Final = "lexicon-2026.11"
LANGUAGES: Final = ("de", "en")

INTENT_WEIGHTS: Final = {"strong": 0.75, "medium": 0.5, "weak": 0.25}
"""How far one entry alone takes an intent."""
AGAINST: Final = 0.5
"""Factor on the confidence of an intent for each different entry that speaks against it."""
SENTIMENT_WEIGHTS: Final = {"best": 1.0, "good": 0.6, "bad": -0.6, "worst": -1.0}
URGENCY_LEVELS: Final = {"some": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an entry stands for: ``kind`` intent | against | sentiment | urgency."""

    kind: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries of one or more languages."""

    finder: TermFinder[Meaning]
    negators: frozenset[str]
    negators_after: frozenset[str]
    boosters: frozenset[str]


@cache
def _data(language: str) -> dict[str, Any]:
    path = files("inbox.domain.triage") / "data" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def language_words(language: str) -> frozenset[str]:
    """Frequent words that belong to the language (folded)."""
    return frozenset(fold(_data(language)["language"]["words"]).text.split())


@cache
def lexicon(*languages: str) -> Lexicon:
    """The lists of these languages together."""
    data = [_data(language) for language in languages]
    words = [d["sentiment"] for d in data]
    return Lexicon(
        finder=TermFinder(term for d in data for term in _terms(d)),
        negators=_folded(words, "negators"),
        negators_after=_folded(words, "after"),
        boosters=_folded(words, "boosters"),
    )


def _folded(sections: list[dict[str, list[str]]], key: str) -> frozenset[str]:
    return frozenset(fold(word).text for section in sections for word in section[key])


def _terms(data: Mapping[str, Any]) -> Iterator[Term[Meaning]]:
    for name, entries in data["intents"].items():
        for level, weight in INTENT_WEIGHTS.items():
            for text in entries.get(level, ()):
                yield Term(text, Meaning("intent", name, weight))
        for text in entries.get("against", ()):
            yield Term(text, Meaning("against", name, AGAINST))
    for level, weight in SENTIMENT_WEIGHTS.items():
        for text in data["sentiment"][level]:
            yield Term(text, Meaning("sentiment", level, weight))
    for level, urgency in URGENCY_LEVELS.items():
        for text in data["urgency"][level]:
            yield Term(text, Meaning("urgency", level, urgency))
