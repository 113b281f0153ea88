"""A retention run: progress, pause, stop, receipt; and what the jobs centre tells of it."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, cast
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.admin.retention_parts import table_titles
from compliance.choices import RetentionCategory, RunState
from compliance.domain.retention import runs
from compliance.domain.retention.receipts import read_receipt
from compliance.models import RetentionRun
from compliance.permissions import MANAGE_RETENTION, VIEW_RETENTION
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin
from tenants.models import User
from tenants.permissions import can, reach_of
from tenants.registries import JobRow, jobs

PAGE = "admin:compliance_retentionrun_change"
_STATES: dict[str, Literal["waiting", "running", "done", "cancelled"]] = {
    RunState.QUEUED: "waiting",
    RunState.RUNNING: "running",
    RunState.PAUSED: "waiting",
    RunState.STOPPED: "cancelled",
    RunState.DONE: "done",
}


@admin.register(RetentionRun)
class RetentionRunPage(BrandAdmin):
    view_capability = VIEW_RETENTION
    list_display = ("requested_at", "requested_by", "state", "rows_done", "finished_at")
    list_select_related = ("requested_by",)
    ordering = ("-requested_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        def act(view: Callable[..., HttpResponse]) -> URLPattern:
            name = f"compliance_retentionrun_{view.__name__}"
            return path(f"<uuid:pk>/{view.__name__}/", self.post_view(view), name=name)

        return [
            act(self.pause),
            act(self.resume),
            act(self.stop),
            path(
                "<uuid:pk>/receipt/",
                self.admin_site.admin_view(self.receipt),
                name="compliance_retentionrun_receipt",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Progress, which the page asks for every two seconds, then the receipt."""
        run: RetentionRun = self.find(request, object_id)
        if request.GET.get("part") == "state":
            return JsonResponse(
                {
                    "state": run.state,
                    "words": str(run.get_state_display()),
                    "done": run.rows_done,
                    "total": max(run.rows_total, run.rows_done),
                    "has_ended": run.has_ended,
                }
            )
        titles = table_titles()
        labels = dict(RetentionCategory.choices)
        criteria = run.criteria.get("categories", {})
        context = self.admin_site.each_context(request) | {
            "title": _("Retention run"),
            "opts": self.opts,
            "run": run,
            "told": read_receipt(run.receipt) if run.receipt else {},
            "tables": [
                (titles.get(name, name), planned, run.counts.get(name, 0))
                for name, planned in sorted((dict.fromkeys(run.counts, 0) | run.planned).items())
            ],
            "criteria": [(labels.get(name, name), line) for name, line in criteria.items()],
            "may_manage": can(request.user, MANAGE_RETENTION, run),
        }
        return TemplateResponse(request, "retention/run.html", context)

    def receipt(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The signed text as a file."""
        run: RetentionRun = self.find(request, pk)
        answer = HttpResponse(run.receipt, content_type="application/json")
        name = f"retention-receipt-{run.as_of:%Y%m%d-%H%M%S}.json"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _on(
        self, request: HttpRequest, pk: UUID, verb: Callable[..., Any], done: str, **more: Any
    ) -> HttpResponse:
        run: RetentionRun = self.find(request, pk)
        return perform(
            request,
            lambda: verb(run, actor=cast(User, request.user), **more),
            done=done,
            back=reverse(PAGE, args=[run.pk]),
            brand_id=run.brand_id,
        )

    def pause(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._on(request, pk, runs.pause_run, _("Paused. Nothing further is erased."))

    def resume(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._on(request, pk, runs.resume_run, _("It goes on."))

    def stop(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        words = request.POST.get("reason", "")
        done = _("Stopped. What went stands in the receipt.")
        return self._on(request, pk, runs.stop_run, done, reason=words)


class RetentionRunJobs:
    key = "compliance.retention_run"
    title: StrOrPromise = gettext_lazy("Retention runs")

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]:
        """Those of brands whose retention the person may see. One query."""
        brands = reach_of(user, VIEW_RETENTION).brand_ids
        if not brands:
            return []
        found = (
            RetentionRun.objects.filter(brand__in=brands)
            .select_related("brand", "requested_by")
            .order_by("-requested_at", "-id")[:limit]
        )
        return [_row(run) for run in found]


def _row(run: RetentionRun) -> JobRow:
    by_itself = "" if run.by_hand else str(_("by schedule"))
    return JobRow(
        key=f"retention-run-{run.pk}",
        title=_("Retention run"),
        brand=run.brand.name,
        asked_by=str(run.requested_by or by_itself),
        asked_at=run.requested_at,
        state=_STATES[run.state],
        state_label=run.get_state_display(),
        done=run.rows_done,
        total=max(run.rows_total, run.rows_done),
        note=run.failure or run.stop_reason,
        # Stopping needs a reason, so it is done on the page.
        url=reverse(PAGE, args=[run.pk]),
    )


jobs.register(RetentionRunJobs.key, RetentionRunJobs())
