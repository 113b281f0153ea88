"""The readable part of a pack: what the case is about and what happened, in one language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from compliance.domain.document import Code, Document
from compliance.domain.event_words import deed, kind_of_object
from compliance.domain.export_pdf import add_checkpoint
from compliance.domain.export_rows import Row
from compliance.domain.people import names_of
from compliance.models import Checkpoint, EvidencePack
from compliance.registries import MASKED, Evidence
from tenants.models import Brand

MOST = 300
"""Events that are printed; all of them stand in ``events.jsonl``."""


@dataclass(slots=True)
class Timeline:
    """The first events of a case and how many there are."""

    rows: list[Row] = field(default_factory=list)
    count: int = 0

    def add(self, rows: Sequence[Row]) -> None:
        self.count += len(rows)
        self.rows += rows[: MOST - len(self.rows)]


def report(
    pack: EvidencePack,
    brand: Brand,
    evidence: Evidence,
    timeline: Timeline,
    checkpoint: Checkpoint,
    *,
    made_at: datetime,
    language: str,
) -> Document:
    """The document; ``evidence`` must have been collected in the same language. Runs in the brand's
    scope."""
    with override(language):
        document = Document(
            title=_("Evidence: %s") % evidence.title,
            subtitle=brand.name,
            language=language,
            made_at=made_at,
            footer=f"Engage · {pack.pk}",
            watermark=_("For %s") % pack.recipient if pack.recipient else "",
        )
        document.facts(
            [
                (_("Brand"), brand.name),
                (_("Made for"), pack.recipient or "–"),
                (_("Purpose"), pack.purpose),
                (_("Object"), Code(pack.object_ref) if pack.object_ref else "–"),
                (_("Events"), str(timeline.count)),
            ]
        )
        document.note(
            _(
                "This report is for reading. What it says is proved by events.jsonl; README.txt"
                " says how to check that without us."
            )
        )
        _add_case(document, pack, evidence)
        _add_timeline(document, timeline, is_masked=pack.is_masked)
        add_checkpoint(document, checkpoint)
    return document


def _add_case(document: Document, pack: EvidencePack, evidence: Evidence) -> None:
    document.heading(_("The case"))
    document.facts([(str(name), value) for name, value in evidence.facts])
    if pack.is_masked:
        document.text(
            _("Personal data are masked: %d values were left out.") % len(evidence.personal)
        )
    elif evidence.personal:
        document.heading(_("Personal data"), level=2)
        document.facts([(str(name), value) for name, value in evidence.personal])
    for table in evidence.tables:
        document.heading(table.title, level=2)
        document.table(table.head, table.rows)


def _add_timeline(document: Document, timeline: Timeline, *, is_masked: bool) -> None:
    document.heading(_("What happened"))
    if timeline.count > len(timeline.rows):
        document.text(
            _("The first %(n)d of %(count)d events; all of them stand in events.jsonl.")
            % {"n": len(timeline.rows), "count": timeline.count}
        )
    people = {row.actor_ref for row in timeline.rows if row.actor_kind == "user"}
    names = {} if is_masked else names_of(people)
    document.table(
        [_("Number"), _("Time (UTC)"), _("Who"), _("What was done"), _("To what"), _("Why")],
        [
            [
                str(row.index),
                f"{row.at:%Y-%m-%d %H:%M:%S}",
                names.get(row.actor_ref) or Code(f"{row.actor_kind}:{row.actor_ref}"),
                deed(row.kind),
                f"{kind_of_object(row.object_type)} …{row.object_ref[-8:]}",
                _why(row, is_masked=is_masked),
            ]
            for row in timeline.rows
        ],
        widths=[2, 4, 5, 5, 5, 6],
    )


def _why(row: Row, *, is_masked: bool) -> str:
    if row.reason:
        return row.reason
    for detail in row.details:
        if detail.name == "reason":
            if detail.erased_at is not None:
                return str(_("erased"))
            return MASKED if is_masked else str(detail.readable)
    return ""
