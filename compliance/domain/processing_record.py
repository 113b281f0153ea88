"""The record of processing activities, made from the personal-data map. GDPR Art. 30.

Of the brand as controller (Art. 30(1)) and of the agency as its processor (Art. 30(2)). Nothing in
it is written by hand but the names: a table that joins the map tomorrow is in the record.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from compliance.domain.map_words import told, told_period
from compliance.domain.subjects.sources import covered_tables
from compliance.models import RetentionRule
from compliance.registries import Party, TableClass, personal_data, record_parts
from tenants.models import Brand

VERSION = 1
MEASURES = (
    gettext_lazy("Rows of each brand are kept apart by the database itself (row-level security)."),
    gettext_lazy("Access tokens and secrets are encrypted at rest, with keys that can be changed."),
    gettext_lazy("Staff sign in with a second factor; rights are given per role and brand."),
    gettext_lazy("Every access, change and export is an event in a tamper-evident audit trail."),
    gettext_lazy("Data are erased by the same map, and the erasure is proved by a search."),
)
_OUTSIDE = gettext_lazy("people who write to the brand")
_STAFF = gettext_lazy("staff of the agency and the brand")


@dataclass(frozen=True, slots=True)
class Activity:
    """What is done with one kind of data for one purpose. ``kept``: for how long, in words."""

    purpose: str
    basis: str
    people: list[str]
    data: list[str]
    kept: str
    tables: list[str]


@dataclass(frozen=True, slots=True)
class ProcessingRecord:
    """``as_of``: when it was made; the rest depends on the map and the brand alone."""

    brand: str
    controller: str
    contact: str
    processor: str
    as_of: datetime
    activities: list[Activity]
    recipients: list[Party]
    transfers: list[Party]
    measures: list[str]

    def to_json(self) -> dict[str, Any]:
        return {"v": VERSION, **asdict(self), "as_of": self.as_of.isoformat()}


def processing_record(brand: Brand) -> ProcessingRecord:
    """Of one brand, in the language that is active. Runs inside the brand's scope."""
    parts = list(record_parts)
    return ProcessingRecord(
        brand=brand.name,
        controller=brand.legal_name or brand.name,
        contact=brand.contact_email,
        processor=brand.agency.name,
        as_of=timezone.now(),
        activities=list(_activities(brand)),
        recipients=[party for part in parts for party in part.recipients(brand)],
        transfers=[party for part in parts for party in part.transfers(brand)],
        measures=[str(one) for one in MEASURES],
    )


def _activities(brand: Brand) -> Iterator[Activity]:
    """Tables with one purpose, basis and period are one activity; in the order of the map."""
    grouped: dict[tuple[str, str, str], list[TableClass]] = {}
    for entry in personal_data:
        about = entry.about
        if about.purpose and any(one.kind != "technical" for one in entry.fields.values()):
            grouped.setdefault((about.purpose, about.basis, about.retention), []).append(entry)
    rules = RetentionRule.objects.filter(brand=brand)
    months = dict(rules.values_list("category", "months"))
    outside = covered_tables()
    for (purpose, basis, retention), entries in grouped.items():
        labels = [entry.label for entry in entries]
        people = [_OUTSIDE] if outside.intersection(labels) else []
        people += [_STAFF] if not outside.issuperset(labels) else []
        yield Activity(
            purpose=told(purpose),
            basis=told(basis),
            people=[str(one) for one in people],
            data=_once(
                told(one.category)
                for entry in entries
                for one in entry.fields.values()
                if one.kind != "technical"
            ),
            kept=told_period(retention, months.get(retention)),
            tables=labels,
        )


def _once(words: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(words), key=str.casefold)
