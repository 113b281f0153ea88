"""Functional tests of the assessment: what must be seen, and what must be left alone."""

import time

import pytest

from moderation.domain.assessment import CATEGORIES, Background, assess_text

SPAM = [
    "Gratis iPhone 17, nur heute, klick hier: bit.ly/gewinn17",
    "Verdiene 5000 € pro Woche von zuhause, schreib mir auf Telegram!",
    "Sofortkredit ohne Schufa, schreib mir privat auf WhatsApp",
    "Echte Follower kaufen, Link im Profil",
    "Earn $5000 a week with bitcoin, message me on WhatsApp +44 7700 900123",
    "Claim your free gift card: http://winner.top",
    "Hot girls near you, link in my bio",
    "F r e e iPhone!!! c l i c k  h e r e",
    "Вitсоin profit guaranteed 💰 dm me now",
]
PEOPLE_FIRST = {
    "threat": [
        "Ich bring dich um",
        "Wir wissen, wo du wohnst",
        "Ich zünde euren Laden an",
        "I will kill you",
        "I know where you live",
        "we are going to burn your store down",
        "ich br1ng d1ch um",
        "ICH MACH EUCH FERTIG, ich schlage euch zusammen",
        "You will regret this",
    ],
    "self_harm": [
        "Ich will nicht mehr leben",
        "Ich bringe mich heute Nacht um",
        "Ohne mich wären alle besser dran",
        "I want to kill myself",
        "I don't want to live anymore",
        "everyone is better off without me",
    ],
    "hate": [
        "Ausländer raus!",
        "Flüchtlinge sind Ungeziefer",
        "Juden gehören vergast",
        "Geht zurück in euer Land",
        "Immigrants are vermin",
        "go back to your country",
        "all muslims are animals",
        "Ausl\u200bänder r a u s",
    ],
}
INSULTS = [
    "Ihr Arschlöcher",
    "v3rp1ss d1ch du @rschl0ch",
    "Ihr A r s c h l ö c h e r",
    "Wiiiichser",
    "You are all morons",
    "fuuuuuck you",
    "ＩＤＩＯＴＥＮ",
    "i\u0336d\u0336i\u0336o\u0336t\u0336e\u0336n\u0336",
]
LEGAL = [
    "Sie hören von meinem Anwalt",
    "Dann gibt es eben eine Abmahnung",
    "Ich gehe zur Verbraucherzentrale",
    "My lawyer will be in touch",
    "We will take legal action",
]
LEFT_ALONE = [
    # counter-speech, quotation, negation
    "Rassismus ist keine Meinung.",
    "Please delete the racist comments above",
    "No one should have to read hate speech here",
    "I don't hate anyone",
    # groups mentioned kindly or neutrally
    "Ich liebe meine schwulen Nachbarn",
    "Frauen in der Rösterei, großartig!",
    "Viele Geflüchtete arbeiten bei euch, finde ich toll",
    "My Jewish grandmother made the best coffee",
    "As a trans woman I feel welcome in your shop",
    # figures of speech
    "Der Espresso ist zum Sterben gut",
    "Ich lach mich tot 😂",
    "This colour is to die for",
    "What a killer deal",
    "Burn calories, not gas",
    "The new jacket kills it",
    "Ich Idiot hab die falsche Größe bestellt",
    "Idiotensicher aufgebaut, klasse",
    # everyday
    "Wo ist mein Paket?",
    "Kann ich mit PayPal bezahlen?",
    "Gibt es einen Link zur Anleitung?",
    "Kostenloser Versand ab 50 Euro, oder?",
    "Do you have free shipping?",
    "Ihr habt 24 Modelle, welches ist das leichteste?",
    "ICH LIEBE DIESE JACKE SO SEHR",
    "😍😍😍😍😍😍😍😍",
    "Привет, вы доставляете в Австрию?",
    "Wir haben im Café auf euch gewartet",
    "Ich schreibe euch morgen wegen des Termins",
]
# A person may look at these, in turn: the hateful words are there, denied or quoted.
AT_MOST_QUEUED = [
    "Muslime sind keine Tiere, was ist los mit euch?",
    "Immigrants are not vermin",
    "Wer „Ausländer raus“ ruft, sollte sich schämen, das ist nicht in Ordnung",
    'Somebody here wrote "go back to your country", that is not ok',
    "Er hat mich als Kanake beschimpft und ihr tut nichts",
]
NEVER_HIDDEN = [
    "Gratis iPhone gewonnen, klick hier: bit.ly/x, ist das von euch? Bestellung NW-104823",
    "Wo bleibt meine Bestellung? Hier klicken geht nicht, gratis Gutschein hieß es: bit.ly/abc",
    "Claim your prize, click here? That is what your parcel tracking link says: bit.ly/abc",
    "Free gift card, click here http://a.top — wait, is my refund coming that way?",
]


@pytest.mark.parametrize("text", SPAM)
def test_assess_text_hides_spam_with_two_signals(text: str) -> None:
    result = assess_text(text)

    assert result.verdict == "auto_hide", result
    assert max(result.score_of("spam"), result.score_of("scam")) >= 0.9


