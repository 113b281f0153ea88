"""A text cut into pieces, so that what the machine found can be marked."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """``signal`` is empty for text between the findings."""

    text: str
    signal: str


def pieces_of(text: str, evidence: list[dict[str, Any]]) -> list[Piece]:
    """Pieces in order; together they are ``text``. Overlapping or impossible findings drop out."""
    spans = sorted(
        (int(e["start"]), int(e["end"]), str(e.get("signal") or e.get("term") or ""))
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
