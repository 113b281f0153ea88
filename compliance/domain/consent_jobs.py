"""Lists of consents and disclosures: ask for one, stop it, take its file. See ``consent_runs``."""

from collections.abc import Mapping
from functools import partial
from typing import IO
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance.choices import EXPORT_ENDS, ConsentJobKind, ExportState
from compliance.domain.audit import actor_reference, record
from compliance.domain.export_job import EXPORTER
from compliance.domain.queries import expired_consent_jobs
from compliance.exceptions import ExportNotReady
from compliance.models import ConsentJob
from compliance.permissions import EXPORT_AUDIT, MANAGE_CONSENT
from compliance.tasks import run_consent_job as run_consent_job_task
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User
from tenants.permissions import Actor, require
from tenants.scope import brand_scope

MOST_BYTES = 200 * 1024 * 1024
_LONGEST_FILTER = 120
CAPABILITY: dict[str, str] = {
    ConsentJobKind.IMPORT: MANAGE_CONSENT,
    ConsentJobKind.EXPORT: MANAGE_CONSENT,
    ConsentJobKind.DISCLOSURES: EXPORT_AUDIT,
}
"""What each kind of job asks of the person."""


@transaction.atomic
def request_job(
    brand: Brand,
    *,
    kind: str,
    purpose: str,
    actor: Actor,
    upload: IO[bytes] | None = None,
    filename: str = "",
    filters: Mapping[str, str] | None = None,
    wake: bool = True,
) -> ConsentJob:
    """Queue an import (with its ``upload``) or an export. ``purpose`` goes into the audit trail.

    ``filters`` of an import: ``channel`` for lines that name none; of the export of disclosures:
    what its page is limited to.

    Raises: NotAllowed, InvalidInput (no purpose, no file, too big).
    """
    if kind not in CAPABILITY:
        raise InvalidInput("kind", _("There is no such list."))
    require(actor, CAPABILITY[kind], brand)
    if not purpose.strip():
        raise InvalidInput("purpose", _("Say what the list is for."))
    job = ConsentJob(
        brand=brand,
        kind=kind,
        purpose=purpose.strip()[:300],
        language=(translation.get_language() or "en")[:2],
        filters={
            name: str(value)[:_LONGEST_FILTER] for name, value in (filters or {}).items() if value
        },
        filename=filename[-200:],
        requested_by=actor if isinstance(actor, User) else None,
        requested_ref=actor_reference(actor)[1],
        requested_at=timezone.now(),
    )
    if kind == ConsentJobKind.IMPORT:
        _keep_upload(job, upload)
    job.save(force_insert=True)
    record(
        f"compliance.{kind}.requested",
        job,
        actor=actor,
        personal={"purpose": job.purpose, "filters": job.filters, "file": job.filename},
    )
    if wake:
        wake_up = partial(run_consent_job_task.delay, brand_id=str(brand.pk), job_id=str(job.pk))
        # A broker that is down must not fail the request: the sweep finds the job.
        transaction.on_commit(wake_up, robust=True)
    return job


def _keep_upload(job: ConsentJob, upload: IO[bytes] | None) -> None:
    if upload is None:
        raise InvalidInput("file", _("Choose a file."))
    size = upload.seek(0, 2)
    upload.seek(0)
    if not size:
        raise InvalidInput("file", _("The file is empty."))
    if size > MOST_BYTES:
        raise InvalidInput("file", _("The file is larger than 200 MB. Split it."))
    job.size_bytes = size
    job.upload.save("list.csv", File(upload), save=False)


@transaction.atomic
def cancel_job(job: ConsentJob, *, actor: Actor) -> ConsentJob:
    """Stop one that has not ended; an import that is stopped has changed nothing. Idempotent.

    Raises: NotAllowed.
    """
    require(actor, CAPABILITY[job.kind], job)
    job = ConsentJob.objects.select_for_update(no_key=True).get(pk=job.pk)
    if job.state not in EXPORT_ENDS:
        job.state, job.finished_at = ExportState.CANCELLED, timezone.now()
        drop_upload(job)
        job.save(update_fields=["state", "finished_at", "upload"])
        record(f"compliance.{job.kind}.cancelled", job, actor=actor)
    return job


def drop_upload(job: ConsentJob) -> None:
    """The addresses go when nobody needs them any more. The caller saves ``upload``."""
    if job.upload:
        transaction.on_commit(partial(job.upload.storage.delete, str(job.upload.name)))
        job.upload = ""


@transaction.atomic
def open_job_file(job: ConsentJob, *, actor: Actor) -> IO[bytes]:
    """The list, or the report of what is wrong with it. The download is an event.

    Raises: NotAllowed, ExportNotReady (no file, or expired).
    """
    require(actor, CAPABILITY[job.kind], job)
    if not job.file or (job.expires_at and job.expires_at < timezone.now()):
        raise ExportNotReady
    record(
        f"compliance.{job.kind}.downloaded", job, actor=actor, facts={"sha256": job.sha256 or None}
    )
    opened: IO[bytes] = job.file.open("rb")
    return opened


def drop_expired_lists() -> int:
    """Delete files whose time is up; the rows and their events stay. Says how many."""
    dropped = 0
    for brand_id, job_id in expired_consent_jobs():
        _drop(brand_id, job_id)
        dropped += 1
    return dropped


def _drop(brand_id: UUID, job_id: UUID) -> None:
    with brand_scope(brand_id):
        job = ConsentJob.objects.select_for_update().get(pk=job_id)
        job.file.delete(save=False)
        job.save(update_fields=["file"])
        record(f"compliance.{job.kind}.expired", job, actor=EXPORTER)
