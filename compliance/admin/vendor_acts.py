"""What people do with a vendor: each a POST that calls a verb."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from compliance.domain.vendors import effects, register, review, switches
from compliance.domain.vendors.evidence import add_evidence
from compliance.domain.vendors.states import OPEN_TO_CHANGE
from compliance.models import Vendor, VendorSafeguard
from compliance.permissions import MANAGE_VENDORS
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.models import Agency, User
from tenants.permissions import can

LIST = "admin:compliance_vendor_changelist"
PAGE = "admin:compliance_vendor_change"
FORM_FIELDS = (
    "name",
    "task",
    "website",
    "contact_name",
    "contact_email",
    "sub_processors",
    "contract_status",
    "contract_on",
)


def agency_of(request: HttpRequest) -> Agency | None:
    """The agency, in its own workspace only."""
    workspace = workspace_of(request)
    if workspace is None or workspace.brand is not None:
        return None
    return workspace.agency


def form_of(request: HttpRequest, vendor: Vendor | None = None) -> dict[str, Any]:
    """What the form says; of an assessed vendor only what is still open."""
    said: dict[str, Any] = {n: request.POST[n] for n in FORM_FIELDS if n in request.POST}
    if vendor is None or vendor.state in OPEN_TO_CHANGE:
        said["services"] = request.POST.getlist("services")
        said["places"] = request.POST.getlist("places")
    return said


class VendorActs(BrandAdmin):
    def add_builtins(self, request: HttpRequest) -> HttpResponse:
        agency = self.open_agency(request)
        keys, actor = request.POST.getlist("key"), cast(User, request.user)
        return perform(
            request,
            lambda: register.add_builtins(agency, keys=keys, actor=actor),
            done=_("Entered, not assessed."),
            back=reverse(LIST),
            brand_id=None,
        )

    def set_duty(self, request: HttpRequest) -> HttpResponse:
        agency, wanted = self.open_agency(request), request.POST.get("wanted") == "on"
        service, reason = request.POST.get("service", ""), request.POST.get("reason", "")
        return perform(
            request,
            lambda: switches.set_enforced(
                agency, service, wanted=wanted, reason=reason, actor=cast(User, request.user)
            ),
            done=_("Only through an approved vendor from now on.")
            if wanted
            else _("Without an approved vendor too from now on."),
            back=reverse(LIST),
            brand_id=None,
        )

    def save(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda vendor, actor: register.change_vendor(
                vendor, form_of(request, vendor), actor=actor
            ),
            _("Saved."),
        )

    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST
        return self._act(
            request,
            pk,
            lambda vendor, actor: register.answer_check(
                vendor,
                item=said.get("item", ""),
                answer=said.get("answer", ""),
                note=said.get("note", ""),
                actor=actor,
            ),
            _("Saved."),
        )

    def add_paper(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST
        return self._act(
            request,
            pk,
            lambda vendor, actor: add_evidence(
                vendor,
                item=said.get("item", ""),
                title=said.get("title", ""),
                link=said.get("link", ""),
                upload=request.FILES.get("file"),
                actor=actor,
            ),
            _("Added."),
        )

    def add_safeguard(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        agency, said = self.open_agency(request), request.POST
        brand = next((b for b in effects.brands_of(agency) if str(b.pk) == said.get("brand")), None)
        return self._act(
            request,
            pk,
            lambda vendor, actor: register.add_safeguard(
                vendor,
                mechanism=said.get("mechanism", ""),
                dated_on=said.get("dated_on", ""),
                reference=said.get("reference", ""),
                for_brand=brand,
                actor=actor,
            ),
            _("Added. It counts from its day."),
        )

    def end_safeguard(self, request: HttpRequest, pk: UUID, one: UUID) -> HttpResponse:
        def end(vendor: Vendor, actor: User) -> None:
            found = VendorSafeguard.objects.filter(pk=one, vendor=vendor).first()
            if found is None:
                raise Http404
            register.end_safeguard(found, actor=actor)

        return self._act(request, pk, end, _("It does not count any more."))

    def request_evidence(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda vendor, actor: review.request_evidence(vendor, actor=actor),
            _("The review has begun."),
        )

    def assess(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda vendor, actor: review.assess(
                vendor, reason=request.POST.get("reason", ""), actor=actor
            ),
            _("Assessed. Somebody else decides."),
        )

    def approve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        said = request.POST
        return self._act(
            request,
            pk,
            lambda vendor, actor: review.approve(
                vendor,
                until=said.get("until", ""),
                review_on=said.get("review_on", ""),
                reason=said.get("reason", ""),
                actor=actor,
            ),
            _("Approved."),
        )

    def reject(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._act(
            request,
            pk,
            lambda vendor, actor: review.reject(
                vendor, reason=request.POST.get("reason", ""), actor=actor
            ),
            _("Rejected."),
        )

    def _act(
        self, request: HttpRequest, pk: UUID, verb: Callable[[Vendor, User], Any], done: str
    ) -> HttpResponse:
        vendor: Vendor = self.find(request, pk)
        if not can(request.user, MANAGE_VENDORS, vendor):
            raise PermissionDenied
        return perform(
            request,
            lambda: verb(vendor, cast(User, request.user)),
            done=done,
            back=reverse(PAGE, args=[vendor.pk]),
            brand_id=vendor.brand_id,
        )

    def open_agency(self, request: HttpRequest) -> Agency:
        agency = agency_of(request)
        if agency is None:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        return agency
