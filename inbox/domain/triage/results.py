"""What triage says about a text. Plain values: stored as JSON, shown as evidence."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

type Language = Literal["de", "en", "und"]

INTENTS: Final = (
    "safety",
    "data_request",
    "spam",
    "refund",
    "order_status",
    "collaboration",
    "lead",
    "complaint",
    "support",
    "price",
    "purchase",
    "praise",
    "question",
    "other",
)
"""Every intent; the earlier one wins when two have the same confidence."""


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` of the message made us think so, by the lexicon entry ``term``."""

    start: int
    end: int
    text: str
    term: str


@dataclass(frozen=True, slots=True)
class Intent:
    """``confidence`` 0..1 is how strongly the words speak for it, not a measured probability."""

    name: str
    confidence: float
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Sentiment:
    """``score`` from -1 (angry) over 0 (nothing found, or balanced) to 1 (delighted)."""

    score: float
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class TriageResult:
    """``intents`` strongest first, never empty (``other`` stands alone).

    ``urgency``: 0 none, 1 some, 2 high, 3 at once (danger to people).
    ``order_numbers`` as written, without ``#``, in order, each once.
    """

    language: Language
    language_confidence: float
    intents: tuple[Intent, ...]
    sentiment: Sentiment
    urgency: int
    urgency_evidence: tuple[Span, ...]
    order_numbers: tuple[str, ...]
    version: str

    @property
    def intent(self) -> Intent:
        """The strongest one."""
        return self.intents[0]

    def to_json(self) -> dict[str, Any]:
        """The same as nested dicts and lists."""
        return asdict(self)
