"""Carries a brand's policy out, chunk by chunk. Each chunk is a transaction that also says how far
it is, so a worker killed at any instant leaves true figures, and the next one goes on.

No chunk holds its locks long: its size follows the time the last one held them. A hold that was
placed, or a policy that was changed, since the run was asked for ends it before the next chunk.
"""

import hashlib
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from compliance.choices import RunState
from compliance.domain.audit import record
from compliance.domain.canonical import canonical, plain
from compliance.domain.closing.leftovers import drop_cache
from compliance.domain.holds import steady_holds
from compliance.domain.net import chunk_scope
from compliance.domain.retention.in_effect import Line, lines_of
from compliance.domain.retention.locking import Busy
from compliance.domain.retention.policies import KEEPER
from compliance.domain.retention.receipts import receipt_of
from compliance.domain.retention.removing import Remover
from compliance.domain.retention.terms import Terms, terms_of
from compliance.models import LegalHold, RetentionRun
from compliance.registries import RetentionSource, retention_sources
from tenants.choices import BrandState
from tenants.models import Brand
from tenants.permissions import Actor
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
FIRST, LEAST, MOST = 25, 25, 1000
"""Rows in a chunk."""
AIM_S = 0.05
"""How long a chunk should hold its locks: others wait for it at most twice as long."""
MAX_PASSES = 20
BUSY_TRIES, BUSY_PAUSE_S = 200, 0.02
WORKED_ON = frozenset({BrandState.ONBOARDING, BrandState.LIVE})


class _Stopped(Exception):
    """The run was paused or stopped, or another worker has taken it over."""


class _MustEnd(Exception):
    """Something has come up that ends the run; says what."""


class NeverEmpty(RuntimeError):
    """Rows that are due keep coming while they are erased."""


class _Job:
    """One attempt. ``chunk`` does one piece of a source and counts it in the same transaction."""

    def __init__(self, run: RetentionRun, attempt: int) -> None:
        self.pk, self.attempt, self.as_of = run.pk, attempt, run.as_of
        self.brand: Brand = run.brand
        self.limit, self.took_ms = FIRST, 0

    def scope(self) -> AbstractContextManager[None]:
        return chunk_scope(
            self.brand.pk,
            agency_ids=[self.brand.agency_id],
            receipt="compliance.retention_run.finished",
        )

    def held(self) -> RetentionRun:
        """The row, locked. Raises: _Stopped."""
        run = (
            RetentionRun.objects.select_for_update(no_key=True, of=("self",))
            .select_related("brand__agency", "requested_by")
            .get(pk=self.pk)
        )
        if run.attempt != self.attempt or run.state != RunState.RUNNING:
            raise _Stopped
        return run

    def chunk(self, key: str, source: RetentionSource) -> int:
        """Rows it took care of. Raises: _Stopped, _MustEnd."""
        remover = Remover(self.brand.pk, f"retention.{self.pk}", KEEPER)
        with self.scope():
            run = self.held()
            terms = self._terms(run)
            done = source.take(terms, remover, limit=self.limit)
            rows = sum(done.values())
            if rows:
                self._count(run, key, done, remover)
        if rows and remover.locks_since is not None:
            self._adapt(time.perf_counter() - remover.locks_since)
        return rows

    def _terms(self, run: RetentionRun) -> Terms:
        holds = steady_holds(self.brand.pk)
        check_nothing_new(run, holds)
        return terms_of(run.brand, lines=lines_in(run), as_of=run.as_of, holds=holds)

    def _count(
        self, run: RetentionRun, key: str, done: Mapping[str, int], remover: Remover
    ) -> None:
        for label, count in done.items():
            run.counts[label] = run.counts.get(label, 0) + count
        told = canonical(plain({"source": key, "rows": dict(done), "did": remover.trace}))
        run.digest = hashlib.sha256(f"{run.digest}\n{told}".encode()).hexdigest()
        run.rows_done += sum(done.values())
        run.chunks += 1
        run.longest_ms = max(run.longest_ms, self.took_ms)
        run.lease_until = timezone.now() + LEASE
        run.save(
            update_fields=["counts", "digest", "rows_done", "chunks", "longest_ms", "lease_until"]
        )

    def _adapt(self, took_s: float) -> None:
        self.took_ms = max(self.took_ms, round(took_s * 1000))
        factor = min(max(AIM_S / took_s, 0.25), 1.5)
        self.limit = min(max(round(self.limit * factor), LEAST), MOST)


