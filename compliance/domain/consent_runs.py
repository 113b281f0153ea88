"""A worker's hold on a list: its lease, its progress, its end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.core.files import File
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.choices import EXPORT_ENDS, ConsentJobKind, ExportState
from compliance.domain.audit import record
from compliance.domain.consent_jobs import drop_upload
from compliance.domain.export_job import EXPORTER, LIFETIME
from compliance.models import ConsentJob
from compliance.models.consent_job import JobCounts, Problem
from tenants.scope import brand_scope

LEASE = timedelta(minutes=2)
LONG_LEASE = timedelta(minutes=20)
"""For the one statement that stores a whole list and cannot tell how far it is."""
MAX_ATTEMPTS = 5
SHOWN_PROBLEMS = 100


class Stopped(Exception):
    """The job was cancelled, or another worker has taken it over."""


class Run:
    """One worker's attempt at one job. Every method enters the brand's scope by itself."""

    def __init__(self, job: ConsentJob) -> None:
        self.job_id, self.brand_id, self.attempt = job.pk, job.brand_id, job.attempt
        self.requested_at: datetime = job.requested_at
        self.filters: dict[str, str] = job.filters
        self.language: str = job.language

    def progress(self, *, done: int, total: int | None, lease: timedelta = LEASE) -> None:
        """Raises: Stopped."""
        with brand_scope(self.brand_id):
            held = ConsentJob.objects.filter(
                pk=self.job_id, attempt=self.attempt, state=ExportState.RUNNING
            )
            until = timezone.now() + lease
            if not held.update(rows_done=done, rows_total=total, lease_until=until):
                raise Stopped

    def locked(self) -> ConsentJob:
        """The job, ours until the transaction ends. In the brand's scope. Raises: Stopped."""
        job = ConsentJob.objects.select_for_update(no_key=True).get(pk=self.job_id)
        if job.attempt != self.attempt or job.state != ExportState.RUNNING:
            raise Stopped
        return job

    def finish(
        self,
        job: ConsentJob,
        *,
        counts: JobCounts,
        rows: int,
        sha256: str,
        file: IO[bytes] | None = None,
    ) -> ConsentJob:
        """End well, in the caller's transaction."""
        now = timezone.now()
        if file is not None:
            self._keep(job, file, now=now)
        job.state, job.sha256, job.counts = ExportState.DONE, sha256, counts
        job.rows_done = job.rows_total = rows
        job.finished_at, job.lease_until = now, None
        drop_upload(job)
        job.save()
        facts = {"rows": rows, "sha256": sha256, **counts}
        record(f"compliance.{job.kind}.finished", job, actor=EXPORTER, facts=facts)
        return job

    def refuse(self, *, problems: list[Problem], wrong: int, report: IO[bytes]) -> ConsentJob:
        """End without having changed anything, with a report of what is wrong."""
        with brand_scope(self.brand_id), translation.override(self.language):
            job, now = self.locked(), timezone.now()
            self._keep(job, report, now=now)
            job.problems, job.counts = problems[:SHOWN_PROBLEMS], {"wrong": wrong}
            words = ngettext(
                "%d problem in the file. Nothing was imported.",
                "%d problems in the file. Nothing was imported.",
                wrong,
            )
            return _failed(job, words % wrong, now=now)

    def fail(self, why: str) -> ConsentJob:
        with brand_scope(self.brand_id):
            return _failed(self.locked(), why, now=timezone.now())

    @staticmethod
    def _keep(job: ConsentJob, file: IO[bytes], *, now: datetime) -> None:
        file.seek(0)
        if job.file:
            job.file.delete(save=False)  # left by an attempt that died before its commit
        job.file.save("result.csv", File(file), save=False)
        job.expires_at = now + LIFETIME


def _failed(job: ConsentJob, why: str, *, now: datetime) -> ConsentJob:
    job.state, job.failure, job.finished_at = ExportState.FAILED, why[:300], now
    job.lease_until = None
    drop_upload(job)
    job.save()
    record(f"compliance.{job.kind}.failed", job, actor=EXPORTER)
    return job


def run_job(job_id: UUID, *, brand_id: UUID) -> ConsentJob | None:
    """Work on the list. None if it is not waiting: done, cancelled, or another worker's."""
    run = _claim(job_id, brand_id)
    if run is None:
        return None
    try:
        return _RUNNERS[run[1]](run[0])
    except Stopped:
        return None


def _claim(job_id: UUID, brand_id: UUID) -> tuple[Run, str] | None:
    with brand_scope(brand_id):
        job = ConsentJob.objects.select_for_update(skip_locked=True).filter(pk=job_id).first()
        now = timezone.now()
        if job is None or job.state in EXPORT_ENDS:
            return None
        if job.state == ExportState.RUNNING and job.lease_until and job.lease_until > now:
            return None
        job.attempt += 1
        if job.attempt > MAX_ATTEMPTS:
            with translation.override(job.language):
                _failed(job, _("The job was interrupted too often."), now=now)
            return None
        job.state, job.lease_until = ExportState.RUNNING, now + LEASE
        job.rows_done, job.rows_total = 0, None
        job.save()
        facts = {"attempt": job.attempt}
        record(f"compliance.{job.kind}.started", job, actor=EXPORTER, facts=facts)
        return Run(job), job.kind


type Runner = Callable[[Run], ConsentJob]
_RUNNERS: dict[str, Runner] = {}


def runs(kind: ConsentJobKind) -> Callable[[Runner], Runner]:
    """Mark the function that works on jobs of this kind."""

    def keep(runner: Runner) -> Runner:
        _RUNNERS[kind] = runner
        return runner

    return keep
