"""A brand's lists: what they find, what they do, and that verdicts name list and version."""

from typing import Any

import pytest

from moderation.domain.assessment import Background, BrandList, BrandLists, assess_text
from moderation.domain.assessment.assess import tokens_of_ends
from moderation.domain.assessment.brand_lists import MOST_HITS, PatternRefused
from moderation.domain.assessment.user_patterns import checked_pattern


def one_list(*terms: str, **fields: Any) -> BrandList:
    values = {
        "key": "k",
        "name": "Liste",
        "version": 3,
        "sha256": "0123456789abcdef",
        "category": "off_topic",
        "match": "whole",
        "effect": "queue",
        "weight": 0.6,
        "language": "",
    } | fields
    return BrandList(terms=terms, **values)


def found(text: str, *lists: BrandList, language: str = "") -> list[str]:
    hits = BrandLists(lists).find(text, tokens_of_ends(text), language=language)
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize(
    ("term", "text", "hits"),
    [
        ("Ärger", "ärger, ÄRGER! Verärgerung Ärgernis", ["ärger", "ÄRGER"]),
        ("Ärger", "A\u0308rger hier", ["A\u0308rger"]),
        ("nordwind", "N O R D W I N D", ["N O R D W I N D"]),
        ("nordwind", "n0rdw1nd", ["n0rdw1nd"]),
        ("nordwind", "nоrdwind", ["nоrdwind"]),
        ("nordwind", "noooordwind", ["noooordwind"]),
        ("nordwind sport", "bei Nordwind  Sport gibt's das", ["Nordwind  Sport"]),
        ("nordwind sport", "bei n0rdwind sp0rt", ["n0rdwind sp0rt"]),
        ("nordwind sport", "Nordwind. Sport ist gut", []),
        ("nordwind", "Nordwindjacke", []),
        ("24/7", "offen 24/7 hier", ["24/7"]),
        ("🍆", "na 🍆 du", ["🍆"]),
        ("don't", "I DON’T care", ["DON’T"]),
    ],
)
def test_whole_words_are_found_by_unicode_borders(term: str, text: str, hits: list[str]) -> None:
    assert found(text, one_list(term)) == hits


def test_parts_of_words_mark_the_whole_word_and_shorter_entries_stand_for_longer() -> None:
    part = one_list("kredit", "sofortkredit", match="part")

    assert found("Sofortkredite! Und Kreditkarte, Diskredit", part) == [
        "Sofortkredite",
        "Kreditkarte",
        "Diskredit",
    ]


@pytest.mark.parametrize(
    ("pattern", "text", "hits"),
    [
        (r"\bÄrger\b", "Ärger mit ärger, Verärgerung", ["Ärger", "ärger"]),
        (r"nw-\d{4}", "ＮＷ-1234 und n\u200bw-5678", ["ＮＷ-1234", "n\u200bw-5678"]),
        (r"\bgut\w+", "gutschein GUTSCHEIN", ["gutschein", "GUTSCHEIN"]),
    ],
)
def test_patterns_keep_their_place_in_the_original(
    pattern: str, text: str, hits: list[str]
) -> None:
    assert found(text, one_list(pattern, match="pattern")) == hits


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("a" * 201, "at most 200 characters"),
        (r"\w{1,20}x", "too large when compiled"),
        (r"\w{1,200}x", "cannot be used: pattern too large"),
        ("(a*)", "found in every text"),
        (r"(?=a)b", "cannot be used"),
        ("(", "cannot be used"),
    ],
)
def test_patterns_that_could_harm_are_refused_in_words(pattern: str, why: str) -> None:
    with pytest.raises(PatternRefused, match=why):
        checked_pattern(pattern)


def test_one_list_gives_no_more_than_its_share_of_hits() -> None:
    text = "huhu " * 200

    assert len(found(text, one_list("huhu"))) == MOST_HITS
    assert len(found(text, one_list("huhu", key="a"), one_list("huhu", key="b"))) == 2 * MOST_HITS
    assert len(found(text, one_list("hu+hu", match="pattern"))) == MOST_HITS


