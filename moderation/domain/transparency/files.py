"""The records of a period as one archive: JSON Lines and CSV in batches as the database takes them.

What would be refused is left out of the batches and listed with field and reason.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched, islice
from typing import IO, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.spreadsheet import cell
from inbox.choices import OutboxState
from inbox.models import OutboxItem
from moderation.domain.transparency.codes import EXPORTED
from moderation.domain.transparency.record import FIELDS, Record, Stored, record_of
from moderation.domain.transparency.validate import Problem, problems_of
from moderation.models import Decision
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User
from tenants.permissions import require

EXPORT = "moderation.statement.export"
BATCH = 100
MOST = 20_000
CHUNK = 500


@dataclass(slots=True)
class Checked:
    """``good`` records and, by puid, why the others would be refused."""

    good: list[Record] = field(default_factory=list)
    bad: list[tuple[str, Problem]] = field(default_factory=list)


def decisions_of(brand: Brand, *, since: datetime, until: datetime) -> QuerySet[Decision]:
    """Restrictions that were decided from ``since`` on and before ``until``, oldest first.

    A hiding that was called back before the network heard of it restricted nobody.
    """
    called_back = OutboxItem.objects.filter(
        pk=OuterRef("outbox_ref"), state=OutboxState.CANCELLED, attempts=0
    )
    return (
        Decision.objects.select_related(
            "rule", "sanction", "message__conversation", "statement", "brand"
        )
        .filter(brand=brand, action__in=EXPORTED, decided_at__gte=since, decided_at__lt=until)
        .exclude(Exists(called_back))
        .order_by("decided_at", "id")
    )


def stored_of(decision: Decision) -> Stored:
    """What the record is made of; the only place that reads the tables for it."""
    message = decision.message
    language = message.conversation.language
    statement = getattr(decision, "statement", None)
    sanction = getattr(decision, "sanction", None)
    return Stored(
        puid=str(decision.pk),
        action=decision.action,
        category=decision.category,
        rule_text=decision.rule.text("en"),
        ground=decision.rule.ground,
        reason=decision.reason,
        facts=decision.facts,
        source=decision.source,
        automation=decision.automation,
        detected_automatically=decision.detected_automatically,
        content_at=message.occurred_at,
        decided_at=decision.decided_at,
        until=sanction.until if sanction else None,
        language=language or (statement.language if statement else ""),
        has_text=bool(decision.text_snapshot),
        attachments=tuple(str(one.get("type", "")) for one in message.attachments or ()),
    )


def check(decisions: Iterable[Decision]) -> Checked:
    found = Checked()
    for decision in decisions:
        made = record_of(stored_of(decision))
        problems = list(problems_of(made))
        if problems:
            found.bad += [(made["puid"], problem) for problem in problems]
        else:
            found.good.append(made)
    return found


@transaction.atomic
def export_statements(
    brand: Brand, *, since: datetime, until: datetime, actor: User, file: IO[bytes]
) -> Checked:
    """Write the archive of a period into ``file``; that it was handed out is an event.

    Raises: NotAllowed, InvalidInput (too many for one archive).
    """
    require(actor, EXPORT, brand)
    rows = decisions_of(brand, since=since, until=until)
    chosen = list(islice(rows.iterator(chunk_size=CHUNK), MOST + 1))
    if len(chosen) > MOST:
        raise InvalidInput("until", _("More than %d decisions: choose a shorter time.") % MOST)
    checked = check(chosen)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members_of(checked):
            archive.writestr(name, text)
    record(
        "moderation.statement.exported",
        brand,
        actor=actor,
        facts={
            "since": since.date().isoformat(),
            "until": until.date().isoformat(),
            "records": len(checked.good),
            "left_out": len({puid for puid, _problem in checked.bad}),
        },
    )
    return checked


def members_of(checked: Checked) -> Iterator[tuple[str, str]]:
    """(name, text) of each file of the archive. Pure."""
    for number, batch in enumerate(batched(checked.good, BATCH, strict=False), 1):
        yield f"statements-{number:04d}.jsonl", "".join(map(_line, batch))
        yield f"statements-{number:04d}.csv", _csv(batch)
    if checked.bad:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["puid", "field", "reason"])
        writer.writerows([puid, p.field, p.reason] for puid, p in checked.bad)
        yield "left-out.csv", out.getvalue()


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=False) + "\n"


def _csv(records: Sequence[Record]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    writer.writerows([_cell(one.get(name)) for name in FIELDS] for one in records)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return cell("|".join(value) if isinstance(value, list) else value)
