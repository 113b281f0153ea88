"""Reads over the ledger that more than one caller needs."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from compliance.choices import ErasureState, ExportState
from compliance.models import (
    AuditEvent,
    AuditExport,
    AuditLeaf,
    AuditPending,
    AuditTree,
    BrandErasure,
    BrandExport,
    Checkpoint,
    ConsentJob,
    EvidencePack,
    LedgerAlarm,
    LedgerCheck,
    UnexplainedWrite,
)
from tenants.scope import all_brands  # noqa: TID251 -- platform jobs: sealing and exports


def brands_with_unsealed_events() -> list[UUID]:
    with all_brands(reason="seal the ledgers of all brands"):
        return list(AuditPending.objects.values_list("brand_id", flat=True).distinct())


def exports_to_run() -> list[tuple[UUID, UUID]]:
    """(brand id, export id) of exports that wait or whose worker has let its lease run out."""
    with all_brands(reason="wake the exports of all brands"):
        left = Q(state=ExportState.RUNNING, lease_until__lt=timezone.now())
        return list(
            AuditExport.objects.filter(Q(state=ExportState.QUEUED) | left)
            .order_by("requested_at")
            .values_list("brand_id", "pk")
        )


def expired_exports() -> list[tuple[UUID, UUID]]:
    """(brand id, export id) of files whose time is up."""
    with all_brands(reason="drop expired export files of all brands"):
        return list(
            AuditExport.objects.filter(expires_at__lt=timezone.now())
            .exclude(file="")
            .values_list("brand_id", "pk")
        )


def consent_jobs_to_run() -> list[tuple[UUID, UUID]]:
    """(brand id, job id) of lists that wait or whose worker has let its lease run out."""
    with all_brands(reason="wake the consent lists of all brands"):
        left = Q(state=ExportState.RUNNING, lease_until__lt=timezone.now())
        return list(
            ConsentJob.objects.filter(Q(state=ExportState.QUEUED) | left)
            .order_by("requested_at")
            .values_list("brand_id", "pk")
        )


def expired_consent_jobs() -> list[tuple[UUID, UUID]]:
    """(brand id, job id) of lists whose file's time is up."""
    with all_brands(reason="drop expired consent lists of all brands"):
        return list(
            ConsentJob.objects.filter(expires_at__lt=timezone.now())
            .exclude(file="")
            .values_list("brand_id", "pk")
        )


def packs_to_run() -> list[tuple[UUID, UUID]]:
    """(brand id, pack id) of packs that wait or whose worker has let its lease run out."""
    with all_brands(reason="wake the packs of all brands"):
        left = Q(state=ExportState.RUNNING, lease_until__lt=timezone.now())
        return list(
            EvidencePack.objects.filter(Q(state=ExportState.QUEUED) | left)
            .order_by("requested_at")
            .values_list("brand_id", "pk")
        )


def expired_packs() -> list[tuple[UUID, UUID]]:
    """(brand id, pack id) of archives whose time is up."""
    with all_brands(reason="drop expired packs of all brands"):
        return list(
            EvidencePack.objects.filter(expires_at__lt=timezone.now())
            .exclude(file="")
            .values_list("brand_id", "pk")
        )


def brand_exports_to_run() -> list[tuple[UUID, UUID]]:
    """(brand id, export id) of archives that wait or whose worker has let its lease run out."""
    with all_brands(reason="wake the archives of all brands"):
        left = Q(state=ExportState.RUNNING, lease_until__lt=timezone.now())
        return list(
            BrandExport.objects.filter(Q(state=ExportState.QUEUED) | left)
            .order_by("requested_at")
            .values_list("brand_id", "pk")
        )


def expired_brand_exports() -> list[tuple[UUID, UUID]]:
    """(brand id, export id) of archives whose time is up."""
    with all_brands(reason="drop expired archives of all brands"):
        return list(
            BrandExport.objects.filter(expires_at__lt=timezone.now())
            .exclude(file="")
            .values_list("brand_id", "pk")
        )


def erasures_to_run() -> list[tuple[UUID, UUID]]:
    """(the agency's own brand id, erasure id) of those that are due or whose worker is gone."""
    with all_brands(reason="wake the erasures of all agencies"):
        now = timezone.now()
        due = Q(state=ErasureState.QUEUED, not_before__lte=now)
        left = Q(state=ErasureState.RUNNING, lease_until__lt=now)
        return list(BrandErasure.objects.filter(due | left).values_list("brand_id", "pk"))


def unconfirmed_erasures() -> list[BrandErasure]:
    """Those that nobody has confirmed in time."""
    with all_brands(reason="end the requests that nobody confirmed"):
        return list(
            BrandErasure.objects.filter(
                state=ErasureState.REQUESTED, confirm_until__lt=timezone.now()
            )
        )


def latest_checkpoint() -> Checkpoint | None:
    """Of the brand in scope."""
    return Checkpoint.objects.select_related("key").order_by("-size").first()


def events_in_no_place() -> QuerySet[AuditEvent]:
    """Events of the brands in scope that are neither sealed nor waiting: somebody removed them from
    the queue past the database's guards."""
    sealed = AuditLeaf.objects.filter(event=OuterRef("pk"))
    waiting = AuditPending.objects.filter(event=OuterRef("pk"))
    return AuditEvent.objects.filter(~Exists(sealed), ~Exists(waiting)).order_by("at")


def oldest_unsealed() -> datetime | None:
    """When the event was written that has waited longest for its seal, of all brands."""
    with all_brands(reason="see whether the sequencer keeps its promise"):
        return AuditPending.objects.aggregate(oldest=Min("event__at"))["oldest"]  # type: ignore[no-any-return]  # an aggregate


def brands_waiting_since(before: datetime) -> dict[UUID, tuple[int, datetime]]:
    """Brand id -> how many of its events from before then are not sealed yet, and the oldest."""
    with all_brands(reason="find the brands whose events wait too long"):
        rows = (
            AuditPending.objects.filter(event__at__lt=before)
            .values("brand_id")
            .annotate(waiting=Count("pk"), oldest=Min("event__at"))
        )
        return {row["brand_id"]: (row["waiting"], row["oldest"]) for row in rows}


def brands_with_open_alarm(kind: str) -> list[UUID]:
    with all_brands(reason="find the alarms that may be over"):
        return list(
            LedgerAlarm.objects.filter(kind=kind, closed_at=None).values_list("brand_id", flat=True)
        )


def brands_with_silent_writes(since: datetime) -> set[UUID]:
    with all_brands(reason="find the brands whose rows changed without an event"):
        young = UnexplainedWrite.objects.filter(at__gt=since)
        return set(young.values_list("brand_id", flat=True))


def last_checks() -> dict[UUID, tuple[datetime, int] | None]:
    """Of each brand with a ledger: when its last check ended and how long it took (ms)."""
    with all_brands(reason="find the ledgers that are due for a check"):
        newest = LedgerCheck.objects.filter(brand=OuterRef("brand")).order_by("-finished_at")
        rows = AuditTree.objects.annotate(
            ended=Subquery(newest.values("finished_at")[:1]),
            took=Subquery(newest.values("duration_ms")[:1]),
        ).values_list("brand_id", "ended", "took")
        return {brand_id: (ended, took) if ended else None for brand_id, ended, took in rows}
