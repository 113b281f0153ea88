"""The audit explorer: who did what to what, when and why. Read-only for everybody."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from compliance.admin.explorer import AuditFilter, line_of, page_of_lines, standing
from compliance.domain import saved_filters
from compliance.domain.people import names_of
from compliance.domain.sealing import look_at
from compliance.models import AuditEvent, SavedFilter
from compliance.permissions import EXPORT_AUDIT, EXPORT_EVIDENCE, VIEW_AUDIT
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.choices import people_of
from tenants.domain.directory import Workspace
from tenants.models import User
from tenants.permissions import can
from tenants.scope import brand_scope


@admin.register(AuditEvent)
class AuditEventPage(BrandAdmin):
    view_capability = VIEW_AUDIT
    ordering = ("-at", "-id")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "searches/keep/",
                self.post_view(self.keep_search),
                name="compliance_auditevent_keep",
            ),
            path(
                "searches/<uuid:pk>/drop/",
                self.post_view(self.drop_search),
                name="compliance_auditevent_drop",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = self._workspace(request)
        wanted = AuditFilter.read(request.GET)
        page, lines = page_of_lines(wanted, cursor=request.GET.get("after", ""))
        has_brand = workspace.brand is not None
        context = self.admin_site.each_context(request) | {
            "title": _("Audit trail"),
            "wanted": wanted,
            "page": page,
            "lines": lines,
            "people": _people(workspace, wanted.actor),
            "shows_brand": not has_brand,
            "standing": standing() if has_brand else None,
            "searches": list(saved_filters.filters_of(cast(User, request.user)))
            if has_brand
            else [],
            "may_export": has_brand and can(request.user, EXPORT_AUDIT),
            "may_pack": has_brand and can(request.user, EXPORT_EVIDENCE),
        }
        return TemplateResponse(request, "compliance/explorer.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One entry, to be linked to. ``?verify=1`` says how well it is sealed, checked now."""
        event: AuditEvent = self.find(request, object_id)
        seal = None
        if "verify" in request.GET:
            with brand_scope(event.brand_id):
                seal = look_at(event)
        context = self.admin_site.each_context(request) | {
            "title": _("Entry of the audit trail"),
            "opts": self.opts,
            "line": line_of(event),
            "seal": seal,
        }
        return TemplateResponse(request, "compliance/event.html", context)

    def keep_search(self, request: HttpRequest) -> HttpResponse:
        workspace = self._workspace(request)
        if workspace.brand is None:
            raise Http404
        brand = workspace.brand
        return perform(
            request,
            lambda: saved_filters.keep_filter(
                brand,
                name=request.POST.get("name", ""),
                query=request.POST.get("query", ""),
                is_shared="is_shared" in request.POST,
                actor=cast(User, request.user),
            ),
            done=_("The search is kept."),
            back=reverse("admin:compliance_auditevent_changelist"),
            brand_id=brand.pk,
        )

    def drop_search(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        self._workspace(request)
        user = cast(User, request.user)
        saved: SavedFilter = get_object_or_404(saved_filters.filters_of(user), pk=pk)
        return perform(
            request,
            lambda: saved_filters.drop_filter(saved, actor=user),
            done=_("The search is removed."),
            back=reverse("admin:compliance_auditevent_changelist"),
            brand_id=saved.brand_id,
        )

    def _workspace(self, request: HttpRequest) -> Workspace:
        workspace = workspace_of(request)
        self.admit(request)
        if workspace is None:
            raise Http404
        return workspace


def _people(workspace: Workspace, chosen: str) -> list[tuple[str, str]]:
    """Key and name of everybody here; also of one who has left and whose acts are looked at."""
    people = [(str(person.pk), str(person)) for person in people_of(workspace)]
    if chosen and chosen not in dict(people):
        people.append((chosen, names_of([chosen]).get(chosen, chosen)))
    return people
