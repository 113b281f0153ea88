"""What an app that talks to people knows about an address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from django_stubs_ext import StrOrPromise

from tenants.registry import Registry

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address as the networks know it, and the person behind it. ``url``: their page."""

    channel: str
    address: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of one message to an address after its opt-out. ``state`` is a code."""

    key: UUID
    state: str
    words: StrOrPromise
    at: datetime
    url: str = ""


class ConsentContext(Protocol):
    """What an app that talks to people knows about an address. All run inside the brand's scope."""

    def find(self, brand_id: UUID, term: str) -> Sequence[KnownAddress]:
        """Addresses that a name, handle, number or key may mean, at most 20."""

    def behind(
        self, brand_id: UUID, channel: str, conversations: Iterable[UUID]
    ) -> Sequence[KnownAddress]:
        """Addresses of those who hold these conversations; none once they are erased."""

    def further(self, brand_id: UUID, channel: str, address: str) -> Sequence[str]:
        """Other addresses of the same person on the same channel, such as a number."""

    def on_their_way(self, brand_id: UUID, channel: str, address: str) -> Sequence[UUID]:
        """Automatic or promotional messages that a sender has taken and not settled."""

    def effects(
        self, brand_id: UUID, channel: str, address: str, *, since: datetime
    ) -> Sequence[Effect]:
        """Automatic or promotional messages touched since, newest first, at most 50."""

    def message(self, ref: UUID) -> tuple[str, str] | None:
        """Text and page of a message that is still there."""


consent_contexts: Registry[ConsentContext] = Registry("consent_contexts")
