"""Exports of the audit trail: ask, watch, take."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance.admin.explorer import ORDER, AuditFilter
from compliance.admin.handed_out import link_address, page, progress, send, shown
from compliance.admin.lines import lines_of
from compliance.choices import ExportFormat
from compliance.domain import exports
from compliance.domain.export_csv import COLUMNS
from compliance.domain.exports import ExportForm
from compliance.models import AuditEvent, AuditExport
from compliance.permissions import EXPORT_AUDIT
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.choices import Language
from tenants.exceptions import DomainError
from tenants.models import User
from tenants.permissions import can

PAGE = "admin:compliance_auditexport_change"
PREVIEW = 20
COUNTED = 100_000
"""Entries that are counted for the preview; more are "more than"."""


@admin.register(AuditExport)
class AuditExportPage(BrandAdmin):
    view_capability = EXPORT_AUDIT
    list_display = (
        "requested_at",
        "requested_by",
        "purpose",
        "format",
        "state",
        "rows_done",
        "expires_at",
    )
    list_select_related = ("requested_by",)
    list_filter = ("state", "format")
    ordering = ("-requested_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        def act(view: Any) -> URLPattern:
            name = f"compliance_auditexport_{view.__name__}"
            return path(f"<uuid:pk>/{view.__name__}/", self.post_view(view), name=name)

        return [
            path(
                "request/",
                self.admin_site.admin_view(self.request_page),
                name="compliance_auditexport_request",
            ),
            act(self.cancel),
            act(self.download),
            act(self.link),
            *super().get_urls(),
        ]

    def request_page(self, request: HttpRequest) -> HttpResponse:
        """GET shows what would be in it, POST queues it. In a brand's own workspace only."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        if not can(request.user, EXPORT_AUDIT):
            raise PermissionDenied
        wanted = AuditFilter.read(request.POST if request.method == "POST" else request.GET)
        form = _form(request)
        if request.method == "POST":
            try:
                with transaction.atomic():
                    export = exports.request_export(
                        workspace.brand,
                        actor=cast(User, request.user),
                        filters=wanted.for_export(),
                        purpose=request.POST.get("purpose", ""),
                        form=form,
                        held_checkpoint=request.POST.get("held_checkpoint", ""),
                    )
            except DomainError as error:
                messages.error(request, str(error))
            else:
                return HttpResponseRedirect(reverse(PAGE, args=[export.pk]))
        events = wanted.as_exported().apply()
        count = events[: COUNTED + 1].count()
        context = self.admin_site.each_context(request) | {
            "title": _("Export the audit trail"),
            "opts": self.opts,
            "wanted": wanted,
            "count": min(count, COUNTED),
            "is_more": count > COUNTED,
            "lines": _preview(events),
            "is_widened": wanted.as_exported() != wanted,
            "purpose": request.POST.get("purpose", ""),
            "held_checkpoint": request.POST.get("held_checkpoint", ""),
            "form": form,
            "formats": ExportFormat.choices,
            "columns": COLUMNS.items(),
            "languages": Language.choices,
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
            return progress(export)
        return self._page(request, export)

    def _page(self, request: HttpRequest, export: AuditExport, link: str = "") -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": _("Audit export"),
            "opts": self.opts,
            "export": export,
            "has_proofs": export.format == ExportFormat.JSONL,
            "filters": sorted(export.filters.items()),
            "act": "admin:compliance_auditexport_",
        }
        return page(request, "compliance/export.html", context | shown(export, link=link))

    def cancel(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        export: AuditExport = self.find(request, pk)
        return perform(
            request,
            lambda: exports.cancel_export(export, actor=cast(User, request.user)),
            done=_("The export is stopped."),
            back=reverse(PAGE, args=[export.pk]),
            brand_id=export.brand_id,
        )

    @needs_fresh_sign_in
    def download(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        export: AuditExport = self.find(request, pk)
        user = cast(User, request.user)
        return send(request, export, lambda: exports.open_export(export, actor=user), back=PAGE)

    @needs_fresh_sign_in
    def link(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Shown once, on the page that answers."""
        export: AuditExport = self.find(request, pk)
        try:
            with transaction.atomic():
                token = exports.make_link(export, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE, args=[export.pk]))
        return self._page(request, export, link_address(token))


def _form(request: HttpRequest) -> ExportForm:
    """Personal data are masked unless somebody takes the tick away."""
    if request.method != "POST":
        return ExportForm(is_masked=True, language=(get_language() or "en")[:2])
    return ExportForm(
        format=request.POST.get("format", ExportFormat.JSONL),
        columns=request.POST.getlist("columns"),
        is_masked="is_masked" in request.POST,
        language=request.POST.get("language", ""),
        recipient=request.POST.get("recipient", ""),
    )


def _preview(events: Any) -> Any:
    """The newest twenty, as the explorer shows them."""
    found = events.select_related("leaf", "pending", "brand").prefetch_related("details")
    newest: list[AuditEvent] = list(found.order_by(*ORDER)[:PREVIEW])
    return lines_of(newest)
