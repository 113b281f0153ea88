"""The agency's register of vendors: services and their duty, each vendor's review."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.admin.vendor_acts import PAGE, VendorActs, agency_of, form_of
from compliance.choices import CheckAnswer, CheckItem, ContractStatus, Place, Safeguard
from compliance.domain.audit import record
from compliance.domain.vendors import effects, register, review
from compliance.domain.vendors.fields import sub_processors_of
from compliance.domain.vendors.services import builtins_in_use, service_title, services
from compliance.domain.vendors.states import OPEN_TO_CHANGE, may_move, next_states
from compliance.models import Vendor, VendorEvidence
from compliance.permissions import MANAGE_VENDORS, VIEW_VENDORS
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.exceptions import DomainError
from tenants.models import User
from tenants.permissions import can


@admin.register(Vendor)
class VendorPage(VendorActs):
    """In the agency's workspace only: the register is the agency's."""

    view_capability = VIEW_VENDORS

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        agency = agency_of(request)
        return agency is not None and can(request.user, VIEW_VENDORS, agency)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        agency = agency_of(request)
        return agency is not None and can(request.user, MANAGE_VENDORS, agency)

    def get_urls(self) -> list[URLPattern]:
        def post(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.post_view(view), name=f"compliance_vendor_{name}")

        fresh = needs_fresh_sign_in
        return [
            post("builtins/", self.add_builtins, "builtins"),
            post("duty/", fresh(self.set_duty), "duty"),
            path(
                "<uuid:pk>/evidence/<uuid:evidence>/",
                self.admin_site.admin_view(self.download),
                name="compliance_vendor_file",
            ),
            post("<uuid:pk>/save/", self.save, "save"),
            post("<uuid:pk>/answer/", self.answer, "answer"),
            post("<uuid:pk>/paper/", self.add_paper, "paper"),
            post("<uuid:pk>/safeguard/", fresh(self.add_safeguard), "safeguard"),
            post("<uuid:pk>/safeguard/<uuid:one>/end/", fresh(self.end_safeguard), "end_safeguard"),
            post("<uuid:pk>/request/", self.request_evidence, "request"),
            post("<uuid:pk>/assess/", self.assess, "assess"),
            post("<uuid:pk>/approve/", fresh(self.approve), "approve"),
            post("<uuid:pk>/reject/", fresh(self.reject), "reject"),
            *super().get_urls(),
        ]

    # Pages

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        agency = self.open_agency(request)
        today = timezone.now().date()
        vendors = list(Vendor.objects.order_by("name"))
        known = {vendor.key for vendor in vendors}
        context = self.admin_site.each_context(request) | {
            "title": _("Vendors"),
            "opts": self.opts,
            "vendors": [(one, [service_title(key) for key in one.services]) for one in vendors],
            "services": effects.overview(agency, on=today),
            "builtins": [one for one in builtins_in_use() if one.key not in known],
            "may_manage": self.has_add_permission(request),
            "today": today,
        }
        return TemplateResponse(request, "vendors/list.html", context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        agency = self.open_agency(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        problem: DomainError | None = None
        if request.method == "POST":
            try:
                with transaction.atomic():
                    vendor = register.add_vendor(
                        agency, actor=cast(User, request.user), **form_of(request)
                    )
            except DomainError as error:
                problem = error
            else:
                messages.success(request, _("Entered. Now ask for its evidence."))
                return HttpResponseRedirect(reverse(PAGE, args=[vendor.pk]))
        context = self._form_context(request) | {
            "title": _("Enter a vendor"),
            "problem": problem,
            "field": getattr(problem, "field", ""),
            "said": request.POST,
            "chosen_services": request.POST.getlist("services"),
            "chosen_places": request.POST.getlist("places"),
        }
        return TemplateResponse(request, "vendors/add.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        vendor: Vendor = self.find(request, object_id)
        agency = self.open_agency(request)
        checks = {check.item: check for check in vendor.checks.select_related("answered_by")}
        papers: dict[str, list[VendorEvidence]] = {}
        for one in vendor.evidence.order_by("added_at"):
            papers.setdefault(one.item, []).append(one)
        brands = effects.brands_of(agency)
        names = {brand.pk: brand.name for brand in brands}
        wrong = effects.would_block(
            agency, on=timezone.now().date(), brands=brands, only_enforced=False
        )
        context = self._form_context(request) | {
            "title": vendor.name,
            "vendor": vendor,
            "said": vendor,
            "is_open": vendor.state in OPEN_TO_CHANGE,
            "may_manage": can(request.user, MANAGE_VENDORS, vendor),
            "next": {state.value: True for state in next_states(vendor.state)},  # type: ignore[arg-type]  # a state's value
            "own_assessment": vendor.assessed_by_id == request.user.pk,
            "checks": [(item, checks.get(item), papers.get(item, [])) for item in CheckItem],
            "answers": [one for one in CheckAnswer if one != CheckAnswer.OPEN],
            "gaps": review.gaps(vendor) if may_move(vendor.state, "assessed") else [],  # type: ignore[arg-type]  # values of states
            "safeguards": [
                (one, names.get(one.for_brand_ref) if one.for_brand_ref else None)
                for one in vendor.safeguards.order_by("-dated_on", "pk")
            ],
            "mechanisms": Safeguard.choices,
            "brands": brands,
            "uses": [
                (str(service.title), use, names.get(use.brand_id, ""))
                for service in services()
                if service.key in vendor.services
                for use in service.uses(names)
            ],
            "wrong": [one for one in wrong if one.service in vendor.services],
            "sub_processors": sub_processors_of(vendor.sub_processors),
            "chosen_services": vendor.services,
            "chosen_places": vendor.places,
            "place_titles": [Place(place).label for place in vendor.places],
            "service_titles": [service_title(key) for key in vendor.services],
        }
        return TemplateResponse(request, "vendors/vendor.html", context)

    def download(self, request: HttpRequest, pk: UUID, evidence: UUID) -> HttpResponse:
        """The file as an attachment, never shown in the page. Reading it is an event."""
        vendor: Vendor = self.find(request, pk)
        found = vendor.evidence.filter(pk=evidence).exclude(file="").first()
        if found is None:
            raise Http404
        record(
            "compliance.vendor.evidence_read",
            vendor,
            actor=cast(User, request.user),
            facts={"sha256": found.sha256},
        )
        answer = FileResponse(
            found.file.open("rb"),
            as_attachment=True,
            filename=found.file_name,
            content_type="application/octet-stream",
        )
        answer["X-Content-Type-Options"] = "nosniff"
        return answer  # type: ignore[return-value]  # a stream is a response too

    def _form_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = self.admin_site.each_context(request)
        return context | {
            "opts": self.opts,
            "all_services": [(service.key, service.title) for service in services()],
            "all_places": Place.choices,
            "contract_choices": ContractStatus.choices,
        }
