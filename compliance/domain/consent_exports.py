"""Suppression lists and proofs of disclosure go out: spreadsheets made in chunks."""

import csv
import hashlib
import io
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import IO, Any
from uuid import UUID

from django.db.models import Model, QuerySet

from compliance.choices import ConsentJobKind
from compliance.domain.consent import BLOCKED
from compliance.domain.consent_address import key_mark
from compliance.domain.consent_runs import Run, runs
from compliance.domain.disclosures import DisclosureFilter
from compliance.domain.spreadsheet import cell
from compliance.models import Consent, ConsentJob, DisclosureShown
from tenants.scope import brand_scope

CHUNK = 5000
_BUFFER = 1024 * 1024
_LIST = ("channel", "address_hash", "purpose", "state", "since", "source")
_SHOWN = ("shown_at", "channel", "language", "version", "why", "text", "text_sha256",
          "conversation_ref", "message_ref", "outbox_ref")  # fmt: skip


@runs(ConsentJobKind.EXPORT)
def export_list(run: Run) -> ConsentJob:
    """Opt-outs and suppressions: hashes, never addresses, with the mark of the key."""
    mark = key_mark(run.brand_id)
    return _export(
        run,
        lambda: Consent.objects.filter(state__in=BLOCKED),
        [*_LIST, "key"],
        lambda row: [*(getattr(row, name) for name in _LIST), mark],
    )


@runs(ConsentJobKind.DISCLOSURES)
def export_disclosures(run: Run) -> ConsentJob:
    """Which disclosure was shown, when, in which language and wording."""
    wanted = DisclosureFilter.from_json(run.filters)
    return _export(
        run,
        lambda: wanted.apply(DisclosureShown.objects.all()),
        list(_SHOWN),
        lambda row: [getattr(row, name) for name in _SHOWN],
    )


def _export(
    run: Run,
    rows: Callable[[], QuerySet[Any]],
    heading: Sequence[str],
    values: Callable[[Any], Sequence[Any]],
) -> ConsentJob:
    """Raises: Stopped."""
    with brand_scope(run.brand_id):
        total = rows().count()
    with tempfile.TemporaryFile() as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(heading)
        done, last = 0, None
        while True:
            run.progress(done=done, total=max(total, done))
            with brand_scope(run.brand_id):
                chunk = _chunk(rows(), last)
            writer.writerows([cell(_plain(v)) for v in values(row)] for row in chunk)
            done += len(chunk)
            if len(chunk) < CHUNK:
                break
            last = chunk[-1].pk
        text.flush()
        text.detach()
        sha256, size = _hash(file)
        with brand_scope(run.brand_id):
            job = run.locked()
            job.size_bytes = size
            return run.finish(job, counts={}, rows=done, sha256=sha256, file=file)


def _chunk(rows: QuerySet[Any], last: Any) -> list[Model]:
    ordered = rows.order_by("pk")
    return list((ordered.filter(pk__gt=last) if last is not None else ordered)[:CHUNK])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def _hash(file: IO[bytes]) -> tuple[str, int]:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_BUFFER):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size
