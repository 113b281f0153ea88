"""From a text to numbered features: pieces of words and pairs of words, hashed, no vocabulary.

A feature's value is ``count / sqrt(n)`` with ``n`` features in the text: a score is a sum over
words, so each word's part can be kept. Nothing is stored of the texts a model was trained on: a
bucket does not tell the words that fell into it.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple
from zlib import crc32

from inbox.domain.triage.words import BREAK
from moderation.domain.assessment.disguise import read_through

VERSION: Final = 1
"""Raised when the same text gets other features; models of another version are refused."""

LONGEST_TEXT: Final = 4_000
"""Characters that are read; the lists read the rest."""

_LONGEST_WORD: Final = 40
_SIZES: Final = (3, 4, 5)
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)
_HANDLE: Final = "@"
_LINK: Final = "#"
_NUMBER: Final = "0"


class Word(NamedTuple):
    """One word as a model reads it; ``start:end`` in the original text."""

    norm: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """Words in order; names behind @, addresses and numbers count as what they are only."""
    text = text[:LONGEST_TEXT]
    links = [match.span() for match in _ADDRESS.finditer(text)]
    words: list[Word] = []
    for token in read_through(text):
        start, end = token.start, token.end
        if links and start >= links[0][0]:
            if start < links[0][1]:
                if not words or words[-1].start != links[0][0]:
                    words.append(Word(_LINK, *links[0]))
                continue
            links.pop(0)
        # Also where the sign was read as the letter a: a name tells nothing, a disguise is for the
        # lists to see.
        if text[start] == "@" or (start and text[start - 1] == "@"):
            words.append(Word(_HANDLE, start, end))
            continue
        words.append(Word(_plain(token.norm, token.others), start, end))
    return words


@lru_cache(maxsize=20_000)
def _plain(norm: str, others: tuple[str, ...]) -> str:
    if not norm.isascii():
        # The reading without look-alike letters, where there is one.
        norm = next((other for other in others if other.isascii()), norm)
    if norm[0].isdigit() and not any(char.isalpha() for char in norm):
        return _NUMBER
    return _STRETCHED.sub(r"\1\1", norm)[:_LONGEST_WORD] if len(norm) > 2 else norm


def pieces_of(norm: str) -> list[tuple[str, int, int]]:
    """``(piece, start, end)`` of one word: the word itself, and its parts with its borders."""
    whole = [(f"={norm}", 0, len(norm))]
    if norm == BREAK or len(norm) < 2:
        return whole
    padded = f"<{norm}>"
    last = len(norm)
    return whole + [
        (padded[at : at + size], max(at - 1, 0), min(at + size - 1, last))
        for size in _SIZES
        for at in range(len(padded) - size + 1)
    ]


def pair_of(first: str, second: str) -> str:
    """The piece that two neighbours make."""
    return f"{first} {second}"


def bucket(piece: str, buckets: int) -> int:
    """Where a piece is counted: 0 <= bucket < ``buckets`` (a power of two)."""
    return crc32(piece.encode("utf-8", "surrogatepass")) & (buckets - 1)


def buckets_of(text: str, buckets: int) -> list[int]:
    """The bucket of every feature of the text, with repeats; the slow way, used in training."""
    norms = [word.norm for word in words_of(text)]
    found = [bucket(piece, buckets) for norm in norms for piece, _start, _end in pieces_of(norm)]
    found += [bucket(pair_of(first, second), buckets) for first, second in pairwise(norms)]
    return found
