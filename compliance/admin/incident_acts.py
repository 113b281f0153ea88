"""What people do with an incident: each a POST that calls a verb."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance.domain.incidents import brands, register, reporting, timeline
from compliance.models import Incident, IncidentBrand
from compliance.permissions import MANAGE_INCIDENTS
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can

PAGE = "admin:compliance_incident_change"


class IncidentActs(BrandAdmin):
    def save(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST
        names = (
            "title",
            "description",
            "people_count",
            "record_count",
            "contact_point",
            "consequences",
            "measures",
        )
        changes: dict[str, Any] = {name: said[name] for name in names if name in said}
        changes["kinds"] = said.getlist("kinds")
        changes["data_kinds"] = said.getlist("data_kinds")
        return self._act(
            request, pk, lambda i, a: register.change_incident(i, changes, actor=a), _("Saved.")
        )

    def aware(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        at = request.POST.get("at", "")
        return self._act(
            request,
            pk,
            lambda i, a: register.become_aware(i, at=at, actor=a),
            _("The clock runs."),
        )

    def dismiss(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        reason = request.POST.get("reason", "")
        return self._act(
            request,
            pk,
            lambda i, a: register.dismiss_incident(i, reason=reason, actor=a),
            _("Written down: no breach."),
        )

    def note(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST
        return self._act(
            request,
            pk,
            lambda i, a: register.add_note(
                i,
                text=said.get("text", ""),
                happened_at=said.get("happened_at", ""),
                is_measure=said.get("is_measure") == "on",
                actor=a,
            ),
            _("Written down."),
        )

    def assess(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST

        def verb(incident: Incident, actor: User) -> Any:
            if said.get("risk") not in {"high", "low"}:
                raise InvalidInput("risk", _("Say how high the risk is."))
            return reporting.assess_incident(
                incident,
                is_high_risk=said["risk"] == "high",
                text=said.get("text", ""),
                actor=actor,
            )

        return self._act(request, pk, verb, _("Assessed."))

    def report(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda i, a: reporting.report_incident(
                i, late_reason=request.POST.get("late_reason", ""), actor=a, **_report(request)
            ),
            _("Written down."),
        )

    def add_to_report(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda i, a: reporting.add_to_report(i, actor=a, **_report(request)),
            _("Written down."),
        )

    def decline(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        reason = request.POST.get("reason", "")
        return self._act(
            request,
            pk,
            lambda i, a: reporting.decline_report(i, reason=reason, actor=a),
            _("Written down: not reported."),
        )

    def inform(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST
        return self._act(
            request,
            pk,
            lambda i, a: reporting.inform_persons(
                i,
                how=said.get("how", ""),
                text=said.get("text", ""),
                sent_at=said.get("sent_at", ""),
                actor=a,
            ),
            _("Written down."),
        )

    def close(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST
        return self._act(
            request,
            pk,
            lambda i, a: reporting.close_incident(
                i,
                reason=said.get("reason", ""),
                not_informed_reason=said.get("not_informed_reason", ""),
                actor=a,
            ),
            _("Closed."),
        )

    def concern(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST

        def verb(incident: Incident, actor: User) -> Any:
            return brands.concern_brand(
                incident,
                self._brand(request),
                people_count=said.get("people_count", ""),
                contact_refs=said.get("contacts", "").split(),
                actor=actor,
            )

        return self._act(request, pk, verb, _("Saved."))

    def tell(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST

        def verb(incident: Incident, actor: User) -> Any:
            brand = self._brand(request)
            part = IncidentBrand.objects.filter(incident_ref=incident.pk, brand=brand).first()
            if part is None:
                raise Http404
            return brands.tell_brand(
                part,
                incident,
                text=said.get("text", ""),
                how=said.get("how", ""),
                told_at=said.get("told_at", ""),
                by_mail=said.get("by_mail") == "on",
                actor=actor,
            )

        return self._act(request, pk, verb, _("The brand was told."))

    def export(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        incident: Incident = self.find(request, pk)
        try:
            with transaction.atomic():
                name, media_type, content = timeline.export_timeline(
                    incident,
                    file_format=request.POST.get("format", ""),
                    language=request.POST.get("language", "") or get_language() or "en",
                    actor=cast(User, request.user),
                )
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE, args=[incident.pk]))
        answer = HttpResponse(content, content_type=media_type)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _brand(self, request: HttpRequest) -> Brand:
        workspace = workspace_of(request)
        wanted: UUID | None = None
        with suppress(ValueError):
            wanted = UUID(request.POST.get("brand", ""))
        for brand in workspace.brands if workspace is not None else ():
            if brand.pk == wanted:
                return brand
        raise InvalidInput("brand", _("Choose a brand."))

    def _act(
        self, request: HttpRequest, pk: UUID, verb: Callable[[Incident, User], Any], done: str
    ) -> HttpResponse:
        incident: Incident = self.find(request, pk)
        if not can(request.user, MANAGE_INCIDENTS, incident):
            raise PermissionDenied
        return perform(
            request,
            lambda: verb(incident, cast(User, request.user)),
            done=done,
            back=reverse(PAGE, args=[incident.pk]),
            brand_id=None,
        )


def _report(request: HttpRequest) -> dict[str, str]:
    names = ("authority", "text", "reference", "sent_at")
    return {name: request.POST.get(name, "") for name in names}