def lines_in(run: RetentionRun) -> dict[str, Line]:
    """The policy the run was asked for with."""
    stored = run.criteria.get("categories", {})
    return {name: Line(int(one["months"]), str(one["action"])) for name, one in stored.items()}


def check_nothing_new(run: RetentionRun, holds: list[LegalHold]) -> None:
    """Raises: _MustEnd."""
    known = set(run.criteria.get("holds", ()))
    if any(str(hold.pk) not in known for hold in holds):
        raise _MustEnd(_("A legal hold was placed while it ran."))
    if lines_of(run.brand_id) != lines_in(run):
        raise _MustEnd(_("The retention policy was changed while it ran."))
    if run.brand.state not in WORKED_ON:
        raise _MustEnd(_("The brand is frozen or at its end."))


def run_retention(run_id: UUID, *, brand_id: UUID) -> RetentionRun | None:
    """Carry out, or go on. None if it is not its time (paused, ended, or another worker's). What
    goes wrong is noted in ``failure``; the sweep tries again when the lease has run out."""
    job = _claim(run_id, brand_id)
    if job is None:
        return None
    try:
        with override(job.brand.language):
            _take_all(job)
            return _end(job, RunState.DONE)
    except _Stopped:
        return None
    except _MustEnd as error:
        return _end(job, RunState.STOPPED, reason=str(error))
    except Exception as error:
        logger.exception("retention run %s was interrupted", run_id)
        with brand_scope(brand_id):
            RetentionRun.objects.filter(pk=run_id, attempt=job.attempt).update(
                failure=f"{type(error).__name__}: {error}"[:300]
            )
        return None


def _claim(run_id: UUID, brand_id: UUID) -> _Job | None:
    with brand_scope(brand_id):
        run = (
            RetentionRun.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("brand__agency")
            .filter(pk=run_id)
            .first()
        )
        now = timezone.now()
        if run is None:
            return None
        left = run.state == RunState.RUNNING and (run.lease_until or now) <= now
        if run.state != RunState.QUEUED and not left:
            return None
        run.state, run.lease_until = RunState.RUNNING, now + LEASE
        run.attempt, run.failure = run.attempt + 1, ""
        run.save(update_fields=["state", "lease_until", "attempt", "failure"])
        facts = {"attempt": run.attempt}
        record("compliance.retention_run.started", run, actor=KEEPER, facts=facts)
        return _Job(run, run.attempt)


def _sources() -> Iterator[tuple[str, RetentionSource]]:
    for key, source in retention_sources.items():
        yield str(key), source


def _take_all(job: _Job) -> None:
    """Until a whole pass finds nothing: what one source needed, another may let go of later."""
    for _pass in range(MAX_PASSES):
        if not sum(_run_out(job, key, source) for key, source in _sources()):
            return
    raise NeverEmpty(f"rows are still due after {MAX_PASSES} passes")


def _run_out(job: _Job, key: str, source: RetentionSource) -> int:
    """Raises: Busy, IntegrityError when others were at what is left all the while."""
    total, tries, job.limit = 0, 0, FIRST
    while True:
        try:
            done = job.chunk(key, source)
        except (Busy, IntegrityError):  # held, or something was hung on a row as it went
            tries += 1
            if tries > BUSY_TRIES:
                raise
            time.sleep(BUSY_PAUSE_S)
            continue
        tries = 0
        if not done:
            return total
        total += done


def _end(job: _Job, state: RunState, *, reason: str = "") -> RetentionRun | None:
    try:
        with job.scope():
            run = job.held()
            run.longest_ms = max(run.longest_ms, job.took_ms)
            return end_run(run, state, reason=reason, actor=KEEPER)
    except _Stopped:
        return None


def end_run(run: RetentionRun, state: RunState, *, reason: str, actor: Actor) -> RetentionRun:
    """Write the receipt and tell the ledger. The caller holds the row, with brand and agency."""
    with transaction.atomic():
        run.state, run.stop_reason, run.finished_at = state, reason[:300], timezone.now()
        run.lease_until = None
        if state == RunState.DONE:
            run.rows_total = run.rows_done
        run.receipt, run.receipt_sha256 = receipt_of(run)
        run.save()
        record(
            f"compliance.retention_run.{'finished' if state == RunState.DONE else 'stopped'}",
            run,
            actor=actor,
            reason=reason,
            facts={
                "rows": run.rows_done,
                "receipt": run.receipt_sha256,
                "keys": run.digest or None,
                "version": run.policy_number,
                "tables": [f"{label}:{count}" for label, count in sorted(run.counts.items())],
            },
        )
    if run.rows_done:
        drop_cache(run.brand_id)
    return run
