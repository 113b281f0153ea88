"""German, English or undecided."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from inbox.domain.triage.lexicon import language_words
from inbox.domain.triage.results import Language
from inbox.domain.triage.words import Token

if TYPE_CHECKING:
    from lingua import LanguageDetector

MIN_WORDS: Final = 3
_READ_WORDS: Final = 60
_READ_CHARS: Final = 600
_SURE: Final = 0.6
_HINT_CONFIDENCE: Final = 0.5


@cache
def _detector() -> "LanguageDetector":
    # Loading costs about 20 MB; a process that never triages does not pay.
    from lingua import Language as Lingua  # noqa: PLC0415 -- slow import
    from lingua import LanguageDetectorBuilder  # noqa: PLC0415 -- slow import

    builder = LanguageDetectorBuilder.from_languages(Lingua.GERMAN, Lingua.ENGLISH)
    return builder.with_low_accuracy_mode().build()


def detect(text: str, tokens: Sequence[Token], *, locale_hint: str = "") -> tuple[Language, float]:
    """Language and confidence 0..1, from the first 60 words.

    Frequent words decide where they are clear; else lingua (from three words on); else the hint
    at 0.5 if there is a Latin word at all; else ``und``, 0. Text in other scripts is ``und``.
    """
    words = [t.norm for t in tokens[:_READ_WORDS] if t.norm[0].isalpha()]
    latin = [word for word in words if word[0] <= "\u024f"]
    if len(latin) * 2 < len(words) or not latin:
        return "und", 0.0
    german = sum(word in language_words("de") for word in latin)
    english = sum(word in language_words("en") for word in latin)
    lead = abs(german - english)
    if lead >= 2 and min(german, english) * 3 <= lead:
        return ("de" if german > english else "en"), round(1 - 0.5 / (1 + lead), 2)
    if len(latin) >= MIN_WORDS:
        best = _detector().compute_language_confidence_values(text[:_READ_CHARS])[0]
        if best.value >= _SURE:
            return ("de" if best.language.name == "GERMAN" else "en"), round(best.value, 2)
    elif lead:
        return ("de" if german > english else "en"), 0.6
    if locale_hint[:2].lower() in ("de", "en"):
        return ("de" if locale_hint[:2].lower() == "de" else "en"), _HINT_CONFIDENCE
    return "und", 0.0
