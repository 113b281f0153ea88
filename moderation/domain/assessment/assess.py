"""Assessment of one public text: scores with evidence, and what to do first.

How a score comes about: each signal carries a weight per category; the strongest signal of each
family counts, families add up as ``1 - (1-w1)(1-w2)…``; circumstances (quotation, counter-speech,
negation, joking) multiply the result. Automation hides spam and scam only, only from 0.9 on, only
with two strong families, never past a guard. What concerns people (hate, threat, self-harm) goes
to people first, on the union of signals: one is enough.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from inbox.domain.triage.orders import order_numbers
from inbox.domain.triage.terms import Match
from inbox.domain.triage.words import Token
from moderation.domain.assessment.disguise import read_through
from moderation.domain.assessment.lists import (
    QUOTED,
    Circumstance,
    Listed,
    WordSignal,
    finder,
    version,
)
from moderation.domain.assessment.results import (
    CATEGORIES,
    Assessment,
    CategoryScore,
    Evidence,
    Verdict,
)
from moderation.domain.assessment.shapes import ShapeSignal, shapes_of
from moderation.registries import ModelScore

HIDE_FROM: Final = 0.9
STRONG: Final = 0.5
STRONG_FAMILIES: Final = 2
FIRST_FROM: Final = 0.5
LOOK_FROM: Final = {
    "spam": 0.6,
    "scam": 0.6,
    "insult": 0.35,
    "hate": 0.3,
    "threat": 0.25,
    "self_harm": 0.25,
    "sexual": 0.5,
    "legal_claim": 0.5,
    "privacy_leak": 0.5,
}
PEOPLE_FIRST: Final = ("hate", "threat", "self_harm")
HIDEABLE: Final = ("spam", "scam")
REPEATED_FROM: Final = 3
MODEL: Final = "model"
_NO_SCORES: Final[Mapping[str, ModelScore]] = {}
_MAX_EVIDENCE: Final = 12
_QUOTE: Final = re.compile(r"[\"„“”«»][^\"„“”«»\n]{2,200}[\"“”«»]")


class _Tally:
    """Signals of one category while they are collected."""

    def __init__(self) -> None:
        self.families: dict[str, float] = {}
        self.signals: dict[str, float] = {}
        self.evidence: list[Evidence] = []

    def add(self, name: str, family: str, weight: float, evidence: Evidence) -> None:
        self.families[family] = max(weight, self.families.get(family, 0.0))
        self.signals[name] = max(weight, self.signals.get(name, 0.0))
        if len(self.evidence) < _MAX_EVIDENCE and evidence not in self.evidence:
            self.evidence.append(evidence)

    def score(self) -> float:
        return _together(self.families.values())

    def is_certain(self) -> bool:
        """Enough to hide, by lists and shapes alone: what a model says is only a reason to look."""
        weights = [weight for family, weight in self.families.items() if family != MODEL]
        strong = sum(weight >= STRONG for weight in weights)
        return _together(weights) >= HIDE_FROM and strong >= STRONG_FAMILIES


def _together(weights: Iterable[float]) -> float:
    doubt = 1.0
    for weight in weights:
        doubt *= 1 - weight
    return 1 - doubt


def assess_text(
    text: str,
    *,
    author_is_known: bool = False,
    has_order_number: bool = False,
    recent_same_text: int = 0,
    model: Mapping[str, ModelScore] = _NO_SCORES,
) -> Assessment:
    """Scores and verdict. Pure, deterministic, linear in the length of the text.

    ``author_is_known``: a customer of the brand or its own staff. ``has_order_number``: the thread
    names one (numbers in the text itself are seen here). ``recent_same_text``: how many items with
    the same text other threads of the brand got lately. ``model``: what trained models say.
    """
    tokens = read_through(text)
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    circumstances: dict[str, Circumstance] = {}
    guards: dict[str, None] = {}
    quotes = [match.span() for match in _QUOTE.finditer(text)]
    for match in finder().find(tokens):
        listed = match.term.payload
        if isinstance(listed, WordSignal):
            evidence = _evidence(text, tokens, match, listed.name)
            for category in listed.categories:
                tallies[category].add(listed.name, listed.family, listed.weight, evidence)
            if any(start < evidence.end and evidence.start < end for start, end in quotes):
                circumstances.setdefault(QUOTED.name, QUOTED)
        elif isinstance(listed, Circumstance):
            circumstances.setdefault(listed.name, listed)
        else:
            guards.setdefault(listed.name)
    _add_shapes(tallies, shapes_of(text, tokens))
    if recent_same_text >= REPEATED_FROM:
        evidence = Evidence(0, len(text), text[:80], "repeated_text", "repeated_text")
        tallies["spam"].add("repeated_text", "repetition", 0.6, evidence)
    _add_model(tallies, text, model)
    if has_order_number or order_numbers(text):
        guards.setdefault("order_number")
    if author_is_known:
        guards.setdefault("known_author")
    scores = tuple(_score(name, tallies.get(name), circumstances.values()) for name in CATEGORIES)
    sure = [name for name in HIDEABLE if name in tallies and tallies[name].is_certain()]
    verdict, reasons = _decide({s.category: s.score for s in scores}, sure, tuple(guards))
    named = sorted({version(), *(score.version for score in model.values())}, reverse=True)
    return Assessment(verdict, scores, reasons, " ".join(named))


def _evidence(text: str, tokens: Sequence[Token], match: Match[Listed], signal: str) -> Evidence:
    start, end = tokens[match.first].start, tokens[match.last - 1].end
    return Evidence(start, end, text[start:end], match.term.text, signal)


def _add_shapes(tallies: Mapping[str, _Tally], found: Iterable[ShapeSignal]) -> None:
    for shape in found:
        for category, weight in shape.weights.items():
            tallies[category].add(shape.name, shape.family, weight, shape.evidence)


def _add_model(tallies: Mapping[str, _Tally], text: str, model: Mapping[str, ModelScore]) -> None:
    for category, score in model.items():
        if score.weight > 0:
            for start, end in score.spans or ((0, 0),):
                evidence = Evidence(start, end, text[start:end], score.version, MODEL)
                tallies[category].add(MODEL, MODEL, score.weight, evidence)


def _score(
    category: str, tally: _Tally | None, circumstances: Iterable[Circumstance]
) -> CategoryScore:
    if tally is None:
        return CategoryScore(category, 0.0)
    score = tally.score()
    lowering = [c for c in circumstances if category in c.categories]
    # The strongest circumstance counts once: two jokes do not make a threat disappear.
    score *= min((c.factor for c in lowering), default=1.0)
    ranked = sorted(tally.signals, key=lambda name: (-tally.signals[name], name))
    names = tuple(c.name for c in lowering)
    return CategoryScore(category, round(score, 3), tuple(ranked), tuple(tally.evidence), names)


def _decide(
    scores: Mapping[str, float], sure: Sequence[str], guards: Sequence[str]
) -> tuple[Verdict, tuple[str, ...]]:
    reached = [name for name in CATEGORIES if scores[name] >= LOOK_FROM[name]]
    reasons = tuple(f"{name} {scores[name]:.2f}" for name in reached)
    if any(scores[name] >= FIRST_FROM for name in PEOPLE_FIRST):
        return "queue_first", reasons
    others = [name for name in reached if name in (*PEOPLE_FIRST, "legal_claim")]
    if sure and not guards and not others:
        return "auto_hide", reasons
    if sure:
        reasons += tuple(f"guard {name}" for name in guards)
    return ("queue" if reached else "pass"), reasons
