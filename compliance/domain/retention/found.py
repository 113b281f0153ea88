"""What a look at a place with data says: how much is due, how old, what stays and why."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Sample:
    """One row as an example. ``url``: its page; nothing readable of it is told here."""

    title: StrOrPromise
    at: datetime
    category: str
    url: str = ""


@dataclass(slots=True)
class Survey:
    """``counts``: ``{table: rows}`` that would go. ``held`` and ``open``: how many things are due
    and stay because of a hold, or because an appeal or a data request about them is open.
    ``months``: ``{"2025-05": things due}``, the things a policy counts, not the rows below them."""

    counts: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None
    held: int = 0
    open: int = 0
    months: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.counts.total()

    def add(self, other: "Survey") -> None:
        """Take in what another place says."""
        self.counts += other.counts
        self.months += other.months
        self.held += other.held
        self.open += other.open
        self.samples += other.samples
        known = [at for at in (self.oldest, other.oldest) if at is not None]
        self.oldest = min(known, default=None)
