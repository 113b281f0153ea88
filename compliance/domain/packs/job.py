"""Makes a pack. A case is small, so a killed worker's successor begins again; a long period should
be taken as an export, which goes on where it was."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.core.files import File
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from compliance.choices import EXPORT_ENDS, ExportState
from compliance.domain.audit import record
from compliance.domain.closing.archive import sha256_of
from compliance.domain.export_file import ExportFile
from compliance.domain.export_job import CHUNK, EXPORTER, LEASE, LIFETIME, MAX_ATTEMPTS
from compliance.domain.export_json import JsonForm, LedgerBroken, WatchedProver
from compliance.domain.export_rows import count_rows, read_rows
from compliance.domain.keys import note_key, signing_key
from compliance.domain.packs.archive import write_archive
from compliance.domain.packs.report import Timeline, report
from compliance.domain.platform_tree import seal_whole_platform
from compliance.domain.queries import latest_checkpoint
from compliance.domain.relatives import about
from compliance.domain.sequencer import seal_all
from compliance.models import AuditTree, Checkpoint, EvidencePack
from compliance.registries import Evidence, evidence_cases
from tenants.models import Brand
from tenants.scope import brand_scope

LANGUAGES = ("de", "en")
PERIOD = "period"
TELL = timedelta(seconds=1)


class _Stopped(Exception):
    """The pack was cancelled, or another worker has taken it over."""


class CaseGone(RuntimeError):
    """The object of the case is not there any more."""


def run_pack(pack_id: UUID, *, brand_id: UUID) -> EvidencePack | None:
    """Make the archive. None if the pack is not waiting (done, cancelled, or another worker's).

    Raises nothing for what goes wrong with the data: the pack ends as failed and says why, in the
    brand's language.
    """
    seal_all(brand_id)
    seal_whole_platform()
    brand = Brand.including_agencies.filter(pk=brand_id).first()
    with override(brand.language if brand else None):
        return _run(pack_id, brand_id)


def _run(pack_id: UUID, brand_id: UUID) -> EvidencePack | None:
    pack = _claim(pack_id, brand_id)
    if pack is None:
        return None
    try:
        with tempfile.TemporaryFile() as file:
            rows = _make(pack, file)
            return _finish(pack, file, rows)
    except _Stopped:
        return None
    except (LedgerBroken, CaseGone) as error:
        return _fail(pack, str(error))


def _claim(pack_id: UUID, brand_id: UUID) -> EvidencePack | None:
    with brand_scope(brand_id):
        pack = EvidencePack.objects.select_for_update(skip_locked=True).filter(pk=pack_id).first()
        now = timezone.now()
        if pack is None or pack.state in EXPORT_ENDS:
            return None
        if pack.state == ExportState.RUNNING and pack.lease_until and pack.lease_until > now:
            return None
        pack.attempt += 1
        if pack.attempt > MAX_ATTEMPTS:
            pack.state, pack.finished_at = ExportState.FAILED, now
            pack.failure = _("The export was interrupted too often.")
            pack.save()
            record("compliance.evidence.failed", pack, actor=EXPORTER)
            return None
        pack.state, pack.lease_until = ExportState.RUNNING, now + LEASE
        pack.rows_done, pack.rows_total, pack.checkpoint = 0, None, latest_checkpoint()
        pack.save()
        facts = {"attempt": pack.attempt}
        record("compliance.evidence.started", pack, actor=EXPORTER, facts=facts)
        return pack


def object_of(pack: EvidencePack) -> Any:
    """The row the case is about; None for a period. Runs in the brand's scope. Raises: CaseGone."""
    if pack.case_key == PERIOD:
        return None
    case = evidence_cases[pack.case_key]
    found = apps.get_model(case.label).objects.filter(pk=pack.object_ref).first()
    if found is None:
        raise CaseGone(_("The object of the case is not there any more."))
    return found


def _collect(pack: EvidencePack) -> dict[str, Evidence]:
    """By language."""
    found = {}
    of_case = object_of(pack)
    for language in LANGUAGES:
        with override(language):
            if pack.case_key == PERIOD:
                found[language] = _of_period(pack)
            else:
                found[language] = evidence_cases[pack.case_key].collect(of_case)
    return found


def _of_period(pack: EvidencePack) -> Evidence:
    return Evidence(
        title=_("Audit of a period"),
        facts=[
            (_("From"), f"{pack.since:%Y-%m-%d %H:%M} UTC"),
            (_("To (exclusive)"), f"{pack.until:%Y-%m-%d %H:%M} UTC"),
        ],
        objects=[],
    )


def _condition(pack: EvidencePack, evidence: Evidence) -> tuple[Q, dict[str, str]]:
    """Which events, and the words for it in the header of ``events.jsonl``."""
    if pack.case_key == PERIOD and pack.since and pack.until:
        words = {"since": pack.since.isoformat(), "until": pack.until.isoformat()}
        return Q(event__at__gte=pack.since, event__at__lt=pack.until), {"case": PERIOD} | words
    return about(evidence.objects, prefix="event__"), {
        "case": pack.case_key,
        "object": f"{evidence_cases[pack.case_key].label}:{pack.object_ref}",
        "objects": str(len(evidence.objects)),
    }


def _make(pack: EvidencePack, file: IO[bytes]) -> int:
    brand = Brand.objects.get(pk=pack.brand_id)
    with brand_scope(pack.brand_id):
        if pack.checkpoint_id is None:  # asking for it was an event, so there is one
            raise LedgerBroken("the brand has no checkpoint")
        checkpoint = Checkpoint.objects.select_related("key").get(pk=pack.checkpoint_id)
        origin = AuditTree.objects.get().origin
        evidence = _collect(pack)
        condition, words = _condition(pack, evidence["en"])
        total = count_rows(condition, checkpoint.size)
    tell = _teller(pack, total)
    tell(0)
    prover = WatchedProver(pack.brand_id, checkpoint, watch=lambda: tell(0))
    form = JsonForm(
        checkpoint,
        prover,
        origin=origin,
        filters=words,
        recipient=pack.recipient,
        is_masked=pack.is_masked,
    )
    timeline = Timeline()
    with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as events:
        form.begin(lines)
        last = -1
        while rows := read_rows(
            pack.brand_id, condition, size=checkpoint.size, after=last, limit=CHUNK
        ):
            form.write(lines, rows)
            timeline.add(rows)
            last = rows[-1].index
            tell(form.rows)
        lines.seek(0)
        whole = ExportFile(events)
        whole.copy(lines, rows=form.rows)
        key = signing_key()
        whole.write_footer(origin=origin, key=note_key(key), private_key=key.open_private_key())
        events.seek(0)
        made_at = timezone.now()
        with brand_scope(pack.brand_id):
            reports = {
                language: report(
                    pack, brand, told, timeline, checkpoint, made_at=made_at, language=language
                )
                for language, told in evidence.items()
            }
            write_archive(
                file,
                pack,
                events=events,
                rows=form.rows,
                evidence=evidence["en"],
                reports=reports,
                checkpoint=checkpoint,
                origin=origin,
                made_at=made_at,
            )
    return form.rows


def _teller(pack: EvidencePack, total: int) -> Callable[[int], None]:
    def tell(rows: int) -> None:
        with brand_scope(pack.brand_id):
            held = EvidencePack.objects.filter(
                pk=pack.pk, attempt=pack.attempt, state=ExportState.RUNNING
            )
            lease = timezone.now() + LEASE
            if not held.update(rows_done=rows, rows_total=total, lease_until=lease):
                raise _Stopped

    return tell


def _finish(made: EvidencePack, file: IO[bytes], rows: int) -> EvidencePack:
    digest, size = sha256_of(file)
    with brand_scope(made.brand_id):
        pack = EvidencePack.objects.select_for_update(no_key=True).get(pk=made.pk)
        if pack.attempt != made.attempt or pack.state != ExportState.RUNNING:
            raise _Stopped
        now = timezone.now()
        if pack.file:
            pack.file.delete(save=False)  # left by an attempt that died before its commit
        pack.file.save("evidence.zip", File(file), save=False)
        pack.state, pack.sha256, pack.size_bytes = ExportState.DONE, digest, size
        pack.rows_done = pack.rows_total = rows
        pack.finished_at, pack.expires_at, pack.lease_until = now, now + LIFETIME, None
        pack.save()
        record(
            "compliance.evidence.finished",
            pack,
            actor=EXPORTER,
            facts={"rows": rows, "sha256": digest, "case": pack.case_key},
        )
        return pack


def _fail(made: EvidencePack, why: str) -> EvidencePack:
    with brand_scope(made.brand_id):
        pack = EvidencePack.objects.select_for_update(no_key=True).get(pk=made.pk)
        if pack.attempt == made.attempt and pack.state == ExportState.RUNNING:
            pack.state, pack.failure = ExportState.FAILED, why[:300]
            pack.finished_at = timezone.now()
            pack.save(update_fields=["state", "failure", "finished_at"])
            record("compliance.evidence.failed", pack, actor=EXPORTER)
        return pack
