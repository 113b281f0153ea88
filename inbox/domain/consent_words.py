"""Hearing opt-out, opt-in, help and data requests in a message.

Stopping must be as easy as starting, in any clear wording; so phrases count too. A text that only
mentions such a word ("stop the delivery") is ``unclear``: somebody asks back, nothing is stopped.
Source: GDPR Art. 7(3), 15-21; 47 CFR 64.1200(a)(10). The words are data: ``consent_words.toml``.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from inbox.domain.triage.terms import Match, Term, TermFinder
from inbox.domain.triage.words import BREAK, Token, fold, tokenise

type Kind = Literal["stop", "start", "help", "agree", "data_request", "unclear"]

_READ_CHARS: Final = 4_000
_LONGEST_KEYWORD: Final = 8
_ORDER: Final[tuple[Kind, ...]] = ("stop", "data_request", "start", "help")


@dataclass(frozen=True, slots=True)
class Heard:
    """``kind`` is ``None`` if nothing of the sort was said.

    ``matched`` is the piece of the message, ``rule`` names the list entry (evidence for the
    ledger), ``also`` holds further kinds said in the same message, as a data request beside a
    stop.
    """

    kind: Kind | None
    language: str = "und"
    matched: str = ""
    rule: str = ""
    also: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnWord:
    """A brand's own word, with its key. ``norm`` as ``normalise`` gives it."""

    key: str
    kind: str
    language: str
    norm: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    language: str
    rule: str


@cache
def _data() -> dict[str, Any]:
    path = files("inbox.domain") / "consent_words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _keywords() -> dict[tuple[str, ...], _Entry]:
    return {
        tuple(normalise(word).split()): _Entry(kind, language, f"keyword.{kind}.{word}")
        for kind, lists in _data()["keywords"].items()
        if kind != "agree"
        for language, words in lists.items()
        for word in words
    }


@cache
def _agreeing() -> dict[tuple[str, ...], _Entry]:
    return {
        tuple(normalise(word).split()): _Entry("agree", language, f"keyword.agree.{word}")
        for language, words in _data()["keywords"]["agree"].items()
        for word in words
    }


@cache
def _polite() -> frozenset[str]:
    return frozenset(fold(_data()["polite"]).text.split())


@cache
def _phrases() -> TermFinder[_Entry]:
    return TermFinder(
        Term(phrase, _Entry(kind, language, f"phrase.{kind}.{phrase}"))
        for kind, lists in _data()["phrases"].items()
        for language, phrases in lists.items()
        for phrase in phrases
    )


@cache
def _ambiguity() -> TermFinder[str]:
    lists = _data()["ambiguous"]
    return TermFinder(Term(entry, name) for name in lists for entry in lists[name])


def normalise(text: str) -> str:
    """Lower-case words with single spaces; no punctuation, emoji, accents; ü is ue."""
    return " ".join(_words(tokenise(text[:_READ_CHARS])))


def _words(tokens: Iterable[Token]) -> list[str]:
    return [token.norm for token in tokens if token.norm[0].isalnum()]


def version() -> str:
    """Of the word lists, for the evidence."""
    return str(_data()["version"])


def hear(
    text: str, *, opted_out: bool = False, asked: bool = False, own: Sequence[OwnWord] = ()
) -> Heard:
    """What the message asks for. Reads the first 4,000 characters; linear, pure.

    ``opted_out``: the person has stopped before; only then a bare "yes", or a brand's own word for
    it, means start. ``asked``: they were asked for a consent; only then "yes" means that.
    ``own``: the brand's words in use, compared before those of the product.
    """
    text = text[:_READ_CHARS]
    tokens = tokenise(text)
    words = _words(tokens)
    if not words:
        return Heard(None)
    asks = "?" in fold(text).text
    if len(words) <= _LONGEST_KEYWORD * 2:
        whole = _whole_message(words, opted_out=opted_out, asked=asked, own=own)
        if whole and asks and whole.kind != "help":
            return Heard("unclear", whole.language, text.strip(), f"unclear.{whole.rule}")
        if whole:
            return Heard(_kind(whole.kind), whole.language, text.strip(), whole.rule)
    return _in_phrases(text, tokens, asks=asks, own=_own_phrases(own, opted_out=opted_out))


def _own_entry(word: OwnWord) -> _Entry:
    return _Entry(word.kind, word.language, f"own.{word.kind}.{word.key}")


