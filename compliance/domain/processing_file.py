"""The record of processing activities as a file: JSON, a spreadsheet, a page, a PDF."""

import csv
import io
import json
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from compliance.domain.audit import record
from compliance.domain.document import Document
from compliance.domain.processing_record import ProcessingRecord, processing_record
from compliance.domain.spreadsheet import cell
from compliance.permissions import VIEW_AUDIT
from compliance.registries import Party
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

FORMS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}


@transaction.atomic
def take_record(brand: Brand, *, form: str, language: str, actor: Actor) -> tuple[bytes, str]:
    """The record as a file: its bytes and its name. That it was taken is an event.

    Raises: NotAllowed, InvalidInput (a form that is none of ``FORMS``).
    """
    require(actor, VIEW_AUDIT, brand)
    if form not in FORMS:
        raise InvalidInput("form", _("Choose JSON, a spreadsheet, a page or PDF."))
    with override(language):
        content = written(processing_record(brand), form=form, language=language)
    record("compliance.processing_record.exported", brand, actor=actor, facts={"form": form})
    return content, f"record-of-processing-{brand.slug}-{timezone.now():%Y%m%d}.{form}"


def written(found: ProcessingRecord, *, form: str, language: str) -> bytes:
    """The record in one of ``FORMS``, in the language that is active."""
    match form:
        case "json":
            return (json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n").encode()
        case "csv":
            return _spreadsheet(found)
        case "pdf":
            return _document(found, language).to_pdf()
    return _document(found, language).to_html().encode()


def _spreadsheet(found: ProcessingRecord) -> bytes:
    """One line per activity. The byte order mark tells spreadsheets that it is UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_("Controller"), _("Processor"), *_heads(), _("Recipients"), _("Transfers")])
    for row in _rows(found):
        line = [found.controller, found.processor, *row]
        line += [_parties(found.recipients), _parties(found.transfers)]
        writer.writerow([cell(value) for value in line])
    return text.getvalue().encode("utf-8-sig")


def _heads() -> list[str]:
    return [_("Purpose"), _("Legal basis"), _("Of whom"), _("Kinds of data"), _("Kept for")]


def _rows(found: ProcessingRecord) -> Iterator[Sequence[str]]:
    for one in found.activities:
        yield one.purpose, one.basis, ", ".join(one.people), ", ".join(one.data), one.kept


def _parties(parties: Sequence[Party]) -> str:
    return "; ".join(
        ", ".join(filter(None, (one.name, one.country, one.purpose, one.ground))) for one in parties
    )


def _document(found: ProcessingRecord, language: str) -> Document:
    document = Document(
        title=_("Record of processing activities"),
        subtitle=found.brand,
        language=language,
        made_at=found.as_of,
    )
    document.heading(_("As controller (GDPR Art. 30(1))"))
    document.facts(
        [(_("Controller"), found.controller), (_("Contact"), found.contact or _("not given"))]
    )
    document.table(_heads(), _rows(found), widths=(3, 3, 2, 5, 3))
    document.heading(_("As processor (GDPR Art. 30(2))"))
    document.facts(
        [
            (_("Processor"), found.processor),
            (_("On behalf of"), found.controller),
            (_("Kinds of processing"), ", ".join(one.purpose for one in found.activities)),
        ]
    )
    _tell_parties(document, _("Recipients"), found.recipients)
    _tell_parties(document, _("Transfers to third countries"), found.transfers)
    document.heading(_("Technical and organisational measures"), level=2)
    for measure in found.measures:
        document.text(measure)
    return document


def _tell_parties(document: Document, title: str, parties: Sequence[Party]) -> None:
    document.heading(title, level=2)
    if not parties:
        document.text(_("None is recorded."))
        return
    heads = [_("Name"), _("Country"), _("Purpose"), _("Ground")]
    rows = [(one.name, one.country, one.purpose, one.ground) for one in parties]
    document.table(heads, rows)
