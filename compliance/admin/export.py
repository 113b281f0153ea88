"""Exports of the audit trail: ask, watch, take."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
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

from compliance.admin.explorer import AuditFilter
from compliance.choices import EXPORT_ENDS, ExportState
from compliance.domain import exports
from compliance.models import AuditExport
from compliance.permissions import EXPORT_AUDIT
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.exceptions import DomainError
from tenants.models import User
from tenants.permissions import can


@admin.register(AuditExport)
class AuditExportPage(BrandAdmin):
    view_capability = EXPORT_AUDIT
    list_display = ("requested_at", "requested_by", "purpose", "state", "rows_done", "expires_at")
    list_select_related = ("requested_by",)
    list_filter = ("state",)
    ordering = ("-requested_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "request/",
                self.admin_site.admin_view(self.request_page),
                name="compliance_auditexport_request",
            ),
            path(
                "<uuid:pk>/cancel/",
                self.post_view(self.cancel),
                name="compliance_auditexport_cancel",
            ),
            path(
                "<uuid:pk>/download/",
                self.post_view(self.download),  # type: ignore[arg-type]  # streams a file
                name="compliance_auditexport_download",
            ),
            *super().get_urls(),
        ]

    def request_page(self, request: HttpRequest) -> HttpResponse:
        """GET asks for the purpose, POST queues the export. In a brand's own workspace only."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None or not can(request.user, EXPORT_AUDIT):
            raise Http404
        wanted = AuditFilter.read(request.POST if request.method == "POST" else request.GET)
        if request.method == "POST":
            try:
                with transaction.atomic():
                    export = exports.request_export(
                        workspace.brand,
                        actor=cast(User, request.user),
                        filters=wanted.for_export(),
                        purpose=request.POST.get("purpose", ""),
                    )
            except DomainError as error:
                messages.error(request, str(error))
            else:
                return HttpResponseRedirect(
                    reverse("admin:compliance_auditexport_change", args=[export.pk])
                )
        context = self.admin_site.each_context(request) | {
            "title": _("Export the audit trail"),
            "opts": self.opts,
            "wanted": wanted,
            "count": wanted.as_exported().apply().count(),
            "is_widened": wanted.as_exported() != wanted,
            "purpose": request.POST.get("purpose", ""),
        }
        return TemplateResponse(request, "compliance/export_request.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The job: progress, which the page asks for every two seconds, then the file."""
        export: AuditExport = self.find(request, object_id)
        if request.GET.get("part") == "state":
            return JsonResponse(
                {
                    "state": export.state,
                    "words": str(export.get_state_display()),
                    "done": export.rows_done,
                    "total": export.rows_total,
                    "has_ended": export.state in EXPORT_ENDS,
                }
            )
        context = self.admin_site.each_context(request) | {
            "title": _("Audit export"),
            "opts": self.opts,
            "export": export,
            "has_ended": export.state in EXPORT_ENDS,
            "is_ready": export.state == ExportState.DONE and bool(export.file),
            "filters": sorted(export.filters.items()),
        }
        return TemplateResponse(request, "compliance/export.html", context)

    def cancel(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        export: AuditExport = self.find(request, pk)
        return perform(
            request,
            lambda: exports.cancel_export(export, actor=cast(User, request.user)),
            done=_("The export is stopped."),
            back=reverse("admin:compliance_auditexport_change", args=[export.pk]),
            brand_id=export.brand_id,
        )

    def download(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """A POST, because every download is an entry of the trail."""
        export: AuditExport = self.find(request, pk)
        try:
            with transaction.atomic():
                file = exports.open_export(export, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(
                reverse("admin:compliance_auditexport_change", args=[export.pk])
            )
        return FileResponse(
            file,
            as_attachment=True,
            filename=export.download_name,
            content_type="application/jsonl",
        )
