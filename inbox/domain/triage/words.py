"""Folding and splitting text into words, with the way back to the original characters.

Own tokenisation instead of ``\\b`` patterns: word borders are Unicode letters and digits, so that
"Ärger" is one word, and the work is linear in the length of the text whatever it contains.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

BREAK: Final = "."
"""Norm of the token that stands for the end of a sentence; phrases never match across it."""

_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ẞ": "ss"}
_STOPS: Final = frozenset(".!?;:\n\u2026\u061f\u3002")
_DIAERESIS: Final = "\u0308"
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)

# One alternative per kind of token; none can be split in two ways, so the scan is linear.
_TOKEN: Final = re.compile(
    r"[^\W_]+(?:'[^\W_]+|(?<=[0-9])[.,](?=[0-9])[^\W_]+)*"
    r"|[.!?;:\n\u2026\u061f\u3002]+"
    r"|[\U0001F300-\U0001FAFF\u2600-\u27bf\u2b50]"
    r"|[€$£%]"
)


class _Folds(dict[str, str]):
    """Folded form of one character, filled as characters are met (bounded by Unicode)."""

    def __missing__(self, char: str) -> str:
        self[char] = folded = _fold_char(char)
        return folded


def _fold_char(char: str) -> str:
    if char in "’‘`´ʼ":
        return "'"
    if ord(char) in _SKIN_TONES or unicodedata.category(char) in {"Mn", "Me", "Cf", "Cs"}:
        return ""
    parts = []
    for part in unicodedata.normalize("NFKC", char).casefold():
        if part in _UMLAUTS:
            parts.append(_UMLAUTS[part])
            continue
        base = unicodedata.normalize("NFKD", part)
        # Only Latin letters lose their accents; other scripts keep what carries meaning there.
        parts.append(base[0] if len(base) > 1 and base[0].isascii() else part)
    return "".join(p for p in parts if unicodedata.category(p[0]) != "Mn")


_FOLDS: Final = _Folds()


@dataclass(frozen=True, slots=True)
class Folded:
    """``text`` folded; ``offsets[i]`` is the index in the original of folded character ``i``.

    ``offsets`` is ``None`` when both texts line up one to one.
    """

    text: str
    offsets: Sequence[int] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded slice ``start:end`` (not empty) lies in the original text."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> Folded:
    """NFKC, lower case, umlauts as ae/oe/ue/ss, accents and invisible characters gone."""
    if text.isascii():
        return Folded(text.lower(), None)
    folds = _FOLDS
    parts = [folds[char] for char in text]
    if _DIAERESIS in text:
        for index, char in enumerate(text):
            if char == _DIAERESIS and index and text[index - 1] in "aouAOU":
                parts[index] = "e"
    folded = "".join(parts)
    if len(folded) == len(text) and all(parts):
        return Folded(folded, None)
    return Folded(folded, [i for i, part in enumerate(parts) for _ in part])


class Token(NamedTuple):
    """A word, number, emoji, currency sign or sentence end; ``start:end`` in the original.

    ``others`` are further readings of the same characters (undone disguises), see moderation.
    """

    norm: str
    start: int
    end: int
    others: tuple[str, ...] = ()


def tokens_of(folded: Folded) -> list[Token]:
    """Tokens in order. Apostrophes inside a word are dropped: "don't" is ``dont``."""
    found = []
    plain = folded.offsets is None
    for match in _TOKEN.finditer(folded.text):
        start, end = match.span() if plain else folded.original(*match.span())
        raw = match.group()
        norm = BREAK if raw[0] in _STOPS else raw.replace("'", "")
        found.append(Token(norm, start, end))
    return found


def tokenise(text: str) -> list[Token]:
    """Fold and split in one step."""
    return tokens_of(fold(text))
