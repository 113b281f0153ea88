"""Who is given data, over which services, and where it is processed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from django_stubs_ext import StrOrPromise

from tenants.registry import Registry

if TYPE_CHECKING:
    from tenants.models import Brand


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who is given data, or through whom they leave the EU. ``ground``: why that is
    allowed (an adequacy decision, standard clauses), empty if nobody has said so."""

    name: str
    country: str = ""
    purpose: str = ""
    ground: str = ""


class RecordPart(Protocol):
    """What an app adds to the record of processing activities (GDPR Art. 30). Both run inside the
    brand's scope."""

    def recipients(self, brand: "Brand") -> Iterable[Party]:
        """Who is given data of people."""

    def transfers(self, brand: "Brand") -> Iterable[Party]:
        """Through whom data leave the EU, and on what ground."""


record_parts: Registry[RecordPart] = Registry("record_parts")


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """One thing of a brand that a vendor's service carries, such as a connected account."""

    brand_id: UUID
    title: str
    url: str = ""


class VendorService(Protocol):
    """A channel or service behind which a vendor stands: ``facebook``, ``mail``.

    ``is_channel``: people write over it. ``is_handed_persons``: data of persons are handed over for
    the vendor's own keeping, so it is a recipient in the sense of GDPR Art. 19.
    """

    @property
    def key(self) -> str: ...

    @property
    def is_channel(self) -> bool: ...

    @property
    def is_handed_persons(self) -> bool: ...

    @property
    def title(self) -> StrOrPromise:
        """What people call it."""

    def uses(self, brand_ids: Iterable[UUID]) -> "Sequence[ServiceUse]":
        """What of these brands goes over it now; at most one query. In their scope."""


vendor_services: Registry[VendorService] = Registry("vendor_services")


@dataclass(frozen=True, slots=True)
class Processed:
    """How many of a kind (``compliance.choices.TransferKind``) a brand had over a service.

    ``places`` empty: as the route of the service says now. ``ground`` as it was then.
    """

    brand_id: UUID
    kind: str
    service: str
    count: int
    places: Sequence[str] = ()
    ground: str = ""


class TransferMeter(Protocol):
    """Counts what was processed elsewhere. Runs in the scope of all brands it is asked for."""

    def measure(self, since: datetime, until: datetime) -> "Iterable[Processed]":
        """From ``since`` up to before ``until``, at most a day; as many queries as kinds."""


transfer_meters: Registry[TransferMeter] = Registry("transfer_meters")
