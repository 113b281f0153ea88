"""Who the persons are, what is held about them and whom they were passed on to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django_stubs_ext import StrOrPromise

from tenants.registry import Registry

if TYPE_CHECKING:
    from compliance.domain.subjects.subject import (
        Candidate,
        Done,
        Found,
        Identifiers,
        Subject,
    )
    from tenants.models import Brand
    from tenants.permissions import Actor


class SubjectFinder(Protocol):
    """Knows the persons of one table: who they are, what the networks call them.

    ``label``: the table (``app.model``) whose rows are persons; the personal-data map reaches every
    table whose subject path ends there. All run inside the brand's scope.
    """

    label: str

    def find(self, brand: "Brand", term: str) -> "list[Candidate]":
        """Persons who may be meant by a name, handle, number or key; best first, at most 20."""

    def identifiers(self, subject: "Subject") -> "Identifiers":
        """What the networks call the person now; empty once they are erased."""

    def addresses_of(self, brand_id: UUID) -> "Iterator[tuple[UUID, datetime, str, str]]":
        """Every (person, known since, channel, address) of the brand: to find erased ones after a
        backup was restored."""

    def let_go(
        self, subject: "Subject", *, at: datetime, reference: str, actor: "Actor"
    ) -> Mapping[str, int]:
        """From now on nothing new is attached to these persons: whoever writes is somebody new.
        ``{table: rows}`` of what went with it."""


subject_finders: Registry[SubjectFinder] = Registry("subject_finders")


class SubjectSource(Protocol):
    """A place that holds a person's data. Its key in the registry is what plans call it.

    ``tables``: what it takes care of (``app.model``), in place of the map's own way through them.
    ``how`` is what an erasure does there (``compliance.choices.Outcome``), ``ground`` why that
    stays which stays. ``last``: erased after everything else. All run inside the scope of the
    brand and of its agency's own rows; ``subject.known`` is filled.
    """

    @property
    def key(self) -> str: ...

    @property
    def tables(self) -> Sequence[str]: ...

    @property
    def category(self) -> str: ...

    @property
    def how(self) -> str: ...

    @property
    def ground(self) -> StrOrPromise: ...

    @property
    def last(self) -> bool: ...

    @property
    def title(self) -> StrOrPromise:
        """What people call it."""

    def fields(self) -> "Mapping[str, Mapping[str, str]]":
        """Field -> ``{"erase": …, "why": …}``, for the plan."""

    def found(self, subject: "Subject") -> "Found":
        """How much is there now that an erasure would touch or keep."""

    def rows(self, subject: "Subject") -> Iterator[dict[str, Any]]:
        """What the person may be handed, a row at a time; never all in memory."""

    def erase(self, subject: "Subject", *, limit: int, reference: str, actor: "Actor") -> "Done":
        """Erase at most ``limit`` rows in the caller's transaction; safe to run twice."""


subject_sources: Registry[SubjectSource] = Registry("subject_sources")


class PersonChannel(Protocol):
    """A way to write to a person on the network they wrote from. Runs in the brand's scope."""

    def tell(
        self,
        brand_id: UUID,
        contact_ids: Sequence[UUID],
        *,
        conversation_ref: UUID | None,
        text: str,
        language: str,
        key: str,
    ) -> bool:
        """Queue a message about the person's own request; once per ``key``. False: no way open."""


person_channels: Registry[PersonChannel] = Registry("person_channels")


class Recipient(Protocol):
    """Somebody who was given data of people outside, such as a CRM. Source: GDPR Art. 19.

    Both run inside the brand's scope; what ``tell`` starts goes out after the commit.
    """

    title: StrOrPromise

    def has_received(self, subject: "Subject") -> bool:
        """Whether anything about this person was ever handed over."""

    def tell(self, subject: "Subject", *, kind: str, reference: str) -> str:
        """Pass the rectification, erasure or restriction on; says how, empty if it cannot."""


recipients: Registry[Recipient] = Registry("recipients")
