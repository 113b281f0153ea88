"""Triage of one text: language, intents, sentiment, urgency, order numbers.

How a confidence comes about: every lexicon entry found in the text carries a weight (0.75, 0.5
or 0.25: how far it alone takes the intent). Entries that do not overlap add up as independent
hints, ``1 - (1-w1)(1-w2)…``; each different entry that speaks against the intent halves the sum.
Besides words there are few other hints, listed in ``_hints``. The number orders and filters; it is
no probability; the measured quality is printed by ``tests/inbox/test_triage_quality.py``.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from inbox.domain.triage.language import detect
from inbox.domain.triage.lexicon import AGAINST, LANGUAGES, VERSION, Meaning, lexicon
from inbox.domain.triage.mood import MAX_EVIDENCE, mood_of
from inbox.domain.triage.orders import order_numbers
from inbox.domain.triage.results import INTENTS, Intent, Sentiment, Span, TriageResult
from inbox.domain.triage.terms import Match
from inbox.domain.triage.words import Token, tokenise

MIN_CONFIDENCE: Final = 0.35
QUESTION_CAP: Final = 0.55
"""``question`` is what remains when nothing says what the question is about."""
_SURE_LANGUAGE: Final = 0.8
_MOODY: Final = 0.4
_SHOUTING: Final = 3
_RANK: Final = {name: rank for rank, name in enumerate(INTENTS)}


def classify(text: str, *, locale_hint: str = "") -> TriageResult:
    """What the text is about. Pure, deterministic, linear in the length of the text.

    ``locale_hint`` (``de``, ``en-GB`` …) decides only where the text itself does not.
    """
    tokens = tokenise(text)
    language, sureness = detect(text, tokens, locale_hint=locale_hint)
    sure = language != "und" and sureness >= _SURE_LANGUAGE
    words = lexicon(language) if sure else lexicon(*LANGUAGES)
    hits: dict[str, list[Match[Meaning]]] = defaultdict(list)
    for match in words.finder.find(tokens):
        hits[match.term.payload.kind].append(match)
    numbers = order_numbers(text)
    mood = mood_of(text, tokens, hits["sentiment"], words)
    intents = _intents(text, tokens, hits, list(_hints(text, numbers, mood)))
    urgency, why = _urgency(text, tokens, hits["urgency"], intents, mood)
    return TriageResult(
        language=language,
        language_confidence=sureness,
        intents=intents,
        sentiment=mood,
        urgency=urgency,
        urgency_evidence=why,
        order_numbers=tuple(dict.fromkeys(number for _, _, number in numbers)),
        version=VERSION,
    )


def _span(text: str, tokens: Sequence[Token], match: Match[Meaning]) -> Span:
    start, end = tokens[match.first].start, tokens[match.last - 1].end
    return Span(start, end, text[start:end], match.term.text)


def _hints(
    text: str, numbers: Sequence[tuple[int, int, str]], mood: Sentiment
) -> Iterator[tuple[str, float, tuple[Span, ...]]]:
    mark = text.find("?")
    if mark >= 0:
        yield "question", 0.4, (Span(mark, mark + 1, "?", "?"),)
    if numbers:
        start, end, number = numbers[0]
        yield "order_status", 0.4, (Span(start, end, text[start:end], f"order number {number}"),)
    if mood.score >= _MOODY:
        yield "praise", 0.4, mood.evidence
    elif mood.score <= -_MOODY:
        yield "complaint", 0.4, mood.evidence
    for link in ("http://", "https://", "www."):
        at = text.lower().find(link)
        if at >= 0:
            yield "spam", 0.3, (Span(at, at + len(link), text[at : at + len(link)], "link"),)
            break


def _intents(
    text: str,
    tokens: Sequence[Token],
    hits: dict[str, list[Match[Meaning]]],
    hints: Sequence[tuple[str, float, tuple[Span, ...]]],
) -> tuple[Intent, ...]:
    doubt: dict[str, float] = defaultdict(lambda: 1.0)
    evidence: dict[str, list[Span]] = defaultdict(list)
    for name, weight, spans in hints:
        doubt[name] *= 1 - weight
        evidence[name].extend(spans)
    covered: dict[str, int] = defaultdict(int)
    strongest_first = sorted(
        hits["intent"], key=lambda m: (-m.term.payload.weight, m.first - m.last, m.first)
    )
    taken: dict[str, set[int]] = defaultdict(set)
    for match in strongest_first:
        name = match.term.payload.name
        places = range(match.first, match.last)
        if covered[name] >= MAX_EVIDENCE or not taken[name].isdisjoint(places):
            continue
        taken[name].update(places)
        covered[name] += 1
        doubt[name] *= 1 - match.term.payload.weight
        evidence[name].append(_span(text, tokens, match))
    against = {(m.term.payload.name, m.term.text) for m in hits["against"]}
    found = []
    for name, left in doubt.items():
        confidence = 1 - left
        for other, _ in against:
            confidence *= AGAINST if other == name else 1.0
        if name == "question":
            confidence = min(confidence, QUESTION_CAP)
        if confidence >= MIN_CONFIDENCE:
            spans = tuple(sorted(evidence[name][:MAX_EVIDENCE], key=lambda s: (s.start, s.end)))
            found.append(Intent(name, round(confidence, 3), spans))
    found.sort(key=lambda i: (-i.confidence, _RANK[i.name]))
    return tuple(found) or (Intent("other", round(1 - MIN_CONFIDENCE, 3), ()),)


def _urgency(
    text: str,
    tokens: Sequence[Token],
    hits: Sequence[Match[Meaning]],
    intents: Sequence[Intent],
    mood: Sentiment,
) -> tuple[int, tuple[Span, ...]]:
    for intent in intents:
        if intent.name == "safety" and intent.confidence >= 0.7:
            return 3, intent.evidence
    if intents[0].name == "spam":
        return 0, ()
    level = max((int(hit.term.payload.weight) for hit in hits), default=0)
    why = [_span(text, tokens, hit) for hit in hits[:MAX_EVIDENCE]]
    if level == 0 and mood.score <= -0.6:
        level, why = 1, list(mood.evidence[:MAX_EVIDENCE])
    if level == 1 and text.count("!") >= _SHOUTING:
        level = 2
    return level, tuple(why)