def _own_phrases(own: Sequence[OwnWord], *, opted_out: bool) -> TermFinder[_Entry] | None:
    terms = [
        Term(word.norm, _own_entry(word))
        for word in own
        if not word.is_whole and (opted_out or word.kind != "start")
    ]
    return TermFinder(terms) if terms else None


def _kind(name: str) -> Kind:
    kinds: dict[str, Kind] = {
        "stop": "stop",
        "start": "start",
        "start_if_stopped": "start",
        "help": "help",
        "agree": "agree",
        "data_request": "data_request",
    }
    return kinds[name]


def _whole_message(
    words: Sequence[str], *, opted_out: bool, asked: bool, own: Sequence[OwnWord]
) -> _Entry | None:
    readings = [list(words), [word for word in words if word not in _polite()]]
    readings += [_said_once(reading) for reading in readings]
    readings += [_stretched(reading) for reading in readings]
    mine = {tuple(word.norm.split()): _own_entry(word) for word in own if word.is_whole}
    for known in (mine, _agreeing() if asked else {}, _keywords()):
        for reading in readings:
            entry = known.get(tuple(reading))
            if entry and (opted_out or not _only_if_stopped(entry)):
                return entry
    return None


def _only_if_stopped(entry: _Entry) -> bool:
    return entry.kind == "start_if_stopped" or entry.rule.startswith("own.start.")


def _said_once(words: list[str]) -> list[str]:
    """``stop stop stop`` is ``stop``."""
    return words[:1] if len(set(words)) == 1 else words


def _stretched(words: list[str]) -> list[str]:
    """``stoooop`` is ``stop``, ``s t o p`` is ``stop``."""
    if len(words) > 1 and all(len(word) == 1 for word in words):
        return ["".join(words)]
    return ["".join(c for i, c in enumerate(w) if w[i - 1 : i] != c) for w in words]


def _in_phrases(
    text: str, tokens: Sequence[Token], *, asks: bool, own: TermFinder[_Entry] | None
) -> Heard:
    best: dict[Kind, Match[_Entry]] = {}
    for finder in (own, _phrases()):
        for match in finder.find(tokens) if finder is not None else ():
            best.setdefault(_kind(match.term.payload.kind), match)
    cues: dict[str, Match[str]] = {}
    for cue in _ambiguity().find(tokens):
        cues.setdefault(cue.term.payload, cue)
    stop = best.get("stop")
    if stop and ("negators" in cues or _asked(tokens, stop, asks=asks)):
        del best["stop"]
        if not best:
            return _heard("unclear", stop, text, tokens, rule=f"unclear.{stop.term.payload.rule}")
    kinds = [kind for kind in _ORDER if kind in best]
    if kinds:
        first = best[kinds[0]]
        return _heard(kinds[0], first, text, tokens, also=tuple(kinds[1:]))
    if "words" in cues and "negators" not in cues:
        return _heard(
            "unclear", cues["words"], text, tokens, rule=f"unclear.{cues['words'].term.text}"
        )
    return Heard(None)


def _asked(tokens: Sequence[Token], stop: Match[_Entry], *, asks: bool) -> bool:
    """A question about stopping is not the wish to stop, unless it is a polite request."""
    if not asks:
        return False
    sentence = stop.first
    while sentence > 0 and tokens[sentence - 1].norm != BREAK:
        sentence -= 1
    opening = tokens[sentence].norm
    requests = {"koennt", "koennen", "koenntet", "koenntest", "kannst", "wuerdet", "can", "could"}
    wants = {"ihr", "sie", "du", "you", "bitte", "please"}
    polite = opening in requests and any(t.norm in wants for t in tokens[sentence : sentence + 3])
    end = next((i for i in range(stop.last, len(tokens)) if tokens[i].norm == BREAK), None)
    is_question = end is not None and tokens[end].end - tokens[end].start >= 1
    return is_question and not polite and opening in _question_words()


@cache
def _question_words() -> frozenset[str]:
    return frozenset(fold(word).text for word in _data()["ambiguous"]["questions"])


def _heard(
    kind: Kind,
    match: Match[_Entry] | Match[str],
    text: str,
    tokens: Sequence[Token],
    *,
    rule: str = "",
    also: tuple[Kind, ...] = (),
) -> Heard:
    start, end = tokens[match.first].start, tokens[match.last - 1].end
    entry = match.term.payload
    language = entry.language if isinstance(entry, _Entry) else "und"
    named = entry.rule if isinstance(entry, _Entry) else entry
    return Heard(kind, language, text[start:end], rule or named, also)
