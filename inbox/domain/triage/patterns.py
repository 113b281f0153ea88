"""Patterns and word lists written by users: safe to run on hostile text.

Regular expressions run in RE2 only (linear time, no back-references, no look-around).
Source: google-re2 1.1.20251105; there ``\\w \\d \\b`` know ASCII only, so they are rewritten.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import re2

from inbox.domain.triage.terms import Term, TermFinder
from inbox.domain.triage.words import fold, tokenise

MAX_PATTERN_CHARS: Final = 500
_BORDER_BEFORE: Final = r"(?:^|[^\pL\pN_])"
_BORDER_AFTER: Final = r"(?:$|[^\pL\pN_])"
_CLASSES: Final = {
    "w": r"\pL\pM\pN_",
    "d": r"\p{Nd}",
    "s": r"\s\x{00a0}\x{2000}-\x{200a}\x{202f}",
}


class PatternRefused(Exception):
    """The pattern cannot be run safely or is not understood; ``message`` says why in words."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class SafePattern:
    """A user's pattern, compiled. Upper and lower case are the same."""

    source: str
    compiled: Any

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each hit in ``text``; empty hits are left out."""
        at = 0
        while at <= len(text):
            match = self.compiled.search(text, at)
            if match is None:
                return
            start, end = match.span(1)
            if end > start:
                yield start, end
            at = max(end, at + 1)


def compile_pattern(source: str) -> SafePattern:
    r"""A pattern ready to use; ``\w \d \s`` and a leading or trailing ``\b`` are Unicode-aware.

    Raises: PatternRefused (too long, empty, ``\b`` in the middle, look-around, back-reference,
    too large when compiled).
    """
    if not source.strip():
        raise PatternRefused("The pattern is empty.")
    if len(source) > MAX_PATTERN_CHARS:
        raise PatternRefused(f"The pattern is longer than {MAX_PATTERN_CHARS} characters.")
    before, inner, after = source.startswith(r"\b"), source, source.endswith(r"\b")
    inner = inner[2:] if before else inner
    inner = inner[:-2] if after else inner
    body = _BORDER_BEFORE * before + f"({_rewrite(inner)})" + _BORDER_AFTER * after
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 22
    try:
        compiled = re2.compile(body, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown"
        reason = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise PatternRefused(f"The pattern cannot be used: {reason}.") from None
    return SafePattern(source, compiled)


def _rewrite(source: str) -> str:
    out, at, in_class = [], 0, False
    while at < len(source):
        char = source[at]
        if char == "\\" and at + 1 < len(source):
            escaped = source[at + 1]
            if escaped in "bB":
                raise PatternRefused(
                    r"\b is understood only at the very beginning or end of a pattern."
                )
            if escaped in _CLASSES:
                inner = _CLASSES[escaped]
                out.append(inner if in_class else f"[{inner}]")
            elif escaped.lower() in _CLASSES and not in_class:
                out.append(f"[^{_CLASSES[escaped.lower()]}]")
            else:
                out.append(char + escaped)
            at += 2
            continue
        if char == "[" and not in_class:
            in_class = True
        elif char == "]" and in_class and source[at - 1] != "[":
            in_class = False
        out.append(char)
        at += 1
    return "".join(out)


class WordList:
    """A brand's list of words and phrases, in the notation of ``TermFinder``."""

    def __init__(self, words: Iterable[str]) -> None:
        """Raises: PatternRefused naming the first entry that is no word."""
        terms = []
        for word in words:
            if not any(char.isalnum() for char in fold(word).text):
                raise PatternRefused(f"“{word}” holds no letter or digit.")
            terms.append(Term(word, word))
        try:
            self._finder = TermFinder(terms)
        except ValueError as error:
            raise PatternRefused(str(error)) from None

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and the list entry of each whole-word hit in ``text``."""
        tokens = tokenise(text)
        for match in self._finder.find(tokens):
            yield tokens[match.first].start, tokens[match.last - 1].end, match.term.payload
