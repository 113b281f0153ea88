"""Assessment of comments: how many a second on one core, and what one hostile text costs.

Measured: ``assess_text`` with everything a live brand has: the lists that come along, four word
lists of the brand with 1,200 words, 400 parts of words and 10 patterns, and the German model
that comes along, in one process, processor time. Comments of 60 to 200 characters are put
together from sentences of our own in German and English, each text once, so that no cache of whole
texts helps. The batch figure is the median of five rounds; the single one is the 99th percentile.

Hostile: texts of 100 kB that repeat what costs most, and patterns that explode elsewhere, on texts
made for them. Each is the slowest of its kind, median of five.

Baseline, in the same process: the same words and patterns as one alternation of ``re``, whole words
by ``\\b``, over the lower-case text: no disguises, no evidence by list, no scores. For hostile
patterns the baseline is the same pattern in ``re``, on a text long enough to take it half a second.
"""

import random
import re
import statistics
import time
from collections.abc import Callable, Sequence

from bench.report import Options, Result
from inbox.domain.triage.patterns import compile_pattern
from moderation.domain.assessment import (
    Assessment,
    Background,
    BrandList,
    BrandLists,
    all_model_scores,
    assess_text,
    model_scores,
)
from moderation.domain.models import shelf

WANTED_PER_S = 2_000
WANTED_MS = 10.0
_SENTENCES = (
    "Die neue Jacke ist wirklich warm.", "Wann kommt mein Paket endlich an?",
    "Ich finde den Preis zu hoch!", "Gibt es das auch in Größe M?", "Ihr habt tolle Leute hier.",
    "So ein Mist, schon wieder weg 😡", "Kann ich mit PayPal bezahlen?", "Ganz große Liebe 😍",
    "The zip broke after two weeks.", "Do you ship to Austria?", "Love the colour, well done!",
    "This is the third time I ask.", "Klick hier: bit.ly/gewinn", "Ihr Idioten habt keine Ahnung",
    "G r a t i s für alle", "Das ist n1cht euer Ernst", "My order never arrived, very sad.",
    "Schreibt mir bitte eine Nachricht", "Ich hatte nach der Retoure gefragt", "Ärgerlich, gut.",
)  # fmt: skip
_HOSTILE = (
    "ich will nicht ", "1,", "@!$1a", "+49 1", "kill ", "a a ", '"', "а1", "www.", "DE12 ", "a.b.",
    "ä\u0308\u200b", "i d i o t ", "x",
)  # fmt: skip
_PATTERNS = (
    ("(a+)+$", "a", "!"), (r"(\w+\s?)*!$", "wort ", "?"), ("(a|aa)+$", "a", "b"),
    ("(.*a){8}$", "a", "b"), (r"([a-z]+)*\d", "z", "!"),
)  # fmt: skip
_HUNDRED_KB = 100_000


def measure(options: Options) -> list[Result]:
    rng = random.Random(5)  # noqa: S311 -- the same made-up texts every time
    lists, words, parts, patterns = _lists(rng)
    texts = _texts(rng, 2_000 if options.quick else 8_000)
    rounds = 3 if options.quick else 5
    ours = BrandLists(lists)
    plain = re.compile(rf"\b(?:{'|'.join(words)})\b|{'|'.join((*parts, *patterns))}", re.IGNORECASE)
    assess_text(texts[0], lists=ours)

    def batch() -> None:
        scores = all_model_scores(texts, ["de"] * len(texts))
        for text, found in zip(texts, scores, strict=True):
            assess_text(text, lists=ours, model=found, known=Background(is_first_contact=True))

    def baseline() -> None:
        for text in texts:
            plain.findall(text.lower())

    pairs = [
        (len(texts) / _cpu_s(batch), len(texts) / _cpu_s(baseline)) for _round in range(rounds)
    ]
    per_s, plain_per_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    single = _p99(lambda text: _judged(text, ours), texts[:2_000])
    single_plain = _p99(lambda text: plain.findall(text.lower()), texts[:500])
    return [
        Result(
            "assess comments, batch on one core",
            per_s,
            "comments/s",
            plain_per_s,
            statistics.median(one / two for one, two in pairs),
            target=f"at least {WANTED_PER_S:,}",
            is_met=per_s >= WANTED_PER_S,
            notes=[
                f"{statistics.mean(map(len, texts)):.0f} characters on average,"
                f" model {shelf.version('de')}"
            ],
        ),
        Result(
            "assess one comment, p99",
            single,
            "ms",
            single_plain,
            single / single_plain,
            target=f"below {WANTED_MS:.0f} ms",
            is_met=single < WANTED_MS,
        ),
        _long_texts(ours, plain, rounds),
        _hostile_patterns(rounds),
    ]


