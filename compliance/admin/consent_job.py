"""Suppression lists: bring one in, take one out, watch, read what is wrong with it."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.admin.consent_enter import NETWORKS
from compliance.admin.jobs import STATES as JOB_STATES
from compliance.choices import EXPORT_ENDS, ConsentJobKind, ExportState
from compliance.domain.consent_jobs import CAPABILITY, cancel_job, open_job_file, request_job
from compliance.domain.consent_problems import words_of
from compliance.models import ConsentJob
from compliance.permissions import EXPORT_AUDIT, MANAGE_CONSENT
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.exceptions import DomainError
from tenants.models import Brand, User
from tenants.permissions import can, reach_of
from tenants.registries import JobRow, jobs

PAGE = "admin:compliance_consentjob_change"


def brand_of(request: HttpRequest, capability: str) -> Brand:
    """The brand of the address, for those who may. Raises: Http404, PermissionDenied."""
    workspace = workspace_of(request)
    if workspace is None or workspace.brand is None:
        raise Http404
    if not can(request.user, capability, workspace.brand):
        raise PermissionDenied
    return workspace.brand


def queue(
    request: HttpRequest, brand: Brand, *, kind: str, filters: dict[str, str], upload: Any = None
) -> HttpResponse | None:
    """Ask for the job and go to its page; None (and a message) if a rule says no."""
    try:
        with transaction.atomic():
            job = request_job(
                brand,
                kind=kind,
                purpose=request.POST.get("purpose", ""),
                actor=cast(User, request.user),
                upload=upload,
                filename=getattr(upload, "name", "") or "",
                filters=filters,
            )
    except DomainError as error:
        messages.error(request, str(error))
        return None
    return HttpResponseRedirect(reverse(PAGE, args=[job.pk]))


@admin.register(ConsentJob)
class ConsentJobPage(BrandAdmin):
    view_capability = MANAGE_CONSENT
    list_display = ("requested_at", "kind", "requested_by", "purpose", "state", "rows_done")
    list_select_related = ("requested_by",)
    list_filter = ("kind", "state")
    ordering = ("-requested_at", "-id")
    change_list_template = "compliance/consent_jobs.html"

    def seen_with(self) -> tuple[str, ...]:
        return (MANAGE_CONSENT, EXPORT_AUDIT)

    def has_view_permission(self, request: HttpRequest, obj: ConsentJob | None = None) -> bool:
        if workspace_of(request) is None:
            return False
        wanted = (CAPABILITY[obj.kind],) if obj is not None else self.seen_with()
        return any(can(request.user, one, obj) for one in wanted)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        kinds = [kind for kind, wanted in CAPABILITY.items() if can(request.user, wanted)]
        return rows.filter(kind__in=kinds)

    def get_urls(self) -> list[URLPattern]:
        view, post = self.admin_site.admin_view, self.post_view
        name = "compliance_consentjob"
        return [
            path("import/", view(self.import_page), name=f"{name}_import"),
            path("export/", post(self.export), name=f"{name}_export"),
            path("<uuid:pk>/cancel/", post(self.cancel), name=f"{name}_cancel"),
            path(
                "<uuid:pk>/download/",
                post(self.download),  # type: ignore[arg-type]  # streams a file
                name=f"{name}_download",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = workspace_of(request)
        brand = workspace.brand if workspace else None
        may_manage = brand is not None and can(request.user, MANAGE_CONSENT, brand)
        return super().changelist_view(
            request, {"may_manage_lists": may_manage} | (extra_context or {})
        )

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """GET explains the file, POST takes it."""
        brand = brand_of(request, MANAGE_CONSENT)
        if request.method == "POST":
            channel = request.POST.get("channel", "")
            done = queue(
                request,
                brand,
                kind=ConsentJobKind.IMPORT,
                filters={"channel": channel if channel in NETWORKS else ""},
                upload=request.FILES.get("file"),
            )
            if done is not None:
                return done
        context = self.admin_site.each_context(request) | {
            "title": _("Import a suppression list"),
            "opts": self.opts,
            "networks": NETWORKS.items(),
            "given": request.POST,
        }
        return TemplateResponse(request, "compliance/consent_import.html", context)

    def export(self, request: HttpRequest) -> HttpResponse:
        brand = brand_of(request, MANAGE_CONSENT)
        done = queue(request, brand, kind=ConsentJobKind.EXPORT, filters={})
        return done or HttpResponseRedirect(reverse("admin:compliance_consentjob_changelist"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The job: progress, which the page asks for every two seconds, then its outcome."""
        job: ConsentJob = self.find(request, object_id)
        if request.GET.get("part") == "state":
            return JsonResponse(
                {
                    "state": job.state,
                    "words": str(_state_words(job)),
                    "done": job.rows_done,
                    "total": job.rows_total,
                    "has_ended": job.has_ended,
                }
            )
        context = self.admin_site.each_context(request) | {
            "title": job.get_kind_display(),
            "opts": self.opts,
            "job": job,
            "words": _state_words(job),
            "problems": [(p["line"], p["field"], words_of(p["code"])) for p in job.problems],
        }
        return TemplateResponse(request, "compliance/consent_job.html", context)

    def cancel(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        job: ConsentJob = self.find(request, pk)
        return perform(
            request,
            lambda: cancel_job(job, actor=cast(User, request.user)),
            done=_("Stopped. Nothing was changed."),
            back=reverse(PAGE, args=[job.pk]),
            brand_id=job.brand_id,
        )

    def download(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """A POST, because every download is an entry of the trail."""
        job: ConsentJob = self.find(request, pk)
        try:
            with transaction.atomic():
                file = open_job_file(job, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE, args=[job.pk]))
        return FileResponse(
            file, as_attachment=True, filename=job.download_name, content_type="text/csv"
        )


def _state_words(job: ConsentJob) -> StrOrPromise:
    if job.kind == ConsentJobKind.IMPORT and job.state == ExportState.DONE:
        return _("Imported")
    return job.get_state_display()


class ConsentJobs:
    key = "compliance.consent_job"
    title: StrOrPromise = gettext_lazy("Suppression lists")

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]:
        """Those of brands where the person may do the like. Two queries."""
        found: list[ConsentJob] = []
        lists = (ConsentJobKind.IMPORT, ConsentJobKind.EXPORT)
        for kinds in (lists, (ConsentJobKind.DISCLOSURES,)):
            if brands := reach_of(user, CAPABILITY[kinds[0]]).brand_ids:
                found += (
                    ConsentJob.objects.filter(brand__in=brands, kind__in=kinds)
                    .select_related("brand", "requested_by")
                    .order_by("-requested_at", "-id")[:limit]
                )
        found.sort(key=lambda job: job.requested_at, reverse=True)
        return [_row(job) for job in found[:limit]]


def _row(job: ConsentJob) -> JobRow:
    cancel = reverse("admin:compliance_consentjob_cancel", args=[job.pk])
    return JobRow(
        key=f"consent-job-{job.pk}",
        title=job.get_kind_display(),
        brand=job.brand.name,
        asked_by=str(job.requested_by or job.requested_ref),
        asked_at=job.requested_at,
        state=JOB_STATES[job.state],
        state_label=_state_words(job),
        done=job.rows_done,
        total=job.rows_total,
        note=job.failure or job.purpose,
        url=reverse(PAGE, args=[job.pk]),
        cancel_url="" if job.state in EXPORT_ENDS else cancel,
    )


jobs.register(ConsentJobs.key, ConsentJobs())