def test_a_list_for_another_language_is_left_out_unless_it_wants_a_person_at_once() -> None:
    german = one_list("gift", language="de")
    urgent = one_list("gift", language="de", effect="queue_first", key="u")

    assert found("a gift for you", german) == ["gift"]
    assert found("a gift for you", german, language="de") == ["gift"]
    assert found("a gift for you", german, language="en") == []
    assert found("a gift for you", urgent, language="en") == ["gift"]


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"effect": "queue"}, "queue"),
        ({"effect": "queue_first"}, "queue_first"),
        ({"effect": "signal", "weight": 0.3}, "pass"),
        ({"effect": "signal", "weight": 0.6}, "queue"),
        ({"effect": "queue", "weight": 0.01, "category": "other"}, "queue"),
        ({"effect": "queue", "weight": 0.01, "category": "hate"}, "queue_first"),
        ({"effect": "signal", "weight": 0.6, "category": "child_safety"}, "queue_first"),
    ],
)
def test_what_happens_is_what_the_list_says(fields: dict[str, Any], verdict: str) -> None:
    one = one_list("südwind", **fields)

    result = assess_text("Kauft lieber bei Südwind", lists=BrandLists([one]))

    assert result.verdict == verdict
    assert result.category == one.category
    evidence = next(s for s in result.scores if s.category == one.category).evidence
    assert [(e.text, e.term, e.source) for e in evidence] == [
        ("Südwind", "südwind", "Liste v3 0123456789ab")
    ]
    assert result.versions["list k"] == "v3 0123456789ab"
    assert ("list Liste v3" in result.reasons) == (one.effect != "signal")


def test_a_list_that_wants_a_person_keeps_spam_from_being_hidden() -> None:
    spam = "Gratis iPhone 17, nur heute, klick hier: bit.ly/gewinn17"
    asks = BrandLists([one_list("iphone", category="off_topic")])
    counts = BrandLists([one_list("iphone", category="spam", effect="signal")])

    assert assess_text(spam).verdict == "auto_hide"
    assert assess_text(spam, lists=asks).verdict == "queue"
    assert assess_text(spam, lists=counts).verdict == "auto_hide"


def test_many_lists_with_one_word_are_one_family() -> None:
    lists = BrandLists(
        one_list("knaller", key=str(n), name=str(n), category="spam", effect="signal", weight=0.8)
        for n in range(5)
    )

    result = assess_text("Knaller!", lists=lists)

    assert (result.verdict, result.score_of("spam")) == ("queue", 0.8)


def test_several_people_with_one_text_are_a_signal() -> None:
    text = "Diese Firma gehört boykottiert, macht alle mit"

    assert assess_text(text).verdict == "pass"
    burst = assess_text(text, known=Background(same_text_authors=4))
    assert (burst.verdict, burst.category) == ("queue", "spam")
    assert burst.scores[0].evidence[0].signal == "several_authors"


def test_the_author_s_record_weighs_only_where_something_is_suspected() -> None:
    record = Background(hidden_before={"insult": 3, "nonsense": 1}, is_first_contact=True)

    assert assess_text("Schöne Jacke", known=record).verdict == "pass"
    plain, weighed = assess_text("Ihr Idioten"), assess_text("Ihr Idioten", known=record)
    assert weighed.score_of("insult") > plain.score_of("insult") > 0
    assert "hidden_before" in next(s for s in weighed.scores if s.category == "insult").signals


def test_the_author_s_record_never_makes_hiding_certain() -> None:
    text = "Verdiene 5000 € pro Woche von zuhause: http://beispiel.de"
    known = Background(hidden_before={"spam": 9, "scam": 9}, is_first_contact=True)

    result = assess_text(text, known=known)

    assert result.score_of("spam") >= 0.8
    assert (assess_text(text).verdict, result.verdict) == ("queue", "queue")


@pytest.mark.parametrize(
    ("category", "text"),
    [
        ("illegal_offer", "Verkaufe Gras und Koks, meldet euch"),
        ("illegal_offer", "Führerschein kaufen ohne Prüfung"),
        ("illegal_offer", "cocaine for sale, fast shipping"),
        ("illegal_offer", "fake passports available"),
        ("illegal_offer", "Pistolen ohne Waffenschein"),
        ("child_safety", "tausche kinderpornos"),
        ("child_safety", "how old are you, send me a pic"),
        ("child_safety", "sag es nicht deinen Eltern"),
        ("child_safety", "jailbait collection"),
    ],
)
def test_illegal_offers_and_child_safety_are_seen(category: str, text: str) -> None:
    result = assess_text(text)

    wanted = "queue_first" if category == "child_safety" else "queue"
    assert (result.verdict, result.category) == (wanted, category), result


@pytest.mark.parametrize(
    "text",
    [
        "Kann man mit dem Gras im Garten auch barfuß?",
        "Meine Kinder lieben die Jacken, habt ihr auch Mädchengrößen?",
        "Brauche ich für den Kauf einen Ausweis?",
        "My kids love the colours, do you ship passports covers?",
        "How old are you as a company?",
        "Deine Mama kauft hier auch ein",
    ],
)
def test_everyday_talk_near_those_is_left_alone(text: str) -> None:
    assert assess_text(text).verdict == "pass", assess_text(text)
