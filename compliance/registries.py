"""What higher apps tell compliance: their personal data, and which models keep a field history.

Each app's ``privacy.py`` classifies every field of every model; ``domain/personal_data.py`` checks
that nothing is left out::

    register(
        "inbox.Message",
        About(subject="contact", purpose="answer", basis="…", retention="general_conversation"),
        id=technical("key"),
        contact=technical("link"),
        text=personal("content", erase="const:"),
        raw=personal("content", erase="const:{}", json="opaque"),
        sent_at=retained("time", why="proof of the answering time, GDPR Art. 17(3)(e)"),
    )
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

from auditlog.registry import auditlog
from django.db import models
from django_stubs_ext import StrOrPromise

from tenants.registry import Registry

if TYPE_CHECKING:
    from compliance.domain.retention.found import Survey
    from compliance.domain.retention.removing import Remover
    from compliance.domain.retention.terms import Terms
    from compliance.domain.subjects.subject import (
        Candidate,
        Done,
        Found,
        Identifiers,
        Subject,
    )
    from compliance.models import AuditEvent, LegalHold, PlatformCheckpoint
    from tenants.models import Agency, Brand
    from tenants.permissions import Actor

type FieldKind = Literal["personal", "technical", "retained"]


@dataclass(frozen=True, slots=True)
class FieldClass:
    """How one field is to be treated.

    ``erase``: ``null`` | ``const:<text>`` | ``key`` (the row's own key takes its place, where a
    constant would clash) | ``row`` (the row goes) | ``file`` (with its file) | ``detach`` (the link
    goes) | ``retain`` | ``keep``. ``json``: ``opaque`` when a JSON column is
    erased as a whole. ``why`` gives the reason of what stays, with its source if it is personal.
    """

    kind: FieldKind
    category: str = ""
    erase: str = "keep"
    why: str = ""
    json: str = ""
    export: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a table is for. ``subject`` is the path to the person the data is about, ``self`` if it
    is the row, empty if the table holds nothing personal. The texts go into the record of
    processing activities (GDPR Art. 30)."""

    subject: str = ""
    purpose: str = ""
    basis: str = ""
    retention: str = ""


@dataclass(frozen=True, slots=True)
class TableClass:
    label: str
    about: About
    fields: Mapping[str, FieldClass]


personal_data: Registry[TableClass] = Registry("personal_data")


def personal(category: str, *, erase: str, export: bool = True, json: str = "") -> FieldClass:
    """Says something about a person; goes when the person asks or the time is up."""
    return FieldClass("personal", category, erase, json=json, export=export)


def technical(why: str) -> FieldClass:
    """Says nothing about a person by itself: keys, links, vocabulary, states, counters."""
    return FieldClass("technical", why=why)


def retained(category: str, *, why: str, export: bool = True) -> FieldClass:
    """Personal, and stays after an erasure on the legal ground given by ``why``."""
    return FieldClass("retained", category, "retain", why=why, export=export)


def classify(label: str, about: About, /, **fields: FieldClass) -> TableClass:
    """One model, field by field."""
    return TableClass(label.lower(), about, dict(fields))


def register(label: str, about: About, /, **fields: FieldClass) -> None:
    """Classify one model of the running product. Raises: AlreadyRegistered, RegistryClosed."""
    table = classify(label, about, **fields)
    personal_data.register(table.label, table)


def technical_fields(why: str, *names: str) -> dict[str, FieldClass]:
    """Several technical fields with one reason, to be passed with ``**``."""
    return dict.fromkeys(names, technical(why))


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

MASKED = "•••"


def mask(_value: str) -> str:
    """Hide all of it: auditlog's own mask shows half."""
    return MASKED


def track(model: type[models.Model], *, fields: Iterable[str], masked: Iterable[str] = ()) -> None:
    """Keep a readable history of these fields of a configuration model; ``masked`` only that they
    changed, not to what.

    Sees ``save()`` and ``delete()`` only; verbs that use ``update`` or ``bulk_*`` record an event
    with the count. Call it once per model from the app's ``AppConfig.ready()``.

    Raises: ValueError for many-to-many fields (auditlog 3.4.1 logs every row of the related table,
    other brands' too, when one is cleared; record an event instead) and for unknown fields.
    """
    hidden, wanted = list(masked), [*fields]
    for name in {*wanted, *hidden}:
        field: Any = model._meta.get_field(name)
        if field.many_to_many or field.auto_created:
            raise ValueError(
                f"{model._meta.label}.{name}: only the model's own columns are tracked"
            )
    auditlog.register(
        model,
        include_fields=[*wanted, *(name for name in hidden if name not in wanted)],
        mask_fields=hidden,
        mask_callable="compliance.registries.mask",
    )


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


@dataclass(frozen=True, slots=True)
class Unaudited:
    """What of a table may change without an event, and why.

    ``columns``: only these may; ``operations``: only these may (``insert``, ``update``,
    ``delete``); with neither the whole table.
    """

    ground: str
    columns: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return bool(self.ground) and not self.columns and not self.operations


unaudited: Registry[Unaudited] = Registry("unaudited")
"""By model label, filled by each app's ``unaudited.py``."""
