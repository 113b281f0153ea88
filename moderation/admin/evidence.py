"""What the machine found: the text cut into pieces to be marked, and the rest in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True)
class Piece:
    """``signal`` is empty for text between the findings."""

    text: str
    signal: str


def pieces_of(text: str, evidence: list[dict[str, Any]]) -> list[Piece]:
    """Pieces in order; together they are ``text``. Overlapping or impossible findings drop out."""
    spans = sorted(
        (int(e["start"]), int(e["end"]), _title(e))
        for e in evidence
        if isinstance(e.get("start"), int) and isinstance(e.get("end"), int)
    )
    pieces: list[Piece] = []
    at = 0
    for start, end, signal in spans:
        if not at <= start < end <= len(text):
            continue
        if start > at:
            pieces.append(Piece(text[at:start], ""))
        pieces.append(Piece(text[start:end], signal or "?"))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:], ""))
    return pieces


def _title(evidence: Mapping[str, Any]) -> str:
    """The signal, for a brand's list its version too, for a model what spoke for it."""
    signal = str(evidence.get("signal") or evidence.get("term") or "")
    source = str(evidence.get("source") or "")
    return f"{signal} · {source}" if source else signal


def why_of(found: Mapping[str, Any], reasons: Sequence[str]) -> list[str]:
    """What speaks for a case beside marked words, in words: lists with their versions, models, the
    author's record, and what could not be read."""
    why: dict[str, None] = {}
    words: dict[str, list[str]] = {}
    for one in found.get("evidence", []):
        signal, term, source = (str(one.get(key) or "") for key in ("signal", "term", "source"))
        if signal.startswith("list ") and source:
            why[_("List %s") % source] = None
        elif signal == "model":
            words.setdefault(source, []).extend([term] if term else [])
        elif said := _around(signal, term):
            why[said] = None
    for version, spoke in words.items():
        told = {"version": version, "words": ", ".join(spoke) or "–"}
        why[_("Model %(version)s: %(words)s") % told] = None
    for reason in reasons:
        if reason == "long_text":
            why[_("A long text: only its beginning and its end were read by the machine.")] = None
        elif reason.startswith("failed "):
            name = reason.removeprefix("failed ")
            why[_("A detector failed (%s): a person has to look.") % name] = None
    return list(why)


def _around(signal: str, term: str) -> str:
    count = int(number) if (number := "".join(c for c in term if c.isdigit())) else 1
    if signal == "hidden_before":
        return ngettext(
            "%d comment of this author was hidden in this category.",
            "%d comments of this author were hidden in this category.",
            count,
        ) % count  # fmt: skip
    if signal == "several_authors":
        return ngettext(
            "%d other person wrote the same lately.",
            "%d other people wrote the same lately.",
            count,
        ) % count  # fmt: skip
    if signal == "repeated_text":
        return _("This author wrote the same several times lately.")
    if signal == "first_contact":
        return _("The author's first comment.")
    return ""
