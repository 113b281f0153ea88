"""Functional tests: sentences per phenomenon, and groups in neutral and kind sentences.

Sums over a corpus hide how a detector treats those who quote, object, deny, or only are named.
Idea: Röttger et al. 2021, HateCheck; the sentences are the project's own.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moderation.domain.assessment import Assessment

type Assess = Callable[[str], Assessment]


@dataclass(frozen=True, slots=True)
class Phenomenon:
    """``expect``: ``left`` (let pass), ``seen`` (before people) or ``first`` (before people, now).

    ``kept``: hiding one of these sentences by itself would be a mistake.
    """

    name: str
    language: str
    expect: str
    kept: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of the sentences, 0..1.

    ``met``: as expected; ``seen``: before people or hidden; ``hidden``: hidden by itself.
    """

    met: float
    seen: float
    hidden: float


def read_phenomena(path: Path) -> tuple[Phenomenon, ...]:
    """From a TOML file: ``language`` and a table per phenomenon.

    Raises: ValueError (not TOML, or a key is missing), OSError.
    """
    data = tomllib.loads(path.read_text("utf-8"))
    try:
        return tuple(
            Phenomenon(
                name, data["language"], table["expect"], table["kept"], tuple(table["sentences"])
            )
            for name, table in data.items()
            if isinstance(table, dict)
        )
    except KeyError as error:
        raise ValueError(f"{path.name}: {error} is missing.") from error


def measure(phenomenon: Phenomenon, assess: Assess) -> Outcome:
    """What becomes of its sentences."""
    verdicts = [assess(sentence).verdict for sentence in phenomenon.sentences]
    wanted = {
        "left": ("pass",),
        "seen": ("queue", "queue_first", "auto_hide"),
        "first": ("queue_first",),
    }[phenomenon.expect]
    total = len(verdicts)
    return Outcome(
        met=sum(verdict in wanted for verdict in verdicts) / total,
        seen=1 - verdicts.count("pass") / total,
        hidden=verdicts.count("auto_hide") / total,
    )


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of people by the words that stand in ``{}`` of every sentence; all are harmless."""

    language: str
    names: tuple[str, ...]
    sentences: tuple[str, ...]

    def texts(self, name: str) -> list[str]:
        return [sentence.format(name) for sentence in self.sentences]


def read_groups(path: Path) -> Groups:
    """From a TOML file with ``language``, ``groups`` and ``sentences``.

    Raises: ValueError (not TOML, or a key is missing), OSError.
    """
    data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    try:
        return Groups(data["language"], tuple(data["groups"]), tuple(data["sentences"]))
    except KeyError as error:
        raise ValueError(f"{path.name}: {error} is missing.") from error


def false_alarms(groups: Groups, assess: Assess) -> dict[str, float]:
    """Share of the harmless sentences about each group that anybody would have to look at."""
    return {
        name: sum(assess(text).verdict != "pass" for text in texts) / len(texts)
        for name in groups.names
        if (texts := groups.texts(name))
    }
