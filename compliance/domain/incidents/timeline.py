"""The time line of an incident, on the page and as a file. Requirement C12; GDPR Art. 33(5)."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.choices import BreachData, BreachKind, TransferKind
from compliance.domain.audit import record
from compliance.domain.canonical import canonical, plain
from compliance.domain.canonical import instant as iso
from compliance.domain.document import Code, Document
from compliance.domain.spreadsheet import cell
from compliance.domain.vendors.exits import let_out
from compliance.models import AuditLeaf, Incident, IncidentBrand, IncidentEntry
from compliance.permissions import VIEW_INCIDENTS
from compliance.registries import Evidence, EvidenceTable
from tenants.choices import Language
from tenants.exceptions import InvalidInput
from tenants.permissions import Actor, require

FORMATS = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}
COLUMNS = (
    "happened_at",
    "written_at",
    "kind",
    "code",
    "to",
    "reference",
    "text",
    "by",
    "event",
    "ledger_index",
)


def entries_of(incident: Incident) -> list[IncidentEntry]:
    """In the order in which things happened. One query."""
    return list(
        IncidentEntry.objects.filter(incident=incident)
        .select_related("written_by")
        .order_by("happened_at", "at", "id")
    )


def parts_of(incident: Incident) -> list[IncidentBrand]:
    """Brands concerned that are in scope, by name. One query."""
    return list(
        IncidentBrand.objects.filter(incident_ref=incident.pk)
        .select_related("brand__agency", "told_by")
        .order_by("brand__name")
    )


@transaction.atomic
def export_timeline(
    incident: Incident, *, file_format: str, language: str, actor: Actor
) -> tuple[str, str, bytes]:
    """The whole course as a file: (name, media type, content). Reading it out is an event itself.

    ``jsonl``: canonical JSON (RFC 8785), one entry a line, with the event and, once sealed, its
    place in the ledger. Raises: NotAllowed, InvalidInput (no such format or language),
    VendorNotCleared (the storage region does not fit, where that blocks).
    """
    require(actor, VIEW_INCIDENTS, incident)
    if file_format not in FORMATS:
        raise InvalidInput("format", _("Choose one of: %s.") % ", ".join(FORMATS))
    if language not in Language.values:
        raise InvalidInput("language", _("Choose German or English."))
    let_out(incident.brand, TransferKind.EXPORTED)
    rows = _rows(incident)
    record(
        "compliance.incident.exported",
        incident,
        actor=actor,
        facts={"format": file_format, "entries": len(rows)},
    )
    with translation.override(language):
        match file_format:
            case "jsonl":
                text = "".join(f"{canonical(plain(row))}\n" for row in rows)
                content = text.encode()
            case "csv":
                content = _csv(rows)
            case _:
                content = _document(incident, rows, language).to_pdf()
    return f"incident-{incident.number}.{file_format}", FORMATS[file_format], content


def _rows(incident: Incident) -> list[dict[str, Any]]:
    found = entries_of(incident)
    places = dict(
        AuditLeaf.objects.filter(event__in=[entry.event_ref for entry in found]).values_list(
            "event_id", "index"
        )
    )
    return [
        {
            "happened_at": iso(entry.happened_at),
            "written_at": iso(entry.at),
            "kind": entry.kind,
            "code": entry.code,
            "to": entry.addressee,
            "reference": entry.reference,
            "text": entry.text,
            "by": str(entry.written_by) if entry.written_by else entry.written_ref,
            "event": str(entry.event_ref),
            "ledger_index": places.get(entry.event_ref),
        }
        for entry in found
    ]


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([cell(row[name]) for name in COLUMNS])
    # The mark in front makes spreadsheets read umlauts.
    return ("\ufeff" + out.getvalue()).encode()


def facts_of(incident: Incident) -> list[tuple[StrOrPromise, str]]:
    """What is known, without free texts, in the active language."""
    return [
        (_("State"), incident.get_state_display()),
        (_("Suspected"), _time(incident.suspected_at)),
        (_("Known"), _time(incident.aware_at)),
        (_("Hours for the report"), str(incident.report_hours or "–")),
        (_("Report due"), _time(incident.due_at)),
        (_("Reported"), _time(incident.reported_at)),
        (_("Persons informed"), _time(incident.informed_at)),
        (_("Closed"), _time(incident.closed_at)),
        (_("Kind of breach"), ", ".join(str(BreachKind(k).label) for k in incident.kinds) or "–"),
        (
            _("Kinds of data"),
            ", ".join(str(BreachData(k).label) for k in incident.data_kinds) or "–",
        ),
        (_("Number of people"), _known(incident.people_count)),
        (_("Number of records"), _known(incident.record_count)),
    ]


def texts_of(incident: Incident) -> list[tuple[StrOrPromise, str]]:
    """What people wrote about it; empty ones are left out."""
    found = [
        (_("What happened"), incident.description),
        (_("Who answers questions"), incident.contact_point),
        (_("Likely consequences"), incident.consequences),
        (_("Measures"), incident.measures),
        (_("Why it is not reported"), incident.no_report_reason),
        (_("Why the report is late"), incident.late_reason),
        (_("Why the persons are not informed"), incident.not_informed_reason),
    ]
    return [(name, text) for name, text in found if text]


def _document(incident: Incident, rows: Sequence[dict[str, Any]], language: str) -> Document:
    document = Document(
        title=_("Incident no. %(number)d: %(title)s")
        % {"number": incident.number, "title": incident.title},
        language=language,
        made_at=timezone.now(),
        subtitle=incident.brand.name,
        footer=_("Documentation of a personal data breach, Art. 33(5) GDPR"),
    )
    document.facts([(str(name), value) for name, value in facts_of(incident)])
    for name, text in texts_of(incident):
        document.heading(str(name))
        document.text(text)
    if parts := parts_of(incident):
        document.heading(_("Brands concerned"))
        document.table(
            [_("Brand"), _("Number of people"), _("Told"), _("How")],
            [
                [p.brand.name, _known(p.people_count), _time(p.told_at), p.told_how or "–"]
                for p in parts
            ],
        )
    document.heading(_("Time line"))
    for row, entry in zip(rows, entries_of(incident), strict=True):
        document.heading(f"{_time(entry.happened_at)} · {entry.get_kind_display()}", level=2)
        facts: list[tuple[str, Any]] = [(_("Written down"), _time(entry.at)), (_("By"), row["by"])]
        if entry.addressee:
            facts.append((_("To"), entry.addressee))
        if entry.reference:
            facts.append((_("Reference"), entry.reference))
        facts.append((_("Event of the ledger"), Code(row["event"])))
        document.facts(facts)
        if entry.text:
            document.text(entry.text)
    return document


def _time(at: Any) -> str:
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else "–"


def _known(count: int | None) -> str:
    return _("not known yet") if count is None else str(count)


class IncidentCase:
    """An incident as a pack for an auditor or an authority."""

    key = "incident"
    title: StrOrPromise = gettext_lazy("Incident")
    label = "compliance.incident"
    capability = VIEW_INCIDENTS

    def collect(self, obj: Any) -> Evidence:
        incident: Incident = obj
        entries = entries_of(incident)
        return Evidence(
            title=_("Incident no. %(number)d: %(title)s")
            % {"number": incident.number, "title": incident.title},
            facts=facts_of(incident),
            personal=texts_of(incident),
            objects=[(self.label, str(incident.pk))],
            tables=[
                EvidenceTable(
                    _("Brands concerned"),
                    [_("Brand"), _("Number of people"), _("Told"), _("How")],
                    [
                        [p.brand.name, _known(p.people_count), _time(p.told_at), p.told_how]
                        for p in parts_of(incident)
                    ],
                ),
                EvidenceTable(
                    _("Time line"),
                    [_("When"), _("Written down"), _("Kind"), _("To"), _("Reference"), _("Event")],
                    [
                        [
                            _time(entry.happened_at),
                            _time(entry.at),
                            entry.get_kind_display(),
                            entry.addressee,
                            entry.reference,
                            str(entry.event_ref),
                        ]
                        for entry in entries
                    ],
                ),
            ],
            files={
                f"entry-{place:03d}.txt": entry.text
                for place, entry in enumerate(entries, start=1)
                if entry.text
            },
        )
