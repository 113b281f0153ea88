"""Assessment of one public text: scores with evidence, and what to do first.

How a score comes about: each signal carries a weight per category; the strongest signal of each
family counts, families add up as ``1 - (1-w1)(1-w2)…``; circumstances (quotation, counter-speech,
negation, joking) multiply the result. Every detector runs by itself: one that fails is named among
the reasons and brings the text before a person, with what the others found.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from inbox.domain.triage.orders import order_numbers
from inbox.domain.triage.words import Token
from moderation.choices import ListEffect
from moderation.domain.assessment.background import Background, add_author, add_repetition
from moderation.domain.assessment.brand_lists import BrandLists, ListHit
from moderation.domain.assessment.disguise import read_through
from moderation.domain.assessment.lists import (
    QUOTED,
    Circumstance,
    WordSignal,
    finder,
    version,
)
from moderation.domain.assessment.results import CATEGORIES, Assessment, Evidence
from moderation.domain.assessment.shapes import shapes_of
from moderation.domain.assessment.tally import MODEL, Tally, score_of
from moderation.domain.assessment.verdict import HIDEABLE, Wanted, decide
from moderation.registries import ModelScore

logger = logging.getLogger(__name__)

HEAD_CHARS: Final = 2_000
TAIL_CHARS: Final = 400
_NO_LISTS: Final = BrandLists()
_NO_SCORES: Final[Mapping[str, ModelScore]] = {}
_QUOTE: Final = re.compile(r"[\"„“”«»][^\"„“”«»\n]{2,200}[\"“”«»]")


def assess_text(
    text: str,
    *,
    known: Background | None = None,
    lists: BrandLists = _NO_LISTS,
    language: str = "",
    model: Mapping[str, ModelScore] | None = _NO_SCORES,
) -> Assessment:
    """Scores and verdict. Pure and deterministic; of a text longer than 2,400 characters both ends
    are read, patterns see the first 5,000, and a person gets it in any case.

    ``language``: of the text, empty if it is not certain. ``model``: what trained models say, None
    if they failed.
    """
    work = _Work(text, known or Background())
    work.run("words", work.read_words)
    work.run("shapes", work.read_shapes)
    work.run("brand_lists", lambda: work.read_lists(lists, language))
    work.run("model", lambda: work.read_model(model))
    work.run("repetition", lambda: add_repetition(work.tallies, text, work.known))
    work.run("order_numbers", work.read_orders)
    work.run("author", lambda: add_author(work.tallies, work.known))
    return work.result(_versions(lists, model))


class _Work:
    """One text while it is assessed."""

    def __init__(self, text: str, known: Background) -> None:
        self.text = text
        self.known = known
        self.tokens: list[Token] = []
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.circumstances: dict[str, Circumstance] = {}
        self.guards: dict[str, None] = {}
        self.wanted = Wanted()
        self.doubts: list[str] = []

    def run(self, name: str, detector: Callable[[], Any]) -> None:
        """A detector that fails is a doubt; it neither stops the others nor hides anything."""
        try:
            detector()
        except Exception:
            logger.exception("detector failed", extra={"detector": name})
            self.doubts.append(f"failed {name}")

    def read_words(self) -> None:
        self.tokens = tokens_of_ends(self.text)
        if len(self.text) > HEAD_CHARS + TAIL_CHARS:
            self.doubts.append("long_text")
        quotes = [match.span() for match in _QUOTE.finditer(self.text)]
        for match in finder().find(self.tokens):
            listed = match.term.payload
            if isinstance(listed, WordSignal):
                start, end = self.tokens[match.first].start, self.tokens[match.last - 1].end
                found = Evidence(start, end, self.text[start:end], match.term.text, listed.name)
                for category in listed.categories:
                    self.tallies[category].add(listed.name, listed.family, listed.weight, found)
                if any(a < end and start < b for a, b in quotes):
                    self.circumstances.setdefault(QUOTED.name, QUOTED)
            elif isinstance(listed, Circumstance):
                self.circumstances.setdefault(listed.name, listed)
            else:
                self.guards.setdefault(listed.name)

    def read_shapes(self) -> None:
        for shape in shapes_of(self.text[:HEAD_CHARS], self.tokens):
            for category, weight in shape.weights.items():
                self.tallies[category].add(shape.name, shape.family, weight, shape.evidence)

    def read_lists(self, lists: BrandLists, language: str) -> None:
        self.doubts += [f"failed list {name}" for name in lists.broken]
        for hit in lists.find(self.text, self.tokens, language=language):
            self._add_hit(hit)

    def _add_hit(self, hit: ListHit) -> None:
        one = hit.found_by
        words = self.text[hit.start : hit.end]
        found = Evidence(hit.start, hit.end, words, hit.term, f"list {one.name}", one.source)
        # All lists of the brand are one family: the same word in three of them is no certainty.
        self.tallies[one.category].add(f"list {one.name}", "brand_lists", one.weight, found)
        if one.effect != ListEffect.SIGNAL:
            first = one.effect == ListEffect.QUEUE_FIRST
            self.wanted.add(one.category, first=first, reason=f"list {one.name} v{one.version}")

    def read_model(self, model: Mapping[str, ModelScore] | None) -> None:
        if model is None:
            self.doubts.append("failed model")
            return
        for category, score in model.items():
            if category in CATEGORIES and score.weight > 0:
                tally = self.tallies[category]
                for found in _of_model(self.text, score):
                    tally.add(MODEL, MODEL, score.weight, found)

    def read_orders(self) -> None:
        if self.known.has_order_number or order_numbers(self.text[:HEAD_CHARS]):
            self.guards.setdefault("order_number")
        if self.known.author_is_known:
            self.guards.setdefault("known_author")

    def result(self, versions: dict[str, str]) -> Assessment:
        around = tuple(self.circumstances.values())
        scores = tuple(score_of(name, self.tallies, around) for name in CATEGORIES)
        certain = {
            name: (tally.score(proven=True), tally.strong())
            for name in HIDEABLE
            if (tally := self.tallies.get(name))
        }
        verdict, category, reasons = decide(
            {s.category: s.score for s in scores},
            certain,
            guards=tuple(self.guards),
            wanted=self.wanted,
            doubts=tuple(dict.fromkeys(self.doubts)),
        )
        return Assessment(verdict, category, scores, reasons, version(), versions)


def tokens_of_ends(text: str) -> list[Token]:
    """Tokens of the text; of a long one those of its beginning and its end."""
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return read_through(text)
    at = len(text) - TAIL_CHARS
    tail = (
        Token(token.norm, token.start + at, token.end + at, token.others)
        for token in read_through(text[at:])
    )
    return [*read_through(text[:HEAD_CHARS]), *tail]


def _of_model(text: str, score: ModelScore) -> Sequence[Evidence]:
    spans = [(a, b) for a, b in score.spans if 0 <= a < b <= len(text)]
    if spans:
        return [Evidence(a, b, text[a:b], text[a:b], "model", score.version) for a, b in spans]
    words = ", ".join(score.features[:5])
    return [Evidence(0, 0, "", words, "model", score.version)]


def _versions(lists: BrandLists, model: Mapping[str, ModelScore] | None) -> dict[str, str]:
    versions = {"signals": version()}
    versions |= {f"list {one.key}": f"v{one.version} {one.sha256[:12]}" for one in lists.lists}
    named: Iterable[str] = sorted({score.version for score in (model or {}).values()})
    if name := ", ".join(named):
        versions["model"] = name
    return versions
