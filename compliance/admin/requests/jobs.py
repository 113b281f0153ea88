"""Data requests at which a worker is, as the jobs centre tells of them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import RequestState
from compliance.models import DataRequest
from compliance.permissions import VIEW_REQUESTS
from tenants.permissions import reach_of
from tenants.registries import JobRow, jobs

_WORKING = (RequestState.COLLECTING, RequestState.EXECUTING)


class DataRequestJobs:
    key = "compliance.data_request"
    title: StrOrPromise = _("Data requests")

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]:
        """Those that are worked on or were carried out, as far as the person may see. One query."""
        brands = reach_of(user, VIEW_REQUESTS).brand_ids
        if not brands:
            return []
        found = (
            DataRequest.objects.filter(brand__in=brands)
            .filter(Q(state__in=_WORKING) | Q(released_at__isnull=False))
            .select_related("brand", "released_by", "reviewed_by")
            .order_by("-received_at", "-id")[:limit]
        )
        return [_row(case) for case in found]


def _row(case: DataRequest) -> JobRow:
    is_working = case.state in _WORKING
    if case.is_blocked:
        state, note = "failed", case.failure
    elif is_working:
        state, note = ("running" if case.lease_until else "waiting"), case.failure
    elif case.accepted_reason:
        state, note = "done_with_skips", case.accepted_reason
    else:
        state, note = "done", ""
    return JobRow(
        key=f"data-request-{case.pk}",
        title=str(case),
        brand=case.brand.name,
        asked_by=str(case.released_by or case.reviewed_by or ""),
        asked_at=case.released_at or case.received_at,
        state=state,  # type: ignore[arg-type]  # one of the words above
        state_label=case.get_state_display(),
        done=case.rows_done,
        total=case.rows_total,
        note=note,
        url=reverse("admin:compliance_datarequest_change", args=[case.pk]),
    )


jobs.register(DataRequestJobs.key, DataRequestJobs())
