"""The word lists that Engage brings along, read once from ``data/signals.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from inbox.domain.triage.terms import Term, TermFinder


@dataclass(frozen=True, slots=True)
class WordSignal:
    """Something said: how far it takes each of ``categories``."""

    name: str
    family: str
    categories: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Something said that lowers ``categories`` by ``factor``: quoting, objecting, joking."""

    name: str
    categories: tuple[str, ...]
    factor: float


@dataclass(frozen=True, slots=True)
class Guard:
    """Something said that keeps an item from being hidden by itself."""

    name: str


type Listed = WordSignal | Circumstance | Guard

QUOTED: Final = Circumstance("quoted", ("hate", "insult", "threat", "self_harm"), 0.45)


@cache
def _data() -> dict[str, Any]:
    path = files("moderation.domain.assessment") / "data" / "signals.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def version() -> str:
    """Of the lists, stored with every assessment."""
    return str(_data()["version"])


@cache
def finder() -> TermFinder[Listed]:
    """All entries of all lists."""
    data = _data()
    terms: list[Term[Listed]] = []
    for entry in data["signal"]:
        signal = WordSignal(
            entry["name"], entry["family"], tuple(entry["categories"]), entry["weight"]
        )
        terms += [Term(text, signal) for text in entry["terms"]]
    for entry in data["circumstance"]:
        circumstance = Circumstance(entry["name"], tuple(entry["categories"]), entry["factor"])
        terms += [Term(text, circumstance) for text in entry["terms"]]
    for entry in data["guard"]:
        terms += [Term(text, Guard(entry["name"])) for text in entry["terms"]]
    return TermFinder(terms)
