"""The end of a brand as steps on one page, in the agency's workspace."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from compliance.choices import ErasureState
from compliance.domain.closing import erasures, exports
from compliance.domain.closing.blocks import blocks_of, latest_archive
from compliance.domain.closing.certificate import read_certificate
from compliance.domain.closing.erase_job import planned_counts
from compliance.domain.closing.tables import EMPTIED, KEPT
from compliance.models import BrandErasure, BrandExport, LegalHold
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.choices import BrandState
from tenants.domain import freezing
from tenants.exceptions import DomainError
from tenants.models import Brand, User
from tenants.permissions import can

BRAND_PAGE = "admin:compliance_branderasure_brand"
ERASURE_PAGE = "admin:compliance_branderasure_change"
_ENDED = (ErasureState.DONE, ErasureState.WITHDRAWN, ErasureState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Step:
    """``mark``: done, now, todo or blocked, as the style sheet names them."""

    title: StrOrPromise
    mark: str
    note: StrOrPromise = ""


@admin.register(BrandErasure)
class OffboardingPage(BrandAdmin):
    """The list of the agency's brands, one page of steps for each, and the erasures."""

    view_capability = freezing.CAPABILITY

    def get_urls(self) -> list[URLPattern]:
        def act(route: str, view: Callable[..., HttpResponse]) -> URLPattern:
            name = f"compliance_branderasure_{view.__name__}"
            return path(route, self.post_view(view), name=name)

        page = self.admin_site.admin_view(self.brand_page)
        return [
            path("brand/<uuid:pk>/", page, name="compliance_branderasure_brand"),
            act("brand/<uuid:pk>/freeze/", self.freeze),
            act("brand/<uuid:pk>/thaw/", self.thaw),
            act("brand/<uuid:pk>/stop-intake/", self.stop_intake),
            act("brand/<uuid:pk>/archive/", self.archive),
            act("brand/<uuid:pk>/erase/", self.erase),
            act("<uuid:pk>/confirm/", self.confirm),
            act("<uuid:pk>/withdraw/", self.withdraw),
            path(
                "<uuid:pk>/certificate/",
                self.admin_site.admin_view(self.certificate),
                name="compliance_branderasure_certificate",
            ),
            *super().get_urls(),
        ]

    # Who and where

    def _agency_wide(self, request: HttpRequest) -> Any:
        """The agency's workspace of somebody who belongs to the agency itself. Raises: Http404."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is not None or not workspace.agency_wide:
            raise Http404
        return workspace

    def _brand(self, request: HttpRequest, pk: UUID) -> Brand:
        """A client's brand of the agency, closed ones too. Raises: Http404, PermissionDenied."""
        agency = self._agency_wide(request).agency
        brand = Brand.objects.select_related("agency").filter(pk=pk, agency=agency).first()
        if brand is None:
            raise Http404
        if not can(request.user, self.view_capability, brand):
            raise PermissionDenied
        return brand

    def _erasure(self, request: HttpRequest, pk: Any) -> BrandErasure:
        self._agency_wide(request)
        erasure: BrandErasure = self.find(request, pk)
        return erasure

    # Pages

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All brands of the agency with their state. Three queries, however many there are."""
        agency = self._agency_wide(request).agency
        if not self.has_view_permission(request):
            raise PermissionDenied
        open_ones = {
            erasure.target_id: erasure
            for erasure in BrandErasure.objects.filter(state__in=(*erasures.OPEN, "done"))
        }
        brands = list(Brand.objects.filter(agency=agency))
        context = self.admin_site.each_context(request) | {
            "title": _("Offboarding"),
            "opts": self.opts,
            "rows": [(brand, open_ones.get(brand.pk)) for brand in brands],
        }
        return TemplateResponse(request, "offboarding/brands.html", context)

    def brand_page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The steps, what stands in the way, and what would be erased."""
        brand = self._brand(request, pk)
        erasure = erasures.current_erasure(brand)
        has_ended = brand.state in {BrandState.CLOSING, BrandState.CLOSED}
        blocks = [] if has_ended else blocks_of(brand)
        titles = _titles()
        counts = {} if has_ended or blocks else planned_counts(brand)
        context = self.admin_site.each_context(request) | {
            "title": _("Offboarding: %s") % brand.name,
            "opts": self.opts,
            "brand": brand,
            "steps": _steps(brand, blocks, erasure, has_archive=not has_ended and _archived(brand)),
            "blocks": blocks,
            "erasure": erasure,
            "is_own_request": erasure is not None and erasure.requested_by_id == request.user.pk,
            "has_ended": has_ended,
            "exports": []
            if has_ended
            else BrandExport.objects.filter(brand=brand).order_by("-requested_at")[:5],
            "holds": []
            if has_ended
            else LegalHold.objects.filter(brand=brand).order_by("-placed_at")[:20],
            "counts": sorted((titles.get(label, label), n) for label, n in counts.items()),
            "total": sum(counts.values()),
        }
        return TemplateResponse(request, "offboarding/brand.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Progress, which the page asks for every two seconds, then the certificate."""
        erasure = self._erasure(request, object_id)
        if request.GET.get("part") == "state":
            return JsonResponse(
                {
                    "state": erasure.state,
                    "words": str(erasure.get_state_display()),
                    "done": erasure.rows_done,
                    "total": erasure.rows_total,
                    "has_ended": erasure.state in _ENDED,
                }
            )
        titles = _titles()
        told = read_certificate(erasure.certificate) if erasure.certificate else {}
        grounds = {**KEPT, **EMPTIED}  # the certificate is in English, the page speaks the reader's
        lines = [
            line
            | {
                "title": titles.get(line["table"], ""),
                "why": grounds.get(line["table"], line["why"]),
            }
            for line in told.get("tables", [])
        ]
        context = self.admin_site.each_context(request) | {
            "title": _("Erasure of %s") % erasure.target.name,
            "opts": self.opts,
            "erasure": erasure,
            "is_own_request": erasure.requested_by_id == request.user.pk,
            "has_ended": erasure.state in _ENDED,
            "told": told,
            "lines": lines,
        }
        return TemplateResponse(request, "offboarding/erasure.html", context)

    def certificate(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The signed text itself, as a file."""
        erasure = self._erasure(request, pk)
        if request.method not in {"GET", "HEAD"} or not erasure.certificate:
            raise Http404
        name = f"erasure-{erasure.target.slug}-{erasure.finished_at:%Y%m%d}.json"
        response = HttpResponse(erasure.certificate, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    # Acts

    def _do(
        self, request: HttpRequest, verb: Callable[[], Any], *, done: StrOrPromise, back: str
    ) -> HttpResponse:
        """Run the verb in the agency's scope, which holds the brand and the agency's own rows."""
        try:
            with transaction.atomic():
                verb()
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, str(done))
        return HttpResponseRedirect(back)

    def _on_brand(
        self, request: HttpRequest, pk: UUID, verb: Callable[..., Any], *, done: StrOrPromise
    ) -> HttpResponse:
        brand = self._brand(request, pk)
        return self._do(
            request,
            lambda: verb(
                brand, reason=request.POST.get("reason", ""), actor=cast(User, request.user)
            ),
            done=done,
            back=reverse(BRAND_PAGE, args=[brand.pk]),
        )

    def freeze(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._on_brand(
            request, pk, freezing.freeze_brand, done=_("Frozen. Nothing leaves any more.")
        )

    def thaw(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        words = _("Thawed. What was held stays held until somebody releases it.")
        return self._on_brand(request, pk, erasures.thaw, done=words)

    @needs_fresh_sign_in
    def stop_intake(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        words = _("Stopped. What still arrives is answered and dropped.")
        return self._on_brand(request, pk, freezing.stop_intake, done=words)

    @needs_fresh_sign_in
    def archive(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        brand = self._brand(request, pk)
        return self._do(
            request,
            lambda: exports.request_brand_export(
                brand,
                purpose=request.POST.get("reason", ""),
                actor=cast(User, request.user),
            ),
            done=_("The archive is being made."),
            back=reverse(BRAND_PAGE, args=[brand.pk]),
        )

    @needs_fresh_sign_in
    def erase(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        brand = self._brand(request, pk)
        return self._do(
            request,
            lambda: erasures.request_erasure(
                brand,
                reason=request.POST.get("reason", ""),
                slug=request.POST.get("slug", ""),
                actor=cast(User, request.user),
            ),
            done=_("Asked for. A second person must confirm it within seven days."),
            back=reverse(BRAND_PAGE, args=[brand.pk]),
        )

    @needs_fresh_sign_in
    def confirm(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        erasure = self._erasure(request, pk)
        return self._do(
            request,
            lambda: erasures.confirm_erasure(
                erasure, slug=request.POST.get("slug", ""), actor=cast(User, request.user)
            ),
            done=_("Confirmed. The brand is being erased."),
            back=reverse(ERASURE_PAGE, args=[erasure.pk]),
        )

    def withdraw(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        erasure = self._erasure(request, pk)
        return self._do(
            request,
            lambda: erasures.withdraw_erasure(
                erasure, reason=request.POST.get("reason", ""), actor=cast(User, request.user)
            ),
            done=_("Withdrawn. Nothing was erased."),
            back=reverse(BRAND_PAGE, args=[erasure.target_id]),
        )


def _archived(brand: Brand) -> bool:
    export = latest_archive(brand)
    return export is not None and export.downloads > 0


def _steps(
    brand: Brand,
    blocks: list[StrOrPromise],
    erasure: BrandErasure | None,
    *,
    has_archive: bool,
) -> list[Step]:
    """The seven steps as far as they are; the first that is not done is the one to take now."""
    frozen = brand.state not in {BrandState.ONBOARDING, BrandState.LIVE}
    stopped = frozen and brand.intake_stopped_at is not None
    ended = brand.state in {BrandState.CLOSING, BrandState.CLOSED}
    done = [
        (_("Freeze"), frozen),
        (_("Stop the intake"), stopped),
        (_("Hand over the archive"), ended or (stopped and has_archive)),
        (_("Nothing in the way"), ended or not blocks),
        (_("Ask for the erasure"), ended or erasure is not None),
        (_("Second person confirms"), ended),
        (_("Certificate"), brand.state == BrandState.CLOSED),
    ]
    steps, is_next = [], True
    for title, is_done in done:
        if is_done:
            mark = "done"
        else:
            mark = "now" if is_next else "todo"
            is_next = False
        steps.append(Step(title, mark))
    return steps


def _titles() -> dict[str, str]:
    """Table -> its name in words."""
    return {
        model._meta.label_lower: str(model._meta.verbose_name_plural) for model in apps.get_models()
    }
