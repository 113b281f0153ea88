"""Signals that are shapes, not words: links, numbers, capitals, floods of emoji.

Own patterns only, every repeat bounded, so the work is linear.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from inbox.domain.triage.words import Token
from moderation.domain.assessment.results import Evidence

_LINK: Final = re.compile(
    r"(?:https?|hxxps?)://[^\s<>\"]{1,300}|www\.[^\s<>\"]{1,300}"
    r"|(?<![\w@.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}"
    r"\.(?:com|net|org|de|at|ch|info|biz|io|co|me|ly|to|gl|gd|gg|cc|ee|eu|ru|at|shop|store"
    r"|top|xyz|club|site|online|click|link|vip|live|icu|buzz|win|loan|bet|cyou|rest|monster)"
    r"(?:/[^\s<>\"]{0,300})?(?![\w-])",
    re.IGNORECASE,
)
_LINK_NEEDS: Final = re.compile(r"\.\w|://")
_DIGIT: Final = re.compile(r"[0-9]")
_SHORTENERS: Final = frozenset(
    {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "cutt.ly", "is.gd", "rb.gy", "ow.ly"}
    | {"shorturl.at", "linktr.ee", "tiny.cc", "t.ly"}
)
_MESSENGERS: Final = frozenset(
    {"t.me", "wa.me", "telegram.me", "chat.whatsapp.com", "api.whatsapp.com"}
)
_RISKY_ENDS: Final = frozenset(
    {"top", "xyz", "club", "site", "online", "click", "link", "vip", "live", "icu", "buzz"}
    | {"win", "loan", "bet", "cyou", "rest", "monster"}
)
_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE: Final = re.compile(r"(?<![\w-])(?:\+|00|0)[1-9](?:[ ()/.-]{0,2}[0-9]){6,14}(?![\w-])")
_IBAN: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"
)
_CARD: Final = re.compile(r"(?<![0-9-])[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{3,4}(?![0-9])")
_STREET: Final = re.compile(
    r"(?<!\w)[A-ZÄÖÜ]\w{1,30}(?:straße|strasse|str\.|weg|gasse|allee|platz) ?[0-9]{1,4}\w?(?!\w)"
    r"|(?<!\w)[0-9]{1,4} [A-Z]\w{1,30} (?:Street|Road|Lane|Avenue|Drive)(?!\w)"
)
_READ_CHARS: Final = 20_000
_MIN_LETTERS: Final = 14
_LOUD_SHARE: Final = 0.7
_EMOJI_FLOOD: Final = 6
_SAME_WORD: Final = 5
_LETTERS_PER_IBAN: Final = 15


@dataclass(frozen=True, slots=True)
class ShapeSignal:
    """A signal with its effect; ``weights`` by category."""

    name: str
    family: str
    weights: dict[str, float]
    evidence: Evidence


def shapes_of(text: str, tokens: Sequence[Token]) -> Iterator[ShapeSignal]:
    """Signals in the first 20,000 characters of ``text``."""
    text = text[:_READ_CHARS]
    yield from _links(text)
    yield from _private(text)
    yield from _manner(text, tokens)


def _signal(
    name: str, family: str, weights: dict[str, float], text: str, start: int, end: int
) -> ShapeSignal:
    return ShapeSignal(name, family, weights, Evidence(start, end, text[start:end], name, name))


def _links(text: str) -> Iterator[ShapeSignal]:
    for match in _LINK.finditer(text) if _LINK_NEEDS.search(text) else ():
        place = re.sub(r"^[a-z]{4,5}://|^www\.", "", match.group().lower())
        host = re.split(r"[/?#:]", place, maxsplit=1)[0].removeprefix("www.").rstrip(".,!)")
        span = match.span()
        if host in _MESSENGERS:
            weights = {"spam": 0.7, "scam": 0.5}
            yield _signal("messenger_link", "offplatform", weights, text, *span)
        elif host in _SHORTENERS:
            yield _signal("short_link", "link", {"spam": 0.7, "scam": 0.5}, text, *span)
        elif host.rsplit(".", 1)[-1] in _RISKY_ENDS:
            yield _signal("risky_link", "link", {"spam": 0.7, "scam": 0.5}, text, *span)
        else:
            yield _signal("link", "link", {"spam": 0.35}, text, *span)


def _private(text: str) -> Iterator[ShapeSignal]:
    for match in _MAIL.finditer(text) if "@" in text else ():
        yield _signal("mail_address", "mail", {"privacy_leak": 0.4}, text, *match.span())
    if not _DIGIT.search(text):
        return
    for match in _IBAN.finditer(text):
        if _iban_holds(match.group()):
            yield _signal("iban", "privacy", {"privacy_leak": 0.9}, text, *match.span())
    for match in _CARD.finditer(text):
        if _card_holds(match.group()):
            yield _signal("card_number", "privacy", {"privacy_leak": 0.9}, text, *match.span())
    for match in _PHONE.finditer(text):
        weights = {"privacy_leak": 0.4, "spam": 0.35, "scam": 0.35}
        yield _signal("phone_number", "phone", weights, text, *match.span())
    for match in _STREET.finditer(text):
        yield _signal("street_address", "street", {"privacy_leak": 0.4}, text, *match.span())


def _iban_holds(candidate: str) -> bool:
    """Check digits. Source: ISO 13616, mod 97."""
    code = candidate.replace(" ", "")
    if len(code) < _LETTERS_PER_IBAN:
        return False
    digits = "".join(str(int(char, 36)) for char in code[4:] + code[:4])
    return int(digits) % 97 == 1


def _card_holds(candidate: str) -> bool:
    """Check digit. Source: ISO/IEC 7812, Luhn."""
    digits = [int(char) for char in candidate if char.isdigit()][::-1]
    doubled = (sum(divmod(digit * 2, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _manner(text: str, tokens: Sequence[Token]) -> Iterator[ShapeSignal]:
    letters = sum(map(str.isalpha, text))
    if letters >= _MIN_LETTERS and sum(map(str.isupper, text)) >= _LOUD_SHARE * letters:
        yield _signal("all_capitals", "manner", {"spam": 0.25, "scam": 0.2}, text, 0, len(text))
    emoji = []
    if not text.isascii():
        emoji = [t for t in tokens if t.norm[0] >= "\u2600" and not t.norm.isalnum()]
    words = [token for token in tokens if token.norm[0].isalnum()]
    if len(emoji) >= _EMOJI_FLOOD and words:
        start, end = emoji[0].start, emoji[-1].end
        yield _signal("emoji_flood", "manner", {"spam": 0.25, "scam": 0.2}, text, start, end)
    if len(words) > _SAME_WORD:
        word, times = Counter(token.norm for token in words).most_common(1)[0]
        if times >= _SAME_WORD and times * 2 > len(words):
            first = next(token for token in words if token.norm == word)
            yield _signal("same_word", "manner", {"spam": 0.35}, text, first.start, first.end)
