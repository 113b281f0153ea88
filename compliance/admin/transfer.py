"""Where data go: what stands today, the days behind us, and grounds that fall."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import Place
from compliance.domain.vendors import effects, switches
from compliance.domain.vendors.law import mechanism_label, mechanisms
from compliance.domain.vendors.routes import clearance, ground_words, routes_of
from compliance.domain.vendors.services import service_title, services
from compliance.models import TransferDay
from compliance.permissions import MANAGE_VENDORS, VIEW_VENDORS
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.domain.directory import Workspace
from tenants.models import Agency, User
from tenants.permissions import can

LIST = "admin:compliance_transferday_changelist"


@admin.register(TransferDay)
class TransferPage(BrandAdmin):
    view_capability = VIEW_VENDORS

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        fresh = needs_fresh_sign_in
        base = "ground/<slug:mechanism>/"
        return [
            path(base, wrap(self.ground), name="compliance_transferday_ground"),
            path(
                f"{base}fall/",
                self.post_view(fresh(self.let_fall)),
                name="compliance_transferday_fall",
            ),
            path(
                f"{base}restore/",
                self.post_view(fresh(self.restore)),
                name="compliance_transferday_restore",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = workspace_of(request)
        if workspace is None or not self.has_view_permission(request):
            raise PermissionDenied
        days = [
            (row, service_title(row.service), mechanism_label(row.ground))
            for row in self.get_queryset(request)
            .select_related("brand")
            .order_by("-day", "brand__name", "service", "kind", "place")[:300]
        ]
        is_agency = workspace.brand is None and workspace.agency_wide
        fallen = (
            {one.mechanism: one for one in switches.fallen_in(workspace.agency)}
            if is_agency
            else {}
        )
        context = self.admin_site.each_context(request) | {
            "title": _("Transfers"),
            "opts": self.opts,
            "ways": self._ways(request, workspace),
            "days": days,
            "is_agency": is_agency,
            "shows_brand": workspace.brand is None,
            "grounds": [(key, mechanism_label(key), fallen.get(key)) for key in mechanisms()],
        }
        return TemplateResponse(request, "vendors/transfers.html", context)

    def _ways(self, request: HttpRequest, workspace: Workspace) -> list[dict[str, Any]]:
        """Every use of every brand: by whom, where, on which ground, today."""
        brands = [b for b in workspace.brands if can(request.user, VIEW_VENDORS, b)]
        routes, today = routes_of(workspace.agency.pk), timezone.now().date()
        found = []
        for service in services():
            route = routes.get(service.key)
            used = {use.brand_id for use in service.uses([brand.pk for brand in brands])}
            for brand in brands:
                if brand.pk not in used:
                    continue
                clear = clearance(route, brand, on=today)
                found.append(
                    {
                        "brand": brand,
                        "service": service.title,
                        "vendor": route.vendor_name if route else "",
                        "places": [Place(leg.place).label for leg in clear.legs],
                        "grounds": ground_words(clear),
                        "clear": clear,
                    }
                )
        return found

    # A ground that falls

    def ground(self, request: HttpRequest, mechanism: str) -> HttpResponse:
        """What would lose its ground, before anything is done."""
        agency = self._agency(request, mechanism)
        fallen = {one.mechanism: one for one in switches.fallen_in(agency)}
        context = self.admin_site.each_context(request) | {
            "title": mechanism_label(mechanism),
            "opts": self.opts,
            "mechanism": mechanism,
            "fallen": fallen.get(mechanism),
            "lost": []
            if mechanism in fallen
            else effects.falls_with(
                agency, mechanism, on=timezone.now().date(), fallen=sorted(fallen)
            ),
            "may_manage": can(request.user, MANAGE_VENDORS, agency),
        }
        return TemplateResponse(request, "vendors/ground.html", context)

    def let_fall(self, request: HttpRequest, mechanism: str) -> HttpResponse:
        agency = self._agency(request, mechanism, needs=MANAGE_VENDORS)
        return perform(
            request,
            lambda: switches.let_fall(
                agency,
                mechanism,
                reason=request.POST.get("reason", ""),
                actor=cast(User, request.user),
            ),
            done=_("It does not count any more."),
            back=reverse("admin:compliance_transferday_ground", args=[mechanism]),
            brand_id=None,
        )

    def restore(self, request: HttpRequest, mechanism: str) -> HttpResponse:
        agency = self._agency(request, mechanism, needs=MANAGE_VENDORS)
        return perform(
            request,
            lambda: switches.restore(
                agency,
                mechanism,
                reason=request.POST.get("reason", ""),
                actor=cast(User, request.user),
            ),
            done=_("It counts again."),
            back=reverse("admin:compliance_transferday_ground", args=[mechanism]),
            brand_id=None,
        )

    def _agency(self, request: HttpRequest, mechanism: str, *, needs: str = VIEW_VENDORS) -> Agency:
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is not None or mechanism not in mechanisms():
            raise Http404
        if not can(request.user, needs, workspace.agency):
            raise PermissionDenied
        return workspace.agency
