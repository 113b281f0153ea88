"""What may go and what must stay: retention, holds, the end of a brand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.db import models
from django_stubs_ext import StrOrPromise

from tenants.registry import Registry

if TYPE_CHECKING:
    from compliance.domain.retention.found import Survey
    from compliance.domain.retention.removing import Remover
    from compliance.domain.retention.terms import Terms
    from compliance.models import LegalHold
    from tenants.models import Brand


class ClosingPart(Protocol):
    """What an app adds to the end of a brand. All three run inside the brand's scope, with the
    agency's own rows in it.

    ``readable``: tables (``app.model``) that the archive holds as spreadsheets too.
    """

    readable: Sequence[str]

    def blocks(self, brand: "Brand") -> Iterable[StrOrPromise]:
        """What must be settled before the brand can be erased, a sentence each."""

    def erase_beyond(self, brand: "Brand", *, limit: int) -> dict[str, int]:
        """Erase at most ``limit`` rows of what holds the brand's data but belongs to no table of
        it; ``{table: rows}``, empty when nothing is left. Runs before the brand's own rows go."""

    def count_beyond(self, brand: "Brand") -> dict[str, int]:
        """How many rows ``erase_beyond`` would empty, by table."""


closing_parts: Registry[ClosingPart] = Registry("closing_parts")


class HoldTarget(Protocol):
    """A kind of thing a legal hold can name: ``contact``, ``conversation``."""

    def title(self, brand_id: UUID, ref: UUID) -> StrOrPromise | None:
        """What people call it; None if the brand has none with this key. At most two queries."""

    def url(self, ref: UUID) -> str:
        """Its page in the administration."""


hold_targets: Registry[HoldTarget] = Registry("hold_targets")


class RetentionSource(Protocol):
    """A place with data whose time can run out. All run inside the scope of the brand and of its
    agency's own rows; ``terms`` says what is due and what is held."""

    @property
    def title(self) -> StrOrPromise:
        """What people call it."""

    def survey(self, terms: "Terms") -> "Survey":
        """What would go now, and what is due and stays. Reads only."""

    def take(self, terms: "Terms", remover: "Remover", *, limit: int) -> Mapping[str, int]:
        """One chunk of at most about ``limit`` rows, in the caller's transaction: ``{table: rows}``
        that went or were emptied; empty when nothing is left."""

    def held_by(self, hold: "LegalHold") -> "Survey":
        """What the hold covers here, due or not: counts, oldest, samples."""


retention_sources: Registry[RetentionSource] = Registry("retention_sources")
"""In the order in which a run works through them."""


class OpenMatter(Protocol):
    """Something undecided for which a conversation is needed."""

    def conversations(self, brand_id: UUID) -> "models.QuerySet[Any]":
        """Keys of the conversations, as a subquery."""


open_matters: Registry[OpenMatter] = Registry("open_matters")
