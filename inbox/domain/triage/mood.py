"""Sentiment from weighted words, with negation and emphasis."""

import math
from collections.abc import Sequence, Set
from typing import Final

from inbox.domain.triage.lexicon import Lexicon, Meaning
from inbox.domain.triage.results import Sentiment, Span
from inbox.domain.triage.terms import Match
from inbox.domain.triage.words import BREAK, Token

_NEGATED: Final = -0.7
_BOOSTED: Final = 1.3
_REACH: Final = 3
_SOFTEN: Final = 1.2
MAX_EVIDENCE: Final = 20


def mood_of(
    text: str, tokens: Sequence[Token], hits: Sequence[Match[Meaning]], words: Lexicon
) -> Sentiment:
    """Sum of the weights ``s`` as ``s / sqrt(s² + 1.2)``: one good word is about 0.5.

    A negator up to three words before ("nicht wirklich gut") or, in German, after ("gefällt mir
    nicht") turns the weight round and weakens it. "nicht nur" and "not only" do not negate.
    At most 20 pieces of evidence.
    """
    total = 0.0
    spans: list[Span] = []
    covered = -1
    starts = {hit.first for hit in hits}
    for hit in sorted(hits, key=lambda h: (h.first, h.first - h.last)):
        if hit.first < covered:
            continue
        covered = hit.last
        weight = hit.term.payload.weight
        before = tokens[max(0, hit.first - _REACH) : hit.first]
        if _negated_before(before, words) or _negated_after(tokens, starts, hit, words):
            weight *= _NEGATED
        elif before and before[-1].norm in words.boosters:
            weight *= _BOOSTED
        total += weight
        if len(spans) >= MAX_EVIDENCE:
            continue
        start, end = tokens[hit.first].start, tokens[hit.last - 1].end
        spans.append(Span(start, end, text[start:end], hit.term.text))
    return Sentiment(round(total / math.sqrt(total * total + _SOFTEN), 3), tuple(spans))


def _negated_before(before: Sequence[Token], words: Lexicon) -> bool:
    for index in range(len(before) - 1, -1, -1):
        norm = before[index].norm
        if norm == BREAK:
            return False
        following = before[index + 1].norm if index + 1 < len(before) else ""
        if norm in words.negators and following not in {"nur", "only", "just"}:
            return True
    return False


def _negated_after(
    tokens: Sequence[Token],
    starts: Set[int],
    hit: Match[Meaning],
    words: Lexicon,
) -> bool:
    for index in range(hit.last, min(hit.last + _REACH, len(tokens))):
        norm = tokens[index].norm
        if norm == BREAK or index in starts:
            return False
        if norm in words.negators_after:
            following = tokens[index + 1].norm if index + 1 < len(tokens) else ""
            return following not in {"nur", "wahr"}
    return False
