"""Erases a brand, chunk by chunk. Each chunk is a transaction that also says how far it is, so a
worker killed at any instant leaves true figures, and the next one goes on with what is left.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone

from compliance.choices import ErasureState
from compliance.domain.audit import record
from compliance.domain.closing.certificate import certificate_of
from compliance.domain.closing.erasures import CLOSER
from compliance.domain.closing.leftovers import drop_cache, drop_folder
from compliance.domain.closing.tables import (
    EMPTIED,
    Table,
    brand_tables,
    erased_tables,
    file_columns,
    loose_keys,
)
from compliance.domain.net import chunk_scope
from compliance.domain.queries import latest_checkpoint
from compliance.domain.sequencer import seal_all
from compliance.models import BrandErasure
from compliance.registries import closing_parts
from tenants.choices import BrandState
from tenants.models import Brand
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

CHUNK = 1000
LEASE = timedelta(minutes=2)
MAX_PASSES = 20

type Counts = dict[str, int]
type Step = Callable[[], Counts]


class _Stopped(Exception):
    """Another worker has taken the erasure over."""


class NeverEmpty(RuntimeError):
    """Something keeps writing into the brand while it is erased."""


class _Job:
    """One attempt. ``run`` enters the scope of the brand and of the agency's own rows, for one
    chunk, and counts what the chunk did in the same transaction."""

    def __init__(self, erasure: BrandErasure, attempt: int) -> None:
        self.pk, self.attempt = erasure.pk, attempt
        self.own_id = erasure.brand_id
        self.brand: Brand = erasure.target

    def scope(self) -> AbstractContextManager[None]:
        return chunk_scope(
            [self.brand.pk, self.own_id],
            agency_ids=[self.brand.agency_id],
            receipt="compliance.brand.erased",
        )

    def run(self, step: Step) -> int:
        """Rows the step took care of. Raises: _Stopped."""
        with self.scope():
            erasure = self.held()
            done = step()
            for label, count in done.items():
                erasure.counts[label] = erasure.counts.get(label, 0) + count
            erasure.rows_done += sum(done.values())
            erasure.lease_until = timezone.now() + LEASE
            erasure.save(update_fields=["counts", "rows_done", "lease_until"])
        return sum(done.values())

    def held(self) -> BrandErasure:
        erasure = (
            BrandErasure.objects.select_for_update(no_key=True, of=("self",))
            .select_related("requested_by", "confirmed_by", "target__agency")
            .get(pk=self.pk)
        )
        if erasure.attempt != self.attempt or erasure.state != ErasureState.RUNNING:
            raise _Stopped
        return erasure


def run_brand_erasure(erasure_id: UUID, *, brand_id: UUID) -> BrandErasure | None:
    """Erase, or go on erasing. ``brand_id`` is the agency's own brand, which keeps the row.

    None if it is not its time (not confirmed, cooling, done, or another worker's). What goes wrong
    is noted in ``failure``; the sweep tries again when the lease has run out.
    """
    job = _claim(erasure_id, brand_id)
    if job is None:
        return None
    try:
        _prepare(job)
        _erase_all(job)
        return _finish(job)
    except _Stopped:
        return None
    except Exception as error:
        logger.exception("erasure %s was interrupted", erasure_id)
        with brand_scope(brand_id):
            BrandErasure.objects.filter(pk=erasure_id, attempt=job.attempt).update(
                failure=f"{type(error).__name__}: {error}"[:300]
            )
        return None


def _claim(erasure_id: UUID, own_id: UUID) -> _Job | None:
    with brand_scope(own_id):
        erasure = (
            BrandErasure.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("target__agency")
            .filter(pk=erasure_id)
            .first()
        )
        now = timezone.now()
        if erasure is None:
            return None
        waits = erasure.state == ErasureState.QUEUED and (erasure.not_before or now) <= now
        left = erasure.state == ErasureState.RUNNING and (erasure.lease_until or now) <= now
        if not (waits or left):
            return None
        erasure.state, erasure.lease_until = ErasureState.RUNNING, now + LEASE
        erasure.attempt, erasure.failure = erasure.attempt + 1, ""
        erasure.save(update_fields=["state", "lease_until", "attempt", "failure"])
        facts = {"attempt": erasure.attempt}
        record("compliance.brand_erasure.started", erasure, actor=CLOSER, facts=facts)
        return _Job(erasure, erasure.attempt)


def _prepare(job: _Job) -> None:
    """Note the ledger as it is before the first row goes, and how much there is to do. Once."""
    with job.scope():
        if job.held().checkpoint_before:
            return
    seal_all(job.brand.pk)
    with brand_scope(job.brand.pk):
        checkpoint = latest_checkpoint()
    with job.scope():
        erasure = job.held()
        erasure.checkpoint_before = checkpoint.note if checkpoint else ""
        erasure.rows_total = sum(planned_counts(job.brand).values())
        erasure.save(update_fields=["checkpoint_before", "rows_total"])


def planned_counts(brand: Brand) -> Counts:
    """What an erasure would do now: rows erased or emptied by table, none left out at zero. Runs in
    the scope of the brand and of its agency."""
    found: Counts = {}
    for table in brand_tables():
        rows = table.rows(brand)
        if table.label in EMPTIED:
            rows = rows.filter(erased_at=None)
        elif table not in erased_tables():
            continue
        found[table.label] = rows.count()
    for part in closing_parts:
        for label, count in part.count_beyond(brand).items():
            found[label] = found.get(label, 0) + count
    return {label: count for label, count in sorted(found.items()) if count}


def _erase_all(job: _Job) -> None:
    """Until a whole pass finds nothing: the next catches what was on its way into the brand."""
    for _pass in range(MAX_PASSES):
        if not sum(_run_out(job, step) for step in _steps(job)):
            return
    raise NeverEmpty(f"rows keep coming after {MAX_PASSES} passes")


def _run_out(job: _Job, step: Step) -> int:
    total = 0
    while done := job.run(step):
        total += done
    return total


def _steps(job: _Job) -> Iterator[Step]:
    brand = job.brand
    for part in closing_parts:
        yield partial(part.erase_beyond, brand, limit=CHUNK)
    for table in brand_tables():
        for key in loose_keys(table):
            yield partial(_loosen, table, key, brand)
    for table in brand_tables():
        if table.label in EMPTIED:
            yield partial(_empty, table, brand)
    for table in erased_tables():
        yield partial(_delete, table, brand)


def _loosen(table: Table, key: str, brand: Brand) -> Counts:
    """Let go of rows that are deleted before the row that names them. Counts nothing: the rows
    themselves are counted when they go."""
    rows = table.rows(brand).filter(**{f"{key}__isnull": False})
    if table.label not in {t.label for t in erased_tables()}:
        return {}
    while chosen := list(rows.values_list("pk", flat=True)[:CHUNK]):
        table.model._default_manager.filter(pk__in=chosen).update(**{key: None})
    return {}


def _empty(table: Table, brand: Brand) -> Counts:
    values: dict[str, object] = {
        "erased_at": timezone.now(),
        "erased_reference": "brand_closed",
    }
    if table.label == "compliance.auditdetail":
        values |= {"value": None, "salt": None}
    else:
        values |= {"changes": None, "reason": ""}
    chosen = list(table.rows(brand).filter(erased_at=None).values_list("pk", flat=True)[:CHUNK])
    if not chosen:
        return {}
    emptied = table.model._default_manager.filter(pk__in=chosen).update(**values)
    return {table.label: emptied}


def _delete(table: Table, brand: Brand) -> Counts:
    files = file_columns(table.model)
    # Nothing but keys and files is read: a secret that no key opens any more must not stop this.
    chosen = list(table.rows(brand).only("pk", *files)[:CHUNK])
    if not chosen:
        return {}
    for row in chosen:
        for column in files:
            if file := getattr(row, column):
                file.delete(save=False)
    rows = table.model._default_manager.filter(pk__in=[row.pk for row in chosen])
    # Past the collector: it would read what points here, which is gone already, and no signal or
    # field history may tell of a row that is being forgotten.
    return {table.label: rows._raw_delete(rows.db)}


def _finish(job: _Job) -> BrandErasure:
    drop_folder(f"brands/{job.brand.pk}")
    drop_cache(job.brand.pk)
    with job.scope():
        erasure = job.held()
        brand = Brand.objects.select_for_update(no_key=True).get(pk=job.brand.pk)
        if brand.state != BrandState.CLOSED:
            brand.state, brand.closed_at = BrandState.CLOSED, timezone.now()
            brand.frozen_reason = brand.sending_stopped_reason = brand.contact_email = ""
            brand.save(
                update_fields=[
                    "state",
                    "closed_at",
                    "frozen_reason",
                    "sending_stopped_reason",
                    "contact_email",
                ]
            )
            record(
                "compliance.brand.erased",
                erasure,
                actor=CLOSER,
                facts={"rows": erasure.rows_done},
                brand_id=brand.pk,
            )
    seal_all(job.brand.pk)
    with brand_scope(job.brand.pk):
        checkpoint = latest_checkpoint()
    with job.scope():
        erasure = job.held()
        erasure.checkpoint_after = checkpoint.note if checkpoint else ""
        erasure.state, erasure.finished_at = ErasureState.DONE, timezone.now()
        erasure.rows_total, erasure.lease_until = erasure.rows_done, None
        erasure.certificate = certificate_of(erasure)
        erasure.save(
            update_fields=[
                "checkpoint_after",
                "state",
                "finished_at",
                "rows_total",
                "lease_until",
                "certificate",
            ]
        )
        record(
            "compliance.brand_erasure.finished",
            erasure,
            actor=CLOSER,
            facts={"brand": str(job.brand.pk), "rows": erasure.rows_done},
        )
        return erasure
