"""Reads over the ledger that more than one caller needs."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from compliance.choices import ErasureState, ExportState
from compliance.models import (
    AuditEvent,
    AuditExport,
    AuditLeaf,
    AuditPending,
    BrandErasure,
    BrandExport,
    Checkpoint,
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
