"""What is heard as stop, start, help, data request, and what only sounds like it."""

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.domain.consent_words import Heard, OwnWord, hear, normalise

STOP = [
    "STOP",
    "stop",
    "Stopp",
    "STOPP!!!",
    " stop. ",
    "Stop bitte",
    "bitte stop",
    "please stop",
    "Stop 🛑",
    "stop stop stop",
    "STOOOP",
    "S T O P",
    "Ｓｔｏｐ",
    "s\u200btop",
    "Kündigen",
    "KUENDIGEN",
    "Abmelden",
    "abbestellen bitte",
    "Austragen",
    "Widerruf",
    "Ende",
    "Keine Nachrichten mehr",
    "unsubscribe",
    "STOPALL",
    "Opt out",
    "opt-out",
    "OPTOUT",
    "quit",
    "cancel",
    "end",
    "Revoke",
    "Bitte keine Nachrichten mehr",
    "Ich möchte keine Nachrichten mehr von euch bekommen.",
    "Hör auf mir zu schreiben",
    "Hört bitte auf, mich ständig anzuschreiben und mir zu schreiben!",
    "Bitte nicht mehr anschreiben",
    "Könnt ihr bitte aufhören mir zu schreiben?",
    "Ich möchte keine WhatsApp mehr bekommen",
    "stop sending!",
    "Stoppt die Nachrichten",
    "Schreibt mir nie wieder",
    "Lasst mich endlich in Ruhe!",
    "Bitte nehmt mich aus eurem Verteiler",
    "Ich widerrufe hiermit meine Einwilligung",
    "Ich widerspreche der Zusendung von Werbung",
    "Newsletter bitte abbestellen",
    "Könnt ihr mich bitte aus der Liste streichen?",
    "I want to opt out",
    "Stop messaging me",
    "please stop texting me",
    "Don't contact me again",
    "do not message me anymore",
    "Stop sending me these offers",
    "No more ads please",
    "Take me off your list",
    "Unsubscribe me",
    "leave me alone",
    "I withdraw my consent",
    "Can you please take me off your mailing list?",
    "I don't want any messages from you",
]
START = [
    "START",
    "start!",
    "Anmelden",
    "unstop",
    "Subscribe",
    "opt in",
    "Bitte wieder anmelden",
    "Please sign me up again",
]
HELP = [
    "HELP",
    "Hilfe",
    "hilfe!!",
    "Hilfe?",
    "info",
    "Agent",
    "MENSCH",
    "Ich will mit einem Menschen sprechen",
    "Can I talk to a human?",
    "human please",
]
DATA = [
    "Send me my data",
    "please send me all my data",
    "Auskunft nach Art. 15 DSGVO",
    "Löscht meine Daten",
    "Loescht bitte alle meine Daten!",
    "Welche Daten habt ihr über mich gespeichert?",
    "What data do you have about me?",
    "Subject access request under GDPR",
    "Delete my account and all my data",
    "I'd like a copy of my personal data",
    "Ich verlange eine Datenauskunft",
    "Berichtigt bitte meine Daten",
]
UNCLEAR = [
    "stop the delivery",
    "Kündigung",
    "cancel my subscription",
    "Wann kann ich kündigen?",
    "stopp mal, wo ist mein Paket",
    "How do I cancel my order?",
    "Please cancel my order NW-104823",
    "Ich möchte meinen Vertrag kündigen",
    "Kann man das Abo auch monatlich kündigen?",
    "Unsubscribe from the annual plan is not possible?",
    "Stop? Was heißt das",
    "stop?",
    "How do I unsubscribe?",
    "Widerruf meines Kaufvertrags vom 3. November",
    "stop it you're killing me lol",
    "Wie kann ich den Newsletter abbestellen?",
    "Kann euch keine Nachrichten senden, was ist los?",
    "Ich konnte keine Nachrichten schicken",
    "Please don't stop messaging me, I love the news",
]
NOTHING = [
    "",
    "   ",
    "👍",
    "Wo ist mein Paket?",
    "Nonstop guter Kaffee",
    "Bitte nicht aufhören mit den tollen Posts",
    "Am Ende war alles gut",
    "The end of the trail was stunning",
    "Das Paket kam nicht mehr an",
    "Warum bekomme ich keine Antwort?",
    "yes",
    "Ja",
    "Danke für die Hilfe gestern",
    "Bushaltestelle ist nebenan, oder?",
    "Kein Problem, bis morgen",
    "Have you got info on the new tent?",
    "What's the weekend opening time?",
    "Die Jacke hat keine Kapuze mehr dran",
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (text, kind)
        for kind, texts in (
            ("stop", STOP),
            ("start", START),
            ("help", HELP),
            ("data_request", DATA),
            ("unclear", UNCLEAR),
            (None, NOTHING),
        )
        for text in texts
    ],
)
def test_hear_tells_kind(text: str, kind: str | None) -> None:
    assert hear(text).kind == kind


def test_hear_names_language_rule_and_piece() -> None:
    assert hear("Stopp!") == Heard("stop", "de", "Stopp!", "keyword.stop.stopp")
    heard = hear("Hi Team, bitte keine Werbung mehr, danke")
    assert (heard.kind, heard.language, heard.matched) == ("stop", "de", "keine Werbung mehr")
    assert heard.rule.startswith("phrase.stop.keine|keinerlei")


