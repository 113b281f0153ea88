"""The audit explorer's reads: filters, one keyset page, how much is sealed."""

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date

from compliance.admin.lines import Line, lines_of
from compliance.domain.relatives import about, labels_of_objects, whatever_it_is, with_relatives
from compliance.models import AuditEvent, AuditPending, Checkpoint
from compliance.models.export import ExportFilters
from tenants.admin.pages import Page, page_of

ORDER = ("-at", "-id")
_KIND = re.compile(r"[a-z]+(\.[a-z][a-z_]*){2}", re.ASCII)
_OBJECT = re.compile(
    r"[a-z]+\.[a-z]+(:[0-9a-zA-Z-]{1,80})?|[0-9a-fA-F-]{32,36}|[0-9]{1,18}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the address asks for. Times are UTC days, the last one included. ``object`` is a model,
    a model with a key, or a key alone; ``related`` adds what belongs to it."""

    actor: str = ""
    kind: str = ""
    object: str = ""
    related: str = ""
    since: str = ""
    until: str = ""
    cid: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "AuditFilter":
        values = {
            field.name: query.get(field.name, "").replace("\x00", "").strip()[:200]
            for field in fields(cls)
        }
        for name in ("since", "until"):
            if _day(values[name]) is None:
                values[name] = ""
        if not _OBJECT.fullmatch(values["object"]):
            values["object"] = ""
        return cls(**values)

    @property
    def query(self) -> str:
        return urlencode(
            {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        )

    @property
    def is_empty(self) -> bool:
        return not self.query

    @property
    def has_whole_kind(self) -> bool:
        """``moderation.decision.made`` names one kind of event, anything shorter begins several."""
        return bool(_KIND.fullmatch(self.kind))

    def as_exported(self) -> "AuditFilter":
        """Without what an export cannot be limited to: several kinds, what belongs to an object, a
        key without its model."""
        return replace(
            self,
            kind=self.kind if self.has_whole_kind else "",
            object=self.object if "." in self.object else "",
            related="",
        )

    def apply(self) -> QuerySet[AuditEvent]:
        events = AuditEvent.objects.all()
        if self.actor:
            events = events.filter(actor_ref=self.actor)
        if self.kind:
            lookup = "kind" if self.has_whole_kind else "kind__startswith"
            events = events.filter(**{lookup: self.kind})
        if self.object:
            events = events.filter(self._about())
        if (day := _day(self.since)) is not None:
            events = events.filter(at__gte=day)
        if (day := _day(self.until)) is not None:
            events = events.filter(at__lt=day + timedelta(days=1))
        return events.filter(correlation_id=self.cid) if self.cid else events

    def _about(self) -> Q:
        label, _colon, ref = self.object.partition(":")
        if "." not in label:
            of_key = Q(object_type__in=labels_of_objects(), object_ref=label.lower())
            return of_key | about(whatever_it_is(label.lower())) if self.related else of_key
        if not ref:
            return Q(object_type=label)
        return about(with_relatives(label, ref) if self.related else [(label, ref)])

    def for_export(self) -> ExportFilters:
        """The limits of ``as_exported`` in an export's words."""
        object_type, _colon, ref = self.as_exported().object.partition(":")
        since, until = _day(self.since), _day(self.until)
        wanted: dict[str, str] = {
            "actor": self.actor,
            "kind": self.as_exported().kind,
            "object_type": object_type,
            "object_ref": ref,
            "since": since.isoformat() if since else "",
            "until": (until + timedelta(days=1)).isoformat() if until else "",
            "cid": self.cid,
        }
        return {name: value for name, value in wanted.items() if value}  # type: ignore[return-value]  # keys as above


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time.min, UTC) if day else None


def page_of_lines(wanted: AuditFilter, *, cursor: str) -> tuple[Page[AuditEvent], list[Line]]:
    """One page with details, places in the tree and names. Three queries, and one for each app that
    has something to say about an event of it."""
    page = page_of(_shown(wanted.apply()), order=ORDER, cursor=cursor)
    return page, lines_of(page.rows)


def line_of(event: AuditEvent) -> Line:
    """One entry alone."""
    return lines_of(list(_shown(AuditEvent.objects.filter(pk=event.pk))))[0]


def _shown(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    return events.select_related("leaf", "pending", "brand").prefetch_related("details")


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of the brand's ledger is signed."""

    checkpoint: Checkpoint | None
    waiting: int
    max_delay_s: int


def standing() -> Standing:
    """Of the one brand in scope. Two queries."""
    return Standing(
        Checkpoint.objects.order_by("-size").first(),
        AuditPending.objects.count(),
        settings.LEDGER_MAX_DELAY_S,
    )
