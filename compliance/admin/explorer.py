"""The audit explorer's reads: filters, one keyset page, names of those who acted. Five queries."""

import json
import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import ActorKind
from compliance.models import AuditEvent, AuditPending, Checkpoint
from compliance.models.export import ExportFilters
from tenants.admin.pages import Page, page_of
from tenants.models import User

ORDER = ("-at", "-id")
_KIND = re.compile(r"[a-z]+(\.[a-z][a-z_]*){2}", re.ASCII)
_OBJECT = re.compile(r"[a-z]+\.[a-z]+(:[0-9a-zA-Z-]{1,80})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the address asks for. Times are UTC days, the last one included."""

    actor: str = ""
    kind: str = ""
    object: str = ""
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
        """Without what an export cannot be limited to: the correlation id, several kinds."""
        return replace(self, cid="", kind=self.kind if self.has_whole_kind else "")

    def apply(self) -> QuerySet[AuditEvent]:
        events = AuditEvent.objects.all()
        if self.actor:
            events = events.filter(actor_ref=self.actor)
        if self.kind:
            lookup = "kind" if self.has_whole_kind else "kind__startswith"
            events = events.filter(**{lookup: self.kind})
        if self.object:
            object_type, _colon, ref = self.object.partition(":")
            events = events.filter(object_type=object_type)
            if ref:
                events = events.filter(object_ref=ref)
        if (day := _day(self.since)) is not None:
            events = events.filter(at__gte=day)
        if (day := _day(self.until)) is not None:
            events = events.filter(at__lt=day + timedelta(days=1))
        return events.filter(correlation_id=self.cid) if self.cid else events

    def for_export(self) -> ExportFilters:
        """The limits of ``as_exported`` in an export's words."""
        object_type, _colon, ref = self.object.partition(":")
        since, until = _day(self.since), _day(self.until)
        wanted: dict[str, str] = {
            "actor": self.actor,
            "kind": self.as_exported().kind,
            "object_type": object_type,
            "object_ref": ref,
            "since": since.isoformat() if since else "",
            "until": (until + timedelta(days=1)).isoformat() if until else "",
        }
        return {name: value for name, value in wanted.items() if value}  # type: ignore[return-value]  # keys as above


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time.min, UTC) if day else None


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the screen shows it."""

    event: AuditEvent
    who: str
    values: list[tuple[str, StrOrPromise]]
    body: str
    seal: StrOrPromise
    is_sealed: bool


def page_of_lines(wanted: AuditFilter, *, cursor: str) -> tuple[Page[AuditEvent], list[Line]]:
    """One page with details, places in the tree and names. Three queries."""
    events = wanted.apply().select_related("leaf", "pending", "brand").prefetch_related("details")
    page = page_of(events, order=ORDER, cursor=cursor)
    names = names_of({event.actor_ref for event in page.rows if event.actor_kind == ActorKind.USER})
    return page, [_line(event, names) for event in page.rows]


def names_of(refs: set[str]) -> dict[str, str]:
    """Names of people who acted, also of those who have left. One query, none for nobody."""
    ids = []
    for ref in refs:
        try:
            ids.append(UUID(ref))
        except ValueError:
            continue
    if not ids:
        return {}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids)}


def _line(event: AuditEvent, names: dict[str, str]) -> Line:
    values: list[tuple[str, StrOrPromise]] = [
        (detail.name, _("erased") if detail.erased_at else _readable(detail.readable))
        for detail in event.details.all()
    ]
    leaf, pending = getattr(event, "leaf", None), getattr(event, "pending", None)
    if leaf is not None:
        seal: StrOrPromise = str(leaf.index)
    elif pending is not None:
        seal = _("waits for its seal")
    else:
        seal = _("has no place in the ledger")
    return Line(
        event,
        names.get(event.actor_ref, event.actor_ref),
        sorted(values, key=lambda pair: pair[0]),
        _pretty(event.body),
        seal,
        is_sealed=leaf is not None,
    )


def _readable(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of the brand's ledger is signed."""

    checkpoint: Checkpoint | None
    waiting: int


def standing() -> Standing:
    """Of the one brand in scope. Two queries."""
    return Standing(
        Checkpoint.objects.order_by("-size").first(),
        AuditPending.objects.count(),
    )