def _judged(text: str, lists: BrandLists) -> Assessment:
    return assess_text(text, lists=lists, model=model_scores(text, "de"))


def _lists(
    rng: random.Random,
) -> tuple[list[BrandList], list[str], list[str], list[str]]:
    def word(most: int) -> str:
        return "".join(rng.choice("abdefghiklmnoprstuwz") for _ in range(rng.randint(5, most)))

    words = [word(11) for _ in range(1_200)]
    parts = [word(7) for _ in range(400)]
    patterns = [rf"{word(6)}[0-9]{{2,4}}" for _ in range(10)]

    def made(key: str, match: str, terms: Sequence[str]) -> BrandList:
        return BrandList(key, key, 1, "0" * 64, "spam", match, "queue", 0.6, "", tuple(terms))

    lists = [
        made("words-1", "whole", words[:600]),
        made("words-2", "whole", words[600:]),
        made("parts", "part", parts),
        made("patterns", "pattern", patterns),
    ]
    return lists, words, parts, patterns


def _texts(rng: random.Random, count: int) -> list[str]:
    def name() -> str:
        return "".join(rng.choice("abdefghiklmnoprstuwz") for _ in range(9))

    return [
        f"{' '.join(rng.choices(_SENTENCES, k=rng.randint(2, 5)))} {name()}" for _ in range(count)
    ]


def _long_texts(lists: BrandLists, plain: re.Pattern[str], rounds: int) -> Result:
    found = []
    for seed in _HOSTILE:
        text = (seed * _HUNDRED_KB)[:_HUNDRED_KB]
        spent = [_cpu_s(lambda text=text: _judged(text, lists)) for _r in range(rounds)]
        found.append((statistics.median(spent) * 1e3, seed, text))
    slowest = max(found)
    base = _cpu_s(lambda: plain.findall(slowest[2].lower())) * 1e3
    return Result(
        "assess 100 kB of hostile text, slowest of its kinds",
        slowest[0],
        "ms",
        base,
        slowest[0] / base,
        target=f"below {WANTED_MS:.0f} ms",
        is_met=slowest[0] < WANTED_MS,
        notes=[f"slowest: {slowest[1]!r} repeated; ends are read, a person gets the text"],
    )


def _hostile_patterns(rounds: int) -> Result:
    found = []
    for source, seed, end in _PATTERNS:
        pattern = compile_pattern(source)
        text = f"{(seed * _HUNDRED_KB)[: _HUNDRED_KB - 1]}{end}"
        one = BrandList("p", "p", 1, "0" * 64, "spam", "pattern", "queue", 0.6, "", (source,))
        lists = BrandLists([one])
        spent = [_cpu_s(lambda a=lists, b=text: list(a.find(b, ()))) for _r in range(rounds)]
        found.append((statistics.median(spent) * 1e3, pattern.source, seed, end))
    slowest = max(found)
    chars, base_ms = _readable_by_re(*slowest[1:])
    return Result(
        "hostile patterns on 100 kB, slowest of five",
        slowest[0],
        "ms",
        base_ms,
        slowest[0] / base_ms,
        target=f"below {WANTED_MS:.0f} ms",
        is_met=slowest[0] < WANTED_MS,
        notes=[f"{slowest[1]}; re takes the baseline's time for {chars} characters"],
    )


def _readable_by_re(source: str, seed: str, end: str) -> tuple[int, float]:
    """Length of a text that takes ``re`` half a second, and its milliseconds."""
    pattern, chars, spent = re.compile(source), 8, 0.0
    while chars < _HUNDRED_KB:
        text = f"{(seed * chars)[:chars]}{end}"
        spent = _cpu_s(lambda text=text: pattern.search(text))
        if spent > 0.5:
            break
        chars += 2 if spent > 0.01 else max(1, chars // 4)
    return chars, spent * 1e3


def _cpu_s(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return max(time.process_time() - began, 1e-9)


def _p99(act: Callable[[str], object], texts: Sequence[str]) -> float:
    """Milliseconds of processor time."""
    return statistics.quantiles([_cpu_s(lambda t=text: act(t)) for text in texts], n=100)[98] * 1e3
