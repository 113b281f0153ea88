"""Users' patterns and word lists: Unicode borders, refusals in words, no blow-up; notation."""

import time

import pytest

from inbox.domain.triage.patterns import PatternRefused, WordList, compile_pattern
from inbox.domain.triage.terms import Term, TermFinder
from inbox.domain.triage.words import tokenise


@pytest.mark.parametrize(
    ("pattern", "text", "hits"),
    [
        (r"\bÄrger\b", "ärger, Ärger! Verärgerung", ["ärger", "Ärger"]),
        (r"\brabatt\w*", "RABATTÄKTION und Studentenrabatt", ["RABATTÄKTION"]),
        (r"nw-\d{6}", "NW-104823 und NW-1", ["NW-104823"]),
        (r"[\wß]+straße", "Müllerstraße 5", ["Müllerstraße"]),
        (r"x*", "ab", []),
        (r"gut\S+", "gutschein gut", ["gutschein"]),
    ],
)
def test_compile_pattern_finds_by_unicode(pattern: str, text: str, hits: list[str]) -> None:
    assert [text[start:end] for start, end in compile_pattern(pattern).find(text)] == hits


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "The pattern is empty."),
        ("  ", "The pattern is empty."),
        ("a" * 501, "longer than 500 characters"),
        (r"(a)\1", "cannot be used: invalid escape sequence"),
        ("(?=a)b", "cannot be used: invalid perl operator"),
        ("a{1,2000}", "cannot be used: invalid repetition size"),
        ("(", "cannot be used: missing )"),
        (r"a\bb", "only at the very beginning or end"),
    ],
)
def test_compile_pattern_refuses_in_words(pattern: str, reason: str) -> None:
    with pytest.raises(PatternRefused) as refusal:
        compile_pattern(pattern)

    assert reason in refusal.value.message


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(\w+\s?)*!$", r"(a|aa)+$"])
def test_find_does_not_blow_up(pattern: str) -> None:
    safe = compile_pattern(pattern)
    started = time.process_time()
    list(safe.find("a" * 5_000 + "b"))

    assert time.process_time() - started < 2


def test_word_list_matches_whole_words_and_names_the_entry() -> None:
    words = WordList(["Über", "*paket*", "geld zurück", "wo .. bleibt"])

    text = "Wo um Himmels willen bleibt das Postpaket? Geld zurück! Tüber überall"
    assert [(text[start:end], entry) for start, end, entry in words.find(text)] == [
        ("Wo um Himmels willen bleibt", "wo .. bleibt"),
        ("Postpaket", "*paket*"),
        ("Geld zurück", "geld zurück"),
    ]


@pytest.mark.parametrize("entry", ["", "***", "..", "geld .."])
def test_word_list_refuses_what_is_no_word(entry: str) -> None:
    with pytest.raises(PatternRefused):
        WordList(["gut", entry])


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("refund", "Refunds", False),
        ("refund*", "Refunds", True),
        ("*bestellung", "Vorbestellung", True),
        ("a|b c", "b c", True),
        ("a .. d", "a b c c d", True),
        ("a .. d", "a b c c c d", False),
        ("a .. d", "a. d", False),
        ("a d", "a, d", True),
        ("< a", "b a", False),
        ("< a", "b. a", True),
        ("a >", "a!", True),
        ("a >", "a b", False),
        ("dont", "don’t", True),
        ("€", "5 €", True),
    ],
)
def test_term_notation(term: str, text: str, found: bool) -> None:
    finder = TermFinder([Term(term, None)])

    assert bool(list(finder.find(tokenise(text)))) is found


def test_tokenise_keeps_places_in_the_original() -> None:
    text = "A\u0308rger\u200b über 12,50 € 👍🏽"

    assert [(t.norm, text[t.start : t.end]) for t in tokenise(text)] == [
        ("aerger", "A\u0308rger"),
        ("ueber", "über"),
        ("12,50", "12,50"),
        ("€", "€"),
        ("👍", "👍"),
    ]
