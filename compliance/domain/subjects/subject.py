"""Who the data are about, and what is said about them on the way."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

EMAIL = "email"
"""The channel of addresses that no network knows: those given with a request."""


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What the networks call a person. ``addresses`` are pairs of channel and address, ``words``
    what recognises the person in raw bytes: ids, numbers, handles, e-mail addresses.
    """

    addresses: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()

    def joined(self, other: "Identifiers") -> "Identifiers":
        return Identifiers(
            tuple(dict.fromkeys((*self.addresses, *other.addresses))),
            tuple(dict.fromkeys((*self.words, *other.words))),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "addresses": [list(pair) for pair in self.addresses],
            "words": list(self.words),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Identifiers":
        pairs = tuple((channel, address) for channel, address in data["addresses"])
        return cls(pairs, tuple(data["words"]))


@dataclass(frozen=True, slots=True)
class Subject:
    """One person as one brand knows them: one or several contacts, perhaps e-mail addresses.

    ``identifiers`` is filled by ``finding.identified``; sources may rely on it. ``as_of``, when
    set, is the moment of the erasure: what the person writes later is somebody new's. ``memory``
    holds keys of rows that were looked up: ``once``, ``afresh``.
    """

    brand_id: UUID
    contact_ids: frozenset[UUID]
    emails: frozenset[str] = frozenset()
    identifiers: Identifiers | None = field(default=None, compare=False)
    as_of: datetime | None = field(default=None, compare=False)
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "emails", frozenset(one.casefold() for one in self.emails))

    def with_identifiers(
        self, identifiers: Identifiers, *, as_of: datetime | None = None
    ) -> "Subject":
        return replace(self, identifiers=identifiers, as_of=as_of or self.as_of)

    def once[T](self, name: Any, look_up: Callable[[], T]) -> T:
        """What was looked up under this name, by the first who asked."""
        if name not in self.memory:
            self.memory[name] = look_up()
        found: T = self.memory[name]
        return found

    def afresh(self) -> "Subject":
        """The same person, with nothing looked up yet."""
        return replace(self, memory={})

    def until(self, column: str) -> Q:
        """A condition on a time: up to the erasure."""
        return Q(**{f"{column}__lte": self.as_of}) if self.as_of else Q()

    @property
    def known(self) -> Identifiers:
        """Raises: LookupError for a subject that was not ``identified``."""
        if self.identifiers is None:
            raise LookupError("identify the subject before asking its sources")
        return self.identifiers


@dataclass(frozen=True, slots=True)
class Candidate:
    """One contact that may be the person who asks."""

    contact_id: UUID
    title: str
    handles: tuple[str, ...]
    channels: tuple[str, ...]
    conversations: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """How much a source holds. ``samples`` are a few short readable values.

    ``digest``: SHA-256 over the sorted keys of the rows, empty where there are no rows with keys.
    """

    count: int
    samples: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What one chunk did. ``rows`` 0 and no ``blocked``: nothing is left here.

    ``blocked`` says in words why the rest cannot be erased now.
    """

    rows: int = 0
    blocked: str = ""


def subject_of(
    brand_id: UUID, contact_ids: Iterable[UUID], *, emails: Iterable[str] = ()
) -> Subject:
    return Subject(brand_id, frozenset(contact_ids), frozenset(emails))
