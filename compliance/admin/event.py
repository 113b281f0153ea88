"""The audit explorer: who did what to what, when and why. Read-only for everybody."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from compliance.admin.explorer import AuditFilter, page_of_lines, standing
from compliance.models import AuditEvent
from compliance.permissions import EXPORT_AUDIT, VIEW_AUDIT
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.choices import people_of
from tenants.permissions import can


@admin.register(AuditEvent)
class AuditEventPage(BrandAdmin):
    view_capability = VIEW_AUDIT
    ordering = ("-at", "-id")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = workspace_of(request)
        if workspace is None or not self.has_view_permission(request):
            raise Http404
        wanted = AuditFilter.read(request.GET)
        page, lines = page_of_lines(wanted, cursor=request.GET.get("after", ""))
        context = self.admin_site.each_context(request) | {
            "title": _("Audit trail"),
            "wanted": wanted,
            "page": page,
            "lines": lines,
            "people": people_of(workspace),
            "shows_brand": workspace.brand is None,
            "standing": standing() if workspace.brand is not None else None,
            "may_export": workspace.brand is not None and can(request.user, EXPORT_AUDIT),
        }
        return TemplateResponse(request, "compliance/explorer.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An event stands among its neighbours: everything about the same object."""
        event: AuditEvent = self.find(request, object_id)
        url = reverse("admin:compliance_auditevent_changelist")
        target = AuditFilter(object=f"{event.object_type}:{event.object_ref}")
        return HttpResponseRedirect(f"{url}?{target.query}#e-{event.pk}")