@pytest.mark.parametrize("text", SPAM)
@pytest.mark.parametrize("circumstance", [{"author_is_known": True}, {"has_order_number": True}])
def test_assess_text_never_hides_past_guard(text: str, circumstance: dict[str, bool]) -> None:
    result = assess_text(text, known=Background(**circumstance))

    assert result.verdict == "queue"
    assert any(reason.startswith("guard ") for reason in result.reasons)


@pytest.mark.parametrize("text", NEVER_HIDDEN)
def test_assess_text_never_hides_talk_of_orders(text: str) -> None:
    assert assess_text(text).verdict == "queue"


@pytest.mark.parametrize(
    ("category", "text"), [(c, text) for c, texts in PEOPLE_FIRST.items() for text in texts]
)
def test_assess_text_puts_danger_to_people_first(category: str, text: str) -> None:
    result = assess_text(text)

    assert result.verdict == "queue_first", result
    assert result.score_of(category) >= 0.5


@pytest.mark.parametrize("texts", PEOPLE_FIRST.values())
def test_assess_text_never_hides_threats_even_inside_spam(texts: list[str]) -> None:
    for text in texts:
        assert assess_text(f"{text} Gratis iPhone, klick hier: bit.ly/x").verdict == "queue_first"


@pytest.mark.parametrize("text", INSULTS)
def test_assess_text_queues_insults_through_disguise(text: str) -> None:
    result = assess_text(text)

    assert (result.verdict, result.score_of("insult") >= 0.5) == ("queue", True)


@pytest.mark.parametrize("text", LEGAL)
def test_assess_text_queues_legal_claims_never_hides(text: str) -> None:
    assert assess_text(text).verdict == "queue"
    assert assess_text(f"{text}! Gratis iPhone, klick hier: bit.ly/x").verdict == "queue"


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_assess_text_leaves_alone(text: str) -> None:
    result = assess_text(text)

    assert result.verdict == "pass", result


@pytest.mark.parametrize("text", AT_MOST_QUEUED)
def test_assess_text_does_not_rush_counter_speech(text: str) -> None:
    result = assess_text(text)

    assert (result.verdict, result.score_of("hate") < 0.5) == ("queue", True)
    assert next(s for s in result.scores if s.category == "hate").circumstances


def test_assess_text_queues_private_details_in_public() -> None:
    iban = assess_text("Bitte überweist auf DE89 3704 0044 0532 0130 00")
    wrong = assess_text("Bitte überweist auf DE88 3704 0044 0532 0130 00")
    phone = assess_text("Ruft mich an, meine Nummer ist 0176 55512345")

    assert (iban.verdict, iban.score_of("privacy_leak") >= 0.9) == ("queue", True)
    assert wrong.score_of("privacy_leak") < 0.5
    assert phone.verdict == "queue"


def test_assess_text_counts_repetition_as_a_signal_of_its_own() -> None:
    text = "Passives Einkommen für alle"

    assert assess_text(text).verdict == "queue"
    repeated = assess_text(text, known=Background(recent_same_text=3))
    assert repeated.score_of("spam") > assess_text(text).score_of("spam")


def test_assess_text_names_evidence_in_the_original_text() -> None:
    text = "Also… du @rschl0ch, echt"

    insult = next(s for s in assess_text(text).scores if s.category == "insult")

    assert [(e.text, e.signal) for e in insult.evidence] == [("@rschl0ch", "insult_strong")]
    assert text[insult.evidence[0].start : insult.evidence[0].end] == "@rschl0ch"


def test_assess_text_one_signal_is_not_enough_to_hide() -> None:
    result = assess_text("Kaufe jetzt 10.000 echte Follower")

    assert result.verdict == "queue"
    assert [s.category for s in result.scores] == list(CATEGORIES)
    assert result.version == "signals-2026.12"


@pytest.mark.parametrize(
    "hostile",
    [
        "1," * 50_000,
        "a a " * 25_000,
        "kill " * 20_000,
        "a.b." * 25_000,
        "@!$1a" * 20_000,
        "+49 1" * 20_000,
        '"' * 100_000,
        "DE12 " * 20_000,
        "x" * 100_000,
        "www." * 25_000,
        "а" * 50_000 + "a",
        "ich will nicht " * 7_000,
        "",
        "\x00\ud800",
    ],
)
def test_assess_text_is_quick_on_hostile_text(hostile: str) -> None:
    started = time.process_time()
    assess_text(hostile)

    assert time.process_time() - started < 3


def test_assess_text_is_fast_enough_for_every_message() -> None:
    texts = [*SPAM, *LEFT_ALONE, *INSULTS, *LEGAL] * 4
    for text in texts:
        assess_text(text)

    def rate() -> float:
        started = time.process_time()
        for text in texts:
            assess_text(text)
        return len(texts) / (time.process_time() - started)

    # About 5,000/s on a free core; the bound leaves room for a busy machine.
    assert max(rate() for _ in range(3)) >= 1_000
