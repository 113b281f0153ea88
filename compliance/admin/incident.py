"""Incidents: the register, one incident with its clock, the notices to a brand."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance.admin.incident_acts import PAGE, IncidentActs
from compliance.choices import BreachData, BreachKind, IncidentEntryKind
from compliance.domain.incidents import register, timeline
from compliance.domain.incidents.clock import is_late, left
from compliance.domain.incidents.notices import draft
from compliance.domain.incidents.states import CLOCK_RUNS, TERMINAL, next_states
from compliance.models import Incident, IncidentBrand
from compliance.permissions import MANAGE_INCIDENTS, VIEW_INCIDENTS
from tenants.admin.base import workspace_of
from tenants.exceptions import DomainError
from tenants.models import Agency, Brand, User
from tenants.permissions import can

DRAFTS = {
    "authority": IncidentEntryKind.AUTHORITY,
    "controller": IncidentEntryKind.CONTROLLER,
    "persons": IncidentEntryKind.PERSONS,
}


def clock_of(incident: Incident) -> dict[str, Any] | None:
    """Time left for the report; None when nothing runs."""
    if incident.due_at is None or incident.state not in CLOCK_RUNS:
        return None
    now = timezone.now()
    hours, minutes = left(incident.due_at, now)
    return {"hours": hours, "minutes": minutes, "is_late": is_late(incident.due_at, now)}


@admin.register(Incident)
class IncidentPage(IncidentActs):
    view_capability = VIEW_INCIDENTS

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = [
            path(
                f"<uuid:pk>/{name.replace('_', '-')}/",
                self.post_view(getattr(self, name)),
                name=f"compliance_incident_{name}",
            )
            for name in (
                "save",
                "aware",
                "dismiss",
                "note",
                "assess",
                "report",
                "add_to_report",
                "decline",
                "inform",
                "close",
                "concern",
                "tell",
                "export",
            )
        ]
        show = path("<uuid:pk>/draft/", wrap(self.draft), name="compliance_incident_draft")
        return [*acts, show, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        place = self._place(request)
        return place is not None and can(request.user, MANAGE_INCIDENTS, place)

    def _place(self, request: HttpRequest) -> Agency | Brand | None:
        workspace = workspace_of(request)
        if workspace is None:
            return None
        return workspace.brand or workspace.agency

    # Pages

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = list(self.get_queryset(request).select_related("brand").order_by("-pk")[:200])
        own = {incident.pk for incident in found}
        told = IncidentBrand.objects.exclude(incident_ref__in=own).exclude(told_at=None)
        context = self.admin_site.each_context(request) | {
            "title": _("Incidents"),
            "opts": self.opts,
            "rows": [(incident, clock_of(incident)) for incident in found],
            "notices": list(told.select_related("brand").order_by("-told_at")[:100]),
            "shows_brand": (w := workspace_of(request)) is not None and w.brand is None,
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "incidents/list.html", context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        place = self._place(request)
        if place is None or not self.has_add_permission(request):
            raise PermissionDenied
        problem: DomainError | None = None
        if request.method == "POST":
            said = request.POST
            try:
                with transaction.atomic():
                    incident = register.open_incident(
                        place,
                        actor=cast(User, request.user),
                        title=said.get("title", ""),
                        description=said.get("description", ""),
                        suspected_at=said.get("suspected_at", ""),
                    )
            except DomainError as error:
                problem = error
            else:
                messages.success(request, _("Entered. The clock starts once it is known."))
                return HttpResponseRedirect(reverse(PAGE, args=[incident.pk]))
        context = self.admin_site.each_context(request) | {
            "title": _("Enter an incident"),
            "opts": self.opts,
            "problem": problem,
            "field": getattr(problem, "field", ""),
            "said": request.POST,
        }
        return TemplateResponse(request, "incidents/add.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        incident: Incident = self.find(request, object_id)
        workspace = workspace_of(request)
        parts = timeline.parts_of(incident)
        concerned = {part.brand_id for part in parts}
        free = [b for b in (workspace.brands if workspace else ()) if b.pk not in concerned]
        context = self.admin_site.each_context(request) | {
            "title": str(incident),
            "opts": self.opts,
            "incident": incident,
            "clock": clock_of(incident),
            "next": {state.value: True for state in next_states(incident.state)},  # type: ignore[arg-type]  # a state's value
            "is_open": incident.state not in TERMINAL,
            "may_manage": can(request.user, MANAGE_INCIDENTS, incident),
            "facts": timeline.facts_of(incident),
            "texts": timeline.texts_of(incident),
            "entries": timeline.entries_of(incident),
            "parts": parts,
            "brands": free,
            "breach_kinds": BreachKind.choices,
            "breach_data": BreachData.choices,
            "now": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        }
        return TemplateResponse(request, "incidents/incident.html", context)

    def draft(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """A text to complete, German or English."""
        incident: Incident = self.find(request, pk)
        kind = DRAFTS.get(request.GET.get("kind", ""))
        language = request.GET.get("language", get_language() or "en")
        if kind is None or language not in {"de", "en"}:
            raise Http404
        wanted = request.GET.get("brand", "")
        parts = timeline.parts_of(incident)
        brand = next((p.brand for p in parts if str(p.brand_id) == wanted), None)
        if brand is None and len(parts) == 1:
            brand = parts[0].brand
        context = self.admin_site.each_context(request) | {
            "title": kind.label,
            "opts": self.opts,
            "incident": incident,
            "kind": request.GET.get("kind"),
            "language": language,
            "brand": brand,
            "text": draft(kind, incident, language=language, brand=brand),
        }
        return TemplateResponse(request, "incidents/draft.html", context)
