"""Reading through disguises: look-alike letters, digits for letters, s p a c e d words, stretching.

The disguised word keeps its place in the original text and gets further readings; the plain reading
stays, so that an honest text is never changed into something else.
"""

import re
from collections.abc import Iterator
from typing import Final

from inbox.domain.triage.words import Folded, Token, fold, tokens_of

_LEET: Final = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
    | {"|": "i", "€": "e", "+": "t", "8": "b", "*": ""}
)
_LEET_CHARS: Final = frozenset("013457@$!|€+8*")
_CHUNK: Final = re.compile(r"\S+")
_EDGES: Final = ".,;:?!()[]{}\"'„“”«»…-*"
_LONGEST_CHUNK: Final = 40
_MIN_DECODED: Final = 3

# Lower-case letters of other alphabets, and Latin ones from phonetics, that look like a plain one;
# used only inside words that also hold plain letters. After the Unicode list of confusables.
_LOOKALIKES: Final = str.maketrans(
    "абвгеёзкмнорстухіѕјԁԛԝӏһүґєїқңөәѵԍѡ"
    "αβεικνορτυχωγηϲϳσμѐѝ"
    "օսոհցզգղյւքէաեӑӓ"
    "ɑɡıɩɪʀɴʟʙɢʜᴀʙᴄᴅᴇᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢƿɯƅʋɵ",
    "abbreeskmhopctyxisjdqwlhyreiknoevgw"
    "abeikvoptuxwyncjouei"
    "ounhgqqnjipeaeaa"
    "agiiirnlbghabcdejklmnoprstuvwyzpwbuo",
)
_OTHER_SCRIPT: Final = re.compile(
    r"[\u0180-\u02af\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u1d00-\u1d7f\ua730-\ua7ff\u0131]"
)
_LATIN: Final = re.compile(r"[a-z]")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_SPACED: Final = re.compile(
    r"(?<![^\W_])(?:(?:[aou]e|ss|[^\W\d_])[ .\-_*|/~+=•·]){2,40}(?:[aou]e|ss|[^\W\d_])(?![^\W_])"
)


def read_through(text: str) -> list[Token]:
    """Tokens of ``text`` with every reading of disguised words; linear in the length."""
    folded = fold(text)
    tokens = tokens_of(folded)
    merged = _combine(list(_spaced(folded)), list(_leet(folded)))
    tokens = _replace(tokens, merged)
    if merged or _STRETCHED.search(folded.text):
        return [_with_readings(token) for token in tokens]
    return [token if token.norm.isascii() else _with_readings(token) for token in tokens]


def _spaced(folded: Folded) -> Iterator[Token]:
    for match in _SPACED.finditer(folded.text):
        word = "".join(char for char in match.group() if char.isalpha())
        start, end = folded.original(*match.span())
        yield Token(word, start, end)


def _leet(folded: Folded) -> Iterator[Token]:
    if _LEET_CHARS.isdisjoint(folded.text):
        return
    for match in _CHUNK.finditer(folded.text):
        chunk = match.group()
        if len(chunk) > _LONGEST_CHUNK or _LEET_CHARS.isdisjoint(chunk):
            continue
        inner = chunk.strip(_EDGES)
        signs = sum(char in _LEET_CHARS for char in inner)
        letters = sum(char.isalpha() for char in inner)
        if not signs or letters + 1 < signs or letters < 2:
            continue
        word = inner.translate(_LEET)
        if len(word) < _MIN_DECODED or not word.isalpha():
            continue
        at = match.start() + chunk.index(inner)
        start, end = folded.original(at, at + len(inner))
        plain = tuple(t.norm for t in tokens_of(Folded(inner, None)) if t.norm.isalnum())
        yield Token(word, start, end, plain + (word.replace("i", "l"),) * ("1" in inner))


def _combine(first: list[Token], second: list[Token]) -> list[Token]:
    """Both in order of place; of two that overlap the earlier one stays."""
    out: list[Token] = []
    for token in sorted(first + second, key=lambda t: (t.start, -t.end)):
        if not out or token.start >= out[-1].end:
            out.append(token)
    return out


def _replace(tokens: list[Token], merged: list[Token]) -> list[Token]:
    if not merged:
        return tokens
    out: list[Token] = []
    waiting = iter(merged)
    word = next(waiting, None)
    for token in tokens:
        while word and word.end <= token.start:
            word = next(waiting, None)
        if word is None or token.end <= word.start:
            out.append(token)
        elif not out or out[-1] is not word:
            out.append(word)
    return out


def _with_readings(token: Token) -> Token:
    norm = token.norm
    more: list[str] = []
    if not norm.isascii() and _OTHER_SCRIPT.search(norm) and _LATIN.search(norm):
        more.append(norm.translate(_LOOKALIKES))
    for reading in (norm, *token.others, *more):
        if len(reading) <= _LONGEST_CHUNK and _STRETCHED.search(reading):
            more += [_STRETCHED.sub(r"\1", reading), _STRETCHED.sub(r"\1\1", reading)]
    if not more:
        return token
    return Token(norm, token.start, token.end, (*token.others, *more))
