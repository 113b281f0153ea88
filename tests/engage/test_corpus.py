"""The demo corpus holds what it promises, and moderation treats it fairly."""

from collections import Counter

import pytest

from engage.demo.corpus import BRANDS, Entry, load, posts
from engage.demo.corpus.loading import LONGEST_AGO_MINUTES
from inbox.domain.consent_words import hear
from moderation.domain.assessment import assess_text

PEOPLE_FIRST = {"threat", "self_harm", "hate"}
COUNTS_KIND = {"dm": 127, "comment": 130}
COUNTS_LANGUAGE = {"de": 137, "en": 118, "ar": 1, "he": 1}
COUNTS_TOPIC = {
    "collaboration": 7,
    "complaint": 17,
    "counter_speech": 2,
    "data_request": 6,
    "emoji": 5,
    "hate": 1,
    "help": 5,
    "hostile": 4,
    "image": 6,
    "insult": 9,
    "lead": 7,
    "legal": 4,
    "order_status": 9,
    "other": 12,
    "praise": 24,
    "price": 16,
    "purchase": 10,
    "question": 40,
    "refund": 10,
    "safety": 3,
    "self_harm": 1,
    "spam": 28,
    "start": 3,
    "stop": 10,
    "support": 14,
    "threat": 1,
    "voice": 3,
}


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return [entry for brand in BRANDS for entry in load(brand)]


def test_corpus_counts_are_as_promised(entries: list[Entry]) -> None:
    assert Counter(e.brand for e in entries) == {
        "acme/north": 92,
        "acme/south": 82,
        "globex/main": 83,
    }
    assert Counter(e.kind for e in entries) == COUNTS_KIND
    assert Counter(e.language for e in entries) == COUNTS_LANGUAGE
    assert Counter(e.topic for e in entries) == COUNTS_TOPIC


def test_corpus_holds_the_awkward_cases(entries: list[Entry]) -> None:
    actions = Counter(f.action for e in entries for f in e.follow_ups)
    media = Counter(e.media.type for e in entries if e.media)
    nameless = {e.person.id for e in entries if e.kind == "dm" and not e.person.phone}

    assert actions == {"edit": 4, "remove": 3, "reply": 2}
    assert media == {"image": 6, "audio": 3}
    assert len(nameless) == 3
    assert max(e.person.followers for e in entries) == 84_000
    assert any("<script>" in e.text for e in entries)
    assert any("\u202e" in e.text for e in entries)
    assert {e.topic for e in entries if not e.text} == {"voice"}


def test_corpus_times_and_people_hold_together(entries: list[Entry]) -> None:
    assert len({e.key for e in entries}) == len(entries)
    for brand in BRANDS:
        ages = [entry.minutes_ago for entry in load(brand)]
        assert ages == sorted(ages, reverse=True)
    for entry in entries:
        assert 0 <= entry.minutes_ago <= LONGEST_AGO_MINUTES
        assert (entry.post is None) == (entry.kind == "dm")
        assert (entry.kind == "dm") == (entry.channel == "whatsapp")
        assert all(f.after_minutes < entry.minutes_ago for f in entry.follow_ups)
        if entry.kind == "dm":
            assert entry.person.bsuid
        if entry.post:
            assert entry.post in posts(entry.brand)
            assert entry.post.minutes_ago > entry.minutes_ago


def test_load_refuses_unknown_brand() -> None:
    with pytest.raises(KeyError, match="no demo corpus for 'acme/west'"):
        load("acme/west")


def test_corpus_spam_is_hidden_and_nothing_else(entries: list[Entry]) -> None:
    hidden = [e for e in entries if assess_text(e.text).verdict == "auto_hide"]
    spam = [e for e in entries if e.topic == "spam"]

    assert [e.text for e in hidden if e.topic != "spam"] == []
    assert len(hidden) >= 0.8 * len(spam)


def test_corpus_people_are_seen_first_and_questions_pass(entries: list[Entry]) -> None:
    verdicts = {e.key: assess_text(e.text).verdict for e in entries}

    first = {e.key for e in entries if verdicts[e.key] == "queue_first"}
    assert first == {e.key for e in entries if e.topic in PEOPLE_FIRST}
    for entry in entries:
        if entry.topic in {"insult", "legal"}:
            assert verdicts[entry.key] == "queue", entry.text
        elif entry.topic not in PEOPLE_FIRST | {"spam"}:
            assert verdicts[entry.key] == "pass", entry.text


def test_corpus_words_of_consent_are_heard(entries: list[Entry]) -> None:
    for entry in entries:
        expected = entry.topic if entry.topic in {"stop", "start", "help", "data_request"} else None
        heard = hear(entry.text).kind
        assert heard == expected or (heard == "unclear" and expected is None), entry.text
