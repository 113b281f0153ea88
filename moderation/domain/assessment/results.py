"""What moderation says about a text. Plain values: stored as JSON, shown to the reviewer."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

type Verdict = Literal["pass", "queue", "queue_first", "auto_hide"]

CATEGORIES: Final = (
    "spam",
    "scam",
    "insult",
    "hate",
    "threat",
    "self_harm",
    "sexual",
    "legal_claim",
    "privacy_leak",
    "illegal_offer",
    "child_safety",
    "off_topic",
    "other",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """``text[start:end]`` of the item gave ``signal``, by the list entry or shape ``term``.

    ``source``: the brand's list or the model with its version; empty for what Engage brings along.
    Start and end are 0 where no place in the text can be named.
    """

    start: int
    end: int
    text: str
    term: str
    signal: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """``score`` 0..1 orders and filters, it is no probability.

    ``signals`` strongest first; ``circumstances`` lowered the score (quotation, negation …).
    """

    category: str
    score: float
    signals: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    circumstances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """``scores`` hold every category, in the order of ``CATEGORIES``.

    ``category``: what the item is to be looked at for; the highest score where it passes.
    ``reasons`` say in stable words why the verdict: ``<category> <score>``, ``list <name>
    v<version>``, ``long_text``, ``failed <detector>``, and ``guard <name>`` where something kept
    the item from being hidden by itself. ``versions``: of all that looked at the text.
    """

    verdict: Verdict
    category: str
    scores: tuple[CategoryScore, ...]
    reasons: tuple[str, ...]
    version: str
    versions: dict[str, str]

    def score_of(self, category: str) -> float:
        """Score of one category.

        Raises: KeyError for a name that is not in ``CATEGORIES``.
        """
        return {s.category: s.score for s in self.scores}[category]

    def to_json(self) -> dict[str, Any]:
        """The same as nested dicts and lists."""
        return asdict(self)
