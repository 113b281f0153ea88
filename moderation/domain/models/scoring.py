"""A trained model at work: probabilities per category, and which words brought them about.

Pure Python on purpose: most words of a comment were met before, so a look-up per word beats
carrying numerical libraries into every worker.
"""

from array import array
from dataclasses import dataclass
from heapq import nsmallest
from itertools import pairwise
from math import exp, sqrt
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from inbox.domain.triage.words import BREAK
from moderation.domain.models.features import Word, bucket, pair_of, pieces_of, words_of
from moderation.domain.models.storage import Card, HeadCard, read_card, read_weights

_MOST_KEPT: Final = 20_000
_MOST_PIECES: Final = 5
_LEAST_SHARE: Final = 1 / 4  # of the strongest piece: below stand words that occur everywhere


@dataclass(frozen=True, slots=True)
class Piece:
    """``text[start:end]`` raised the sum of a category by ``weight``."""

    start: int
    end: int
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """``probability`` 0..1, calibrated on texts held out from training.

    ``look_from``: from here on a person should look, ``None`` if the model does not say.
    ``pieces``: what raised it most, strongest first, none far below the strongest; empty below
    ``look_from``.
    """

    probability: float
    look_from: float | None
    pieces: tuple[Piece, ...] = ()

    @property
    def deserves_a_look(self) -> bool:
        return self.look_from is not None and self.probability >= self.look_from


class _Known(NamedTuple):
    """What a word adds: its features, their sum per head, and what its pairs are hashed from."""

    size: int
    parts: tuple[float, ...]
    checksum: int
    spaced: bytes


class Model:
    """One language's heads over the same features. Scores are a function of the text alone."""

    def __init__(self, card: Card, weights: list[array[float]]) -> None:
        self.card = card
        self.version = card["version"]
        self.language = card["language"]
        self._buckets = card["buckets"]
        self._heads: tuple[tuple[str, HeadCard], ...] = tuple(card["heads"].items())
        self._weights = weights
        self._kept: dict[str, _Known] = {}

    @classmethod
    def load(cls, card_path: Path) -> "Model":
        """The model whose card this is; its weights lie beside it as ``.npz``.

        Raises: ModelUnusable.
        """
        card = read_card(card_path)
        return cls(card, read_weights(card_path.with_suffix(".npz"), card))

    def score(self, text: str) -> dict[str, Scored]:
        """Every category of the model; none for a text without words. Linear in the length."""
        words = words_of(text)
        if all(word.norm == BREAK for word in words):
            return {}
        found = {}
        sums = self._sums(words)
        for index, ((category, head), total) in enumerate(zip(self._heads, sums, strict=True)):
            probability = _sigmoid(head["slope"] * (total + head["intercept"]) + head["offset"])
            look_from = head["look_from"]
            seen = look_from is not None and probability >= look_from
            pieces = self._pieces(text, words, index) if seen else ()
            found[category] = Scored(probability, look_from, pieces)
        return found

    def raw(self, text: str) -> dict[str, float]:
        """Sum of weights and intercept per category, before calibration."""
        sums = self._sums(words_of(text))
        return {
            category: total + head["intercept"]
            for (category, head), total in zip(self._heads, sums, strict=True)
        }

    def _sums(self, words: list[Word]) -> list[float]:
        mask, entries = self._buckets - 1, self._entries(words)
        # The checksum of a pair goes on from that of its first word, see ``pair_of``.
        pairs = [crc32(second.spaced, first.checksum) & mask for first, second in pairwise(entries)]
        size = sqrt(len(pairs) + sum([entry.size for entry in entries]))
        return [
            (sum([entry.parts[index] for entry in entries]) + sum(map(row.__getitem__, pairs)))
            / size
            for index, row in enumerate(self._weights)
        ]

    def _entries(self, words: list[Word]) -> list["_Known"]:
        kept = self._kept
        return [kept.get(word.norm) or self._keep(word.norm) for word in words]

    def _keep(self, norm: str) -> "_Known":
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        found = [bucket(piece, self._buckets) for piece, _start, _end in pieces_of(norm)]
        coded = norm.encode("utf-8", "surrogatepass")
        entry = self._kept[norm] = _Known(
            len(found),
            tuple([sum([row[at] for at in found]) for row in self._weights]),
            crc32(coded),
            b" " + coded,
        )
        return entry

    def _pieces(self, text: str, words: list[Word], index: int) -> tuple[Piece, ...]:
        """Words and pairs of words, hashed again from this very text: no list of words is kept."""
        row, entries = self._weights[index], self._entries(words)
        size = sqrt(len(words) - 1 + sum([entry.size for entry in entries]))
        found: dict[tuple[int, int], float] = {}
        for word, entry in zip(words, entries, strict=True):
            span = (word.start, word.end)
            found[span] = found.get(span, 0.0) + entry.parts[index]
        for first, second in pairwise(words):
            span = (first.start, second.end)
            weight = row[bucket(pair_of(first.norm, second.norm), self._buckets)]
            found[span] = found.get(span, 0.0) + weight
        ranked = nsmallest(_MOST_PIECES, found.items(), key=lambda entry: (-entry[1], entry[0]))
        least = _LEAST_SHARE * ranked[0][1]
        return tuple(
            Piece(start, end, text[start:end], round(weight / size, 4))
            for (start, end), weight in ranked
            if weight > 0 and weight >= least
        )


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + exp(-min(value, 700.0)))
    grown = exp(max(value, -700.0))
    return grown / (1 + grown)
