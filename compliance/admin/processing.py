"""The record of processing activities, the personal-data map behind it, and who was erased."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from compliance.domain.map_tables import told_map
from compliance.domain.processing_file import FORMS, take_record
from compliance.domain.processing_record import processing_record
from compliance.domain.subjects.erasing import Results
from compliance.models import SubjectErasure
from compliance.permissions import VIEW_AUDIT
from tenants.admin.acts import status_of
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.exceptions import DomainError
from tenants.models import User
from tenants.permissions import can


@admin.register(SubjectErasure)
class SubjectErasurePage(BrandAdmin):
    """Read-only: runs that erased a person, by the number of their ground, never by name."""

    view_capability = VIEW_AUDIT
    list_display = ("reference", "erased_at", "rows_done", "state")
    ordering = ("-erased_at", "-id")
    fields = ("reference", "erased_at", "finished_at", "rows_done", "state", "plan_sha256")

    @admin.display(description=gettext_lazy("rows"))
    def rows_done(self, row: SubjectErasure) -> int:
        return Results(row.reference, row.outcomes).rows_done

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: SubjectErasure) -> str:
        found = Results(row.reference, row.outcomes)
        if not found.complete:
            return _("%d sources are blocked") % len(found.blocked)
        return _("Erased") if row.finished_at else _("Running")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "record/",
                self.admin_site.admin_view(self.record),
                name="compliance_processing_record",
            ),
            path("record/take/", self.post_view(self.take), name="compliance_processing_take"),
            path("map/", self.admin_site.admin_view(self.map), name="compliance_personal_data_map"),
            *super().get_urls(),
        ]

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, f"processing/{name}.html", context)

    def record(self, request: HttpRequest) -> HttpResponse:
        """Of the brand; in the agency's workspace a list of brands."""
        workspace = workspace_of(request)
        if workspace is None or not self.has_view_permission(request):
            raise PermissionDenied
        title = _("Record of processing activities")
        if workspace.brand is None:
            mine = [one for one in workspace.brands if can(request.user, VIEW_AUDIT, one)]
            return self._page(request, "brands", title=title, brands=mine, agency=workspace.agency)
        return self._page(
            request,
            "record",
            title=title,
            brand=workspace.brand,
            found=processing_record(workspace.brand),
            forms=list(FORMS),
        )

    def take(self, request: HttpRequest) -> HttpResponse:
        """A POST, because every download is an entry of the trail."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise PermissionDenied
        form = request.POST.get("form", "")
        try:
            content, name = take_record(
                workspace.brand,
                form=form,
                language=get_language() or "en",
                actor=cast(User, request.user),
            )
        except DomainError as error:
            return HttpResponse(str(error), status=status_of(error), content_type="text/plain")
        response = HttpResponse(content, content_type=FORMS[form])
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def map(self, request: HttpRequest) -> HttpResponse:
        """Every field that is about people, table by table: the map as the code has it."""
        if workspace_of(request) is None or not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(
            request, "map", title=_("Personal-data map"), tables=told_map(request.GET.get("q", ""))
        )
