"""The trail in a few pages: how many acts of which kind, by whom, when, and what is signed."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from compliance.domain.document import Code, Document
from compliance.domain.event_words import deed
from compliance.domain.people import names_of
from compliance.models import AuditExport, AuditLeaf, Checkpoint, SigningKey
from tenants.models import Brand

STEP = 50_000
"""Leaves that are counted with one query."""
MOST = 200
"""Lines of a table; the rest is summed up in one."""


@dataclass(slots=True)
class Tally:
    """What was counted so far. ``actors`` counts by kind and key of who acted."""

    kinds: Counter[str] = field(default_factory=Counter)
    actors: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    rows: int = 0

    def add_range(self, condition: Q, start: int, end: int) -> None:
        """Count the leaves ``[start, end)`` that fit. Runs in the brand's scope; two queries."""
        found = AuditLeaf.objects.filter(condition, index__gte=start, index__lt=end)
        by = ("event__kind", "event__actor_kind", "event__actor_ref")
        for kind, actor_kind, actor, count in (
            found.order_by().values(*by).annotate(n=Count("pk")).values_list(*by, "n")
        ):
            self.kinds[kind] += count
            self.actors[actor_kind, actor] += count
            self.rows += count
        times = found.aggregate(first=Min("event__at"), last=Max("event__at"))
        if times["first"] is not None:
            self.first = min(self.first or times["first"], times["first"])
            self.last = max(self.last or times["last"], times["last"])


def summary(
    export: AuditExport, brand: Brand, checkpoint: Checkpoint, tally: Tally, *, origin: str
) -> bytes:
    """The PDF in the export's language. Runs in the brand's scope."""
    with override(export.language):
        document = Document(
            title=_("Audit trail: summary"),
            subtitle=brand.name,
            language=export.language,
            made_at=export.started_at or export.requested_at,
            footer=origin,
            watermark=_("For %s") % export.recipient if export.recipient else "",
        )
        document.facts(_about(export, brand, tally))
        document.note(
            _(
                "This summary is for reading. The proof is the export as JSON Lines, which anybody"
                " can check with verify_audit.py and the public key."
            )
        )
        document.heading(_("By kind of act"))
        kinds = [(deed(kind), kind, count) for kind, count in tally.kinds.most_common()]
        document.table(
            [_("What was done"), _("Action"), _("Number")],
            _cut([[words, Code(kind), str(count)] for words, kind, count in kinds], width=3),
            widths=[4, 4, 1],
        )
        document.heading(_("By person"))
        document.table(
            [_("Who"), _("Key"), _("Number")],
            _cut(_people(tally, is_masked=export.is_masked), width=3),
            widths=[4, 4, 1],
        )
        add_checkpoint(document, checkpoint)
        return document.to_pdf()


def _about(export: AuditExport, brand: Brand, tally: Tally) -> Iterable[tuple[str, str | Code]]:
    yield _("Brand"), brand.name
    yield _("Purpose"), export.purpose
    if export.recipient:
        yield _("Recipient"), export.recipient
    yield _("Acts"), str(tally.rows)
    yield _("First act"), _instant(tally.first)
    yield _("Last act"), _instant(tally.last)
    for name, value in sorted(export.wanted.items()):
        yield _("Filter %s") % name, Code(str(value))
    if export.is_masked:
        yield _("Personal data"), _("masked: people are named by their keys")


def _people(tally: Tally, *, is_masked: bool) -> list[list[str | Code]]:
    top = tally.actors.most_common()
    names = {} if is_masked else names_of([ref for (kind, ref), _n in top[:MOST] if kind == "user"])
    return [
        [names.get(ref, kind if kind == "user" else ref), Code(f"{kind}:{ref}"), str(count)]
        for (kind, ref), count in top
    ]


def _cut(rows: list[list[str | Code]], *, width: int) -> list[list[str | Code]]:
    if len(rows) <= MOST:
        return rows
    rest: list[str | Code] = [_("and %d more") % (len(rows) - MOST)]
    return [*rows[:MOST], rest + [""] * (width - 1)]


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else "–"


def add_checkpoint(document: Document, checkpoint: Checkpoint) -> None:
    """What is signed, by which key, and the note itself. In the active language."""
    key = SigningKey.objects.get(pk=checkpoint.key_id)
    document.heading(_("Checkpoint"))
    document.facts(
        [
            (_("Events signed"), str(checkpoint.size)),
            (_("Signed"), _instant(checkpoint.signed_at)),
            (_("Root"), Code(base64.b64encode(bytes(checkpoint.root)).decode())),
            (_("Key"), key.name),
            (_("Fingerprint of the key (SHA-256)"), Code(fingerprint(key))),
        ]
    )
    document.code(checkpoint.note)


def fingerprint(key: SigningKey) -> str:
    """SHA-256 of the 32 bytes of the public key, in hexadecimal pairs."""
    return ":".join(f"{byte:02x}" for byte in hashlib.sha256(bytes(key.public_key)).digest())
