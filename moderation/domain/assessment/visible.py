"""A text as it looks: without what cannot be seen, with the way back to the original characters."""

import re
import unicodedata
from typing import Final

from inbox.domain.triage.words import Folded

# Marks, controls of direction and width, half of a surrogate pair, letters that have a plain twin.
_TO_DO: Final = re.compile(
    r"[\u00ad\u0300-\u036f\u061c\u115f\u1160\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u2100-\u214f\u2460-\u24ff"
    r"\u3164\ud800-\udfff\ufb00-\ufb06\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uff00-\uffef"
    r"\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff\U000e0000-\U000e0fff]"
)
_GONE: Final = frozenset({"Mn", "Me", "Cf", "Cs"})
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")


def visible(text: str) -> Folded:
    """Case and umlauts stay; invisible characters go, wide and ornate letters become plain ones.

    Linear. The result holds no lone surrogates, so it can be encoded.
    """
    if text.isascii() or not _TO_DO.search(text):
        return Folded(text, None)
    chars: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        if char in _FILLERS:
            continue
        if unicodedata.category(char) in _GONE:
            composed = unicodedata.normalize("NFC", chars[-1] + char) if chars else ""
            if len(composed) == 1 and composed != chars[-1]:
                chars[-1] = composed
            continue
        for part in unicodedata.normalize("NFKC", char):
            chars.append(part)
            offsets.append(index)
    return Folded("".join(chars), offsets)
