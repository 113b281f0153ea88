"""What came of an erasure, source by source."""

from dataclasses import dataclass, field
from typing import Any

from compliance.choices import Outcome


@dataclass(slots=True)
class Results:
    """What an erasure did. ``sources``: ``{key: {"outcome", "rows", "ground", "why"}}``.

    ``rows`` counts what was erased or emptied, for kept sources what stays.
    """

    reference: str
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def blocked(self) -> dict[str, str]:
        """Source -> why it could not be erased."""
        return {
            key: str(told["why"])
            for key, told in self.sources.items()
            if told["outcome"] == Outcome.BLOCKED
        }

    @property
    def complete(self) -> bool:
        """Whether nothing was left that should have gone."""
        return not self.blocked

    @property
    def rows_done(self) -> int:
        gone = (Outcome.ERASED, Outcome.REDACTED, Outcome.BLOCKED)
        return sum(told["rows"] for told in self.sources.values() if told["outcome"] in gone)
