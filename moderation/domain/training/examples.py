"""A labelled text, and which part of a set it belongs to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from zlib import crc32

from inbox.domain.triage.words import fold

type Split = Literal["train", "dev", "test", ""]

SEED: Final = "moderation-2026"
HELD_OUT_FIFTH: Final = 5


@dataclass(frozen=True, slots=True)
class Example:
    """``labels``: yes or no per category; a category that nobody judged is missing.

    ``split`` as the set's makers drew it, empty where they drew none. ``licence`` says by what
    right this very row may be used, where the set as a whole does not.
    """

    text: str
    language: str
    labels: Mapping[str, bool] = field(default_factory=dict)
    split: Split = ""
    licence: str = ""

    @property
    def held_out(self) -> bool:
        """Never trained on: the makers' test part, and everywhere a fifth drawn by the text.

        The draw depends on the folded text, so copies of one text are never on both sides.
        """
        return self.split == "test" or _fifth(self.text) == 0

    @property
    def calibrates(self) -> bool:
        """A second fifth: the sums of weights are turned into probabilities on it."""
        return not self.held_out and _fifth(self.text) == 1


def _fifth(text: str) -> int:
    key = " ".join(fold(text).text.split())
    return crc32(f"{SEED} {key}".encode("utf-8", "surrogatepass")) % HELD_OUT_FIFTH


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One corpus. ``ordinary``: its texts are everyday questions that nothing should flag."""

    name: str
    examples: tuple[Example, ...]
    licence: str
    source: str
    ordinary: bool = False

    @property
    def language(self) -> str:
        return self.examples[0].language if self.examples else ""

    def by_language(self) -> "list[LabelledSet]":
        """The same, one set for each language."""
        languages = sorted({row.language for row in self.examples})
        return [
            replace(self, examples=tuple(row for row in self.examples if row.language == language))
            for language in languages
        ]

    def categories(self) -> list[str]:
        """Those that were judged in at least one row, in order of their names."""
        return sorted({category for row in self.examples for category in row.labels})

    def parts(self, category: str) -> tuple[list[Example], list[Example], str]:
        """Rows to train on (calibration included), rows to measure on, and what the latter are."""
        rows = [row for row in self.examples if category in row.labels or self.ordinary]
        official = [row for row in rows if row.split == "test"]
        training = [row for row in rows if not row.held_out]
        if official:
            return training, official, "official test"
        return training, [row for row in rows if row.held_out], "held-out fifth"


def without_copies(examples: Iterable[Example]) -> tuple[Example, ...]:
    """Each text once, the copy in a test part before others; empty texts are left out."""
    kept: dict[str, Example] = {}
    for row in examples:
        if row.text.strip() and (row.text not in kept or row.split == "test"):
            kept[row.text] = row
    return tuple(kept.values())
