"""Finding many terms in a row of tokens at once.

A term is written as words between spaces:

====================  ==========================================================================
``refund``            exactly this word (after folding)
``bestell*``          words that begin so; ``*bestellung`` that end so; ``*paket*`` that contain it
``paket|sendung*``    one of these
``..``                up to three words of any kind, within the sentence
``<``  ``>``          first / last: beginning or end of a sentence
====================  ==========================================================================

Terms are written in normal spelling; they are folded like the text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from inbox.domain.triage.words import BREAK, Token, fold

MAX_GAP: Final = 3
_LONGEST_WORD: Final = 60


@dataclass(frozen=True, slots=True)
class Term[P]:
    """What to look for (``text``) and what the finder wants to know about it (``payload``)."""

    text: str
    payload: P


@dataclass(frozen=True, slots=True)
class Match[P]:
    """``term`` found in ``tokens[first:last]`` (token indices)."""

    term: Term[P]
    first: int
    last: int


class _Gap:
    """Marks ``..`` in a compiled term."""


_GAP: Final = _Gap()
type _Step = frozenset[int] | _Gap
_NONE: Final[frozenset[int]] = frozenset()


class _Vocabulary:
    """Word patterns, numbered; tells for a word which of them it fits."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._exact: dict[str, set[int]] = {}
        self._prefix: dict[str, set[int]] = {}
        self._suffix: dict[str, set[int]] = {}
        self._inside: list[tuple[str, int]] = []
        self._lengths: tuple[int, ...] = ()

    def number(self, pattern: str) -> int:
        if pattern in self._ids:
            return self._ids[pattern]
        number = self._ids[pattern] = len(self._ids)
        word = pattern.strip("*")
        if not word:
            raise ValueError(f"The pattern {pattern!r} has no letters.")
        if pattern.startswith("*") and pattern.endswith("*"):
            self._inside.append((word, number))
        elif pattern.endswith("*"):
            self._prefix.setdefault(word, set()).add(number)
        elif pattern.startswith("*"):
            self._suffix.setdefault(word, set()).add(number)
        else:
            self._exact.setdefault(word, set()).add(number)
        return number

    def close(self) -> None:
        self._lengths = tuple(sorted({len(w) for w in (*self._prefix, *self._suffix)}))

    def fits(self, word: str) -> frozenset[int]:
        found = set(self._exact.get(word, ()))
        if len(word) <= _LONGEST_WORD:
            for length in self._lengths:
                if length > len(word):
                    break
                found |= self._prefix.get(word[:length], _NONE)
                found |= self._suffix.get(word[-length:], _NONE)
            found.update(number for part, number in self._inside if part in word)
        return frozenset(found) if found else _NONE


class TermFinder[P]:
    """All given terms, ready to be found. Building takes milliseconds; keep the object."""

    def __init__(self, terms: Iterable[Term[P]]) -> None:
        """Raises: ValueError for a term without words or one that begins or ends with a gap."""
        self._vocabulary = _Vocabulary()
        self._by_anchor: dict[int, list[tuple[Term[P], tuple[_Step, ...], bool, bool]]] = {}
        for term in terms:
            self._add(term)
        self._vocabulary.close()
        self._fits = lru_cache(maxsize=50_000)(self._vocabulary.fits)

    def _add(self, term: Term[P]) -> None:
        words = term.text.split()
        at_start, at_end = words[:1] == ["<"], words[-1:] == [">"]
        words = words[at_start : len(words) - at_end]
        if not words or words[0] == ".." or words[-1] == "..":
            raise ValueError(f"The term {term.text!r} must begin and end with a word.")
        steps = tuple(_GAP if word == ".." else self._step(word) for word in words)
        anchor = steps[0]
        if isinstance(anchor, frozenset):
            for number in anchor:
                self._by_anchor.setdefault(number, []).append((term, steps, at_start, at_end))

    def _step(self, word: str) -> frozenset[int]:
        return frozenset(
            self._vocabulary.number(fold(part).text.replace("'", "")) for part in word.split("|")
        )

    def find(self, tokens: Sequence[Token]) -> Iterator[Match[P]]:
        """Matches by place of their first token; at each place every term at most once."""
        ids = [self._token_ids(token) for token in tokens]
        for first, here in enumerate(ids):
            if not here:
                continue
            seen: set[int] = set()
            for number in here:
                for term, steps, at_start, at_end in self._by_anchor.get(number, ()):
                    if at_start and first and tokens[first - 1].norm != BREAK:
                        continue
                    if id(term) in seen:
                        continue
                    last = _end_of(steps, 1, ids, tokens, first + 1)
                    if last < 0 or (at_end and last < len(ids) and tokens[last].norm != BREAK):
                        continue
                    seen.add(id(term))
                    yield Match(term, first, last)

    def _token_ids(self, token: Token) -> frozenset[int]:
        if not token.others:
            return self._fits(token.norm)
        return self._fits(token.norm).union(*map(self._fits, token.others))


def _end_of(
    steps: tuple[_Step, ...],
    at: int,
    ids: Sequence[frozenset[int]],
    tokens: Sequence[Token],
    place: int,
) -> int:
    """Index behind the match of ``steps[at:]`` from token ``place`` on, -1 if there is none."""
    while at < len(steps):
        step = steps[at]
        if isinstance(step, _Gap):
            for skipped in range(MAX_GAP + 1):
                end = _end_of(steps, at + 1, ids, tokens, place + skipped)
                if end >= 0:
                    return end
                if place + skipped >= len(tokens) or tokens[place + skipped].norm == BREAK:
                    return -1
            return -1
        if place >= len(ids) or step.isdisjoint(ids[place]):
            return -1
        at, place = at + 1, place + 1
    return place
