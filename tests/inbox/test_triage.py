"""Language, several intents, evidence, sentiment, urgency, order numbers, speed."""

import json
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.domain.triage import INTENTS, classify


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Wo ist mein Paket?", "", "de"),
        ("Where is my parcel?", "", "en"),
        ("Des is fei echt guad, euer Kaffee!", "", "de"),
        ("ok", "", "und"),
        ("ok", "de-AT", "de"),
        ("ok", "fr", "und"),
        ("danke", "", "de"),
        ("😍😍", "de", "und"),
        ("", "de", "und"),
        ("12345", "en", "und"),
        ("Привет, где мой заказ?", "de", "und"),
        ("مرحبا، هل توصلون؟", "en", "und"),
    ],
)
def test_classify_language(text: str, hint: str, language: str) -> None:
    assert classify(text, locale_hint=hint).language == language


def test_classify_finds_several_intents_with_evidence_in_place() -> None:
    text = "Die Jacke ist undicht, ich will mein Geld zurück. Bestellnummer NW-104823"

    result = classify(text)

    names = {intent.name for intent in result.intents}
    assert {"refund", "complaint"} <= names
    assert result.order_numbers == ("NW-104823",)
    for intent in result.intents:
        assert 0.35 <= intent.confidence <= 1
        for span in intent.evidence:
            assert text[span.start : span.end] == span.text
    refund = next(intent for intent in result.intents if intent.name == "refund")
    assert "will mein Geld zurück" in {span.text for span in refund.evidence}


def test_classify_says_other_when_nothing_speaks() -> None:
    result = classify("Meine Schwester heißt auch so")

    assert [intent.name for intent in result.intents] == ["other"]
    assert (result.sentiment.score, result.urgency) == (0, 0)
    assert result.version == "lexicon-2026.11"


def test_classify_same_for_umlauts_spelt_out_and_decomposed() -> None:
    text = "Ich möchte meine Bestellung zurückgeben, der Ärger ist groß"
    spelt = "Ich moechte meine Bestellung zurueckgeben, der Aerger ist gross"

    expected = [(i.name, i.confidence) for i in classify(text).intents]
    for other in (spelt, unicodedata.normalize("NFD", text), text.upper()):
        assert [(i.name, i.confidence) for i in classify(other).intents] == expected


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Ganz toller Kaffee, danke!", 0.5, 1),
        ("Das ist wirklich nicht gut", -0.7, -0.1),
        ("Gefällt mir gar nicht", -0.7, -0.1),
        ("Nicht nur schön, auch warm", 0.2, 1),
        ("Die Jacke ist nicht schlecht", 0.1, 0.7),
        ("So ein Schrott, eine Frechheit", -1, -0.6),
        ("This is not good at all", -0.7, -0.1),
        ("Not bad!", 0.1, 0.7),
        ("Absolutely love it, best coffee ever", 0.7, 1),
        ("Worst service ever, terrible", -1, -0.6),
        ("Wie schwer ist das Zelt?", 0, 0),
        ("😍😍😍", 0.8, 1),
    ],
)
def test_classify_sentiment_with_negation(text: str, low: float, high: float) -> None:
    assert low <= classify(text).sentiment.score <= high


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("Wie schwer ist das Zelt?", 0),
        ("Kommt das noch bis Freitag?", 1),
        ("Ich brauche dringend eine Antwort", 2),
        ("Our production system is down", 2),
        ("Der Kocher ist explodiert", 3),
        ("There was glass in the bag", 3),
        ("Gewinne jetzt sofort ein gratis iPhone, klick hier: bit.ly/x", 0),
    ],
)
def test_classify_urgency(text: str, urgency: int) -> None:
    assert classify(text).urgency == urgency


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("NW-104823", ("NW-104823",)),
        ("Bestellung 88213 und nochmal NW-104823, NW-104823", ("88213", "NW-104823")),
        ("Bestellnummer lautet 4711-12", ("4711-12",)),
        ("order #A-5531", ("A-5531",)),
        ("invoice no. 20118", ("20118",)),
        ("Ruf mich an: 0176 55512345", ()),
        ("DE89 3704 0044 0532 0130 00", ()),
        ("Seit 2019 dabei, 10000 Schritte, WM2026, am 24.12.2026", ()),
        ("https://shop.example/NW-104823", ()),
    ],
)
def test_classify_order_numbers(text: str, numbers: tuple[str, ...]) -> None:
    assert classify(text).order_numbers == numbers


@settings(deadline=None)
@given(st.text(max_size=400))
def test_classify_any_text_gives_sound_json(text: str) -> None:
    result = classify(text)

    assert result.intents
    assert all(intent.name in INTENTS for intent in result.intents)
    assert -1 <= result.sentiment.score <= 1
    assert 0 <= result.urgency <= 3
    json.dumps(result.to_json())
    for span in result.sentiment.evidence:
        assert text[span.start : span.end] == span.text


@pytest.mark.parametrize(
    "unit",
    [
        "1,",
        "a'",
        "ä",
        "?! ",
        "wo ist ",
        "nicht gut ",
        "#1-",
        "Bestellung ",
        "😍",
        "ich will nicht ",
        "a\u0308",
    ],
)
def test_classify_time_grows_with_length_only(unit: str) -> None:
    def seconds(chars: int) -> float:
        text = (unit * chars)[:chars]
        started = time.process_time()
        classify(text)
        return time.process_time() - started

    classify("warm up, bitte lade alles jetzt")
    short, long = min(seconds(25_000) for _ in range(2)), seconds(100_000)

    # Four times the length; quadratic work would take sixteen times as long.
    assert long < max(10 * short, 1.5)
    assert long < 5
