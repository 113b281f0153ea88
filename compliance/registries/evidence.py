"""What events and evidence packs can say, and where checkpoints are kept outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django_stubs_ext import StrOrPromise

from tenants.registry import Registry

if TYPE_CHECKING:
    from compliance.models import AuditEvent, PlatformCheckpoint
    from tenants.models import Agency


@dataclass(frozen=True, slots=True)
class Handed:
    """Where a checkpoint went, naming no person. ``recipients`` 0: to a place, not to people."""

    place: str
    recipients: int = 0


class Anchor(Protocol):
    """A place outside that keeps platform checkpoints: mail boxes, a folder, a time stamp service.

    ``hand_over`` may be called again with the same checkpoint after a crash; None: there is nobody
    to give it to. Raises: AnchorRefused.
    """

    title: StrOrPromise

    def hand_over(self, checkpoint: "PlatformCheckpoint", agency: "Agency") -> Handed | None: ...


anchors: Registry[Anchor] = Registry("anchors")


type ObjectKey = tuple[str, str]
"""Label of a model (``inbox.message``) and the key of one row, as events name an object."""


class RelatedObjects(Protocol):
    """Which rows belong to one row. Runs inside the brand's scope. ``labels``: the models it knows
    something of."""

    @property
    def labels(self) -> Sequence[str]: ...

    def of(self, label: str, ref: str) -> Iterable[ObjectKey]:
        """Rows that are part of this one or say something about it, not the row itself; at most a
        few hundred, nothing for a label that the app does not know."""


related_objects: Registry[RelatedObjects] = Registry("related_objects")


class EventNotes(Protocol):
    """What an app can say about events beyond what they hold. Runs inside the brand's scope."""

    def notes(
        self, events: Sequence["AuditEvent"], *, language: str
    ) -> Mapping[UUID, Sequence[tuple[StrOrPromise, str]]]:
        """Pairs of name and text by event, such as the rule a decision names. At most one query
        for all events together, none if the app has nothing to say."""


event_notes: Registry[EventNotes] = Registry("event_notes")


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """A readable table of a pack: heading, names of the columns, rows of texts."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one case is about, in the active language.

    ``facts``: names and values. ``personal``: those that are left out when personal data are
    masked. ``objects``: whose events belong to the case. ``files``: further texts by file name,
    such as a certificate, left out when masked.
    """

    title: str
    facts: Sequence[tuple[StrOrPromise, str]]
    objects: Sequence[ObjectKey]
    personal: Sequence[tuple[StrOrPromise, str]] = ()
    tables: Sequence[EvidenceTable] = ()
    files: Mapping[str, str] = field(default_factory=dict)


class EvidenceCase(Protocol):
    """A kind of case that can be handed to an auditor as a pack. Runs inside the brand's scope.

    ``label``: the model of the object; ``capability``: needed to see it, besides that to export.
    """

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> StrOrPromise: ...

    @property
    def label(self) -> str: ...

    @property
    def capability(self) -> str: ...

    def collect(self, obj: Any) -> Evidence:
        """Everything about this object, once per language; reads only."""


evidence_cases: Registry[EvidenceCase] = Registry("evidence_cases")
