"""Which data requests of which brands wait for a worker or a warning."""

from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from compliance.choices import RequestState
from compliance.models import DataRequest
from tenants.scope import all_brands  # noqa: TID251 -- platform job: the sweep over all brands


def requests_to_run() -> list[tuple[UUID, UUID]]:
    """(brand id, request id) of cases that wait for a worker or whose worker is gone."""
    with all_brands(reason="wake the data requests of all brands"):
        waits = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
        return list(
            DataRequest.objects.filter(
                waits,
                state__in=(RequestState.COLLECTING, RequestState.EXECUTING),
                is_blocked=False,
            )
            .order_by("due_on")
            .values_list("brand_id", "pk")
        )


def brands_with_open_requests() -> list[UUID]:
    """Brands with open cases, or with packages that may have run out."""
    with all_brands(reason="watch the days of all brands' data requests"):
        return list(
            DataRequest.objects.filter(
                Q(ended_at=None) | Q(package_until__lt=timezone.now()) & ~Q(package="")
            )
            .order_by()
            .values_list("brand_id", flat=True)
            .distinct()
        )