def test_hear_keeps_data_request_said_beside_stop() -> None:
    heard = hear("Schreibt mir nicht mehr und löscht meine Daten")

    assert (heard.kind, heard.also) == ("stop", ("data_request",))


def test_hear_yes_only_restarts_who_has_stopped() -> None:
    assert hear("Yes").kind is None
    assert hear("Yes", opted_out=True).kind == "start"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_hear_never_raises_and_normalising_twice_changes_nothing(text: str) -> None:
    hear(text)
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(
    st.sampled_from(["stop", "stopp", "kündigen", "abmelden", "keine nachrichten mehr", "opt out"]),
    st.text(alphabet=" \t\n.!,*_-🛑🙏\u200b\u00ad\"'", max_size=8),
    st.text(alphabet=" \t\n.!,*_-🛑🙏\u200b\u00ad\"'", max_size=8),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.booleans(),
)
def test_hear_stop_survives_dress(
    word: str, before: str, after: str, form: str, upper: bool
) -> None:
    text = unicodedata.normalize(form, before + (word.upper() if upper else word) + after)

    assert hear(text).kind == "stop"


@settings(deadline=None)
@given(st.sampled_from(["ü", "ö", "ä"]), st.text(alphabet="bdfgklmnrt", min_size=1, max_size=6))
def test_normalise_makes_umlaut_and_two_letters_equal(umlaut: str, stem: str) -> None:
    spelt = {"ü": "ue", "ö": "oe", "ä": "ae"}[umlaut]

    assert normalise(stem + umlaut) == normalise(stem + spelt)
    assert normalise(unicodedata.normalize("NFD", stem + umlaut)) == normalise(stem + spelt)


def test_hear_is_quick_on_long_text() -> None:
    started = time.process_time()
    for text in ("stop " * 20_000, "keine " * 20_000, "s" * 100_000, "?!" * 50_000):
        hear(text)

    assert time.process_time() - started < 1


SHIPPED = [
    ("stop", word)
    for word in (
        "STOP", "QUIT", "END", "REVOKE", "OPT OUT", "CANCEL", "UNSUBSCRIBE", "STOPALL", "OPTOUT",
        "STOPP", "ABMELDEN", "ABBESTELLEN", "ABMELDUNG", "AUSTRAGEN", "KÜNDIGEN", "WIDERRUF",
        "WIDERRUFEN", "ENDE", "KEINE NACHRICHTEN MEHR",
    )
] + [
    ("start", "START"), ("start", "UNSTOP"), ("start", "ANMELDEN"), ("start", "YES"),
    ("help", "HELP"), ("help", "INFO"), ("help", "HILFE"), ("help", "MENSCH"), ("help", "AGENT"),
]  # fmt: skip
DRESS = st.text(alphabet=" \t\n.!,;:*_-–()\"'🛑🙏👋🏽\u200b\u200d\ufe0f\u00ad", max_size=8)


@pytest.mark.parametrize(("kind", "word"), SHIPPED)
def test_every_word_of_the_lists_is_heard(kind: str, word: str) -> None:
    assert hear(word, opted_out=True).kind == kind


@settings(deadline=None)
@given(
    st.sampled_from(SHIPPED), DRESS, DRESS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]), st.booleans(),
)  # fmt: skip
def test_every_word_survives_case_emoji_punctuation_and_spelling(
    entry: tuple[str, str], before: str, after: str, form: str, case: Any, spelt: bool
) -> None:
    kind, word = entry
    word = word.replace("Ü", "UE") if spelt else word

    text = unicodedata.normalize(form, f"{before}{case(word)}{after}")

    assert hear(text, opted_out=True).kind == kind


@settings(deadline=None)
@given(st.sampled_from(["ß", "ẞ", "ss", "SS"]), st.sampled_from(["ß", "ẞ", "ss", "SS"]))
def test_sharp_s_is_two(one: str, other: str) -> None:
    assert normalise(f"schlu{one}") == normalise(f"SCHLU{other}")


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40), DRESS, DRESS)
def test_an_own_word_is_heard_however_it_is_dressed(word: str, before: str, after: str) -> None:
    norm = normalise(word)
    own = (OwnWord("1", "stop", "und", norm, is_whole=True),)
    if not norm or len(norm.split()) > 8:
        return

    assert hear(f"{before} {norm} {after}", own=own).kind in {"stop", "unclear"}


def test_own_words_come_first_and_yes_only_answers_who_was_asked() -> None:
    own = (OwnWord("1", "stop", "pl", "rezygnuje", is_whole=False),)

    assert hear("Rezygnuję z wiadomości", own=own).rule == "own.stop.1"
    assert hear("Rezygnuję z wiadomości").kind is None
    assert hear("Ja, gerne", asked=True).kind == "agree"
    assert hear("Ja, gerne").kind is None
    assert hear("Yes", asked=True, opted_out=True).kind == "agree"
    assert hear("Ja?", asked=True).kind == "unclear"
