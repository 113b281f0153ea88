"""What is known around a text: its author, and who else said the same."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from inbox.domain.triage.words import tokenise
from moderation.domain.assessment.results import CATEGORIES, Evidence
from moderation.domain.assessment.tally import AUTHOR, Tally

REPEATED_FROM: Final = 3
SEVERAL_FROM: Final = 3
_SHORTEST_LETTERS: Final = 16
_SHORTEST_WORDS: Final = 3
_READ_CHARS: Final = 4_000
_ONCE_HIDDEN: Final = 0.2
_EACH_MORE: Final = 0.1
_MOST_HIDDEN: Final = 0.45
_FIRST_CONTACT: Final = 0.15


@dataclass(frozen=True, slots=True)
class Background:
    """``author_is_known``: a customer of the brand or its own staff. ``has_order_number``: the
    thread names one. ``recent_same_text``: how often this author said the same elsewhere lately,
    ``same_text_authors``: how many other people did. ``hidden_before``: comments of the author that
    stayed hidden at this brand, by category. ``is_first_contact``: nobody had heard of the author.
    """

    author_is_known: bool = False
    has_order_number: bool = False
    recent_same_text: int = 0
    same_text_authors: int = 0
    hidden_before: Mapping[str, int] = field(default_factory=dict)
    is_first_contact: bool = False


def text_key(text: str, *, brand_id: UUID) -> str:
    """The same for texts that say the same words, whatever stands between them; empty for short
    texts, which many people write without being many."""
    words = [token.norm for token in tokenise(text[:_READ_CHARS]) if token.norm.isalpha()]
    joined = " ".join(words)
    if len(words) < _SHORTEST_WORDS or len(joined) < _SHORTEST_LETTERS:
        return ""
    return hashlib.blake2b(joined.encode(), key=brand_id.bytes, digest_size=8).hexdigest()


def add_repetition(tallies: Mapping[str, Tally], text: str, known: Background) -> None:
    """Many times the same is spam, whoever says it."""
    if known.recent_same_text >= REPEATED_FROM:
        found = Evidence(0, len(text), text[:80], "repeated_text", "repeated_text")
        tallies["spam"].add("repeated_text", "repetition", 0.6, found)
    if known.same_text_authors >= SEVERAL_FROM:
        term = f"same_text_from_{known.same_text_authors}_authors"
        found = Evidence(0, len(text), text[:80], term, "several_authors")
        tallies["spam"].add("several_authors", "repetition", 0.7, found)


def add_author(tallies: Mapping[str, Tally], known: Background) -> None:
    """What is known of the author weighs where something else is suspected, never alone."""
    for category, weight, signal, term in _record_of(known):
        tally = tallies.get(category)
        if tally is not None and tally.signals:
            tally.add(signal, AUTHOR, weight, Evidence(0, 0, "", term, signal))


def _record_of(known: Background) -> Iterator[tuple[str, float, str, str]]:
    for category, times in known.hidden_before.items():
        if category in CATEGORIES and times:
            weight = min(_ONCE_HIDDEN + _EACH_MORE * (times - 1), _MOST_HIDDEN)
            yield category, weight, "hidden_before", f"hidden_before_{times}"
    if known.is_first_contact and not known.author_is_known:
        yield "spam", _FIRST_CONTACT, "first_contact", "first_contact"
        yield "scam", _FIRST_CONTACT, "first_contact", "first_contact"
