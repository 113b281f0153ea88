"""Data requests in the administration. Requirement C6."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from compliance.admin.requests.acts import CASE_PAGE, Acts
from compliance.admin.requests.case_view import case_context
from compliance.admin.requests.listing import WAITING_FOR_A_WORKER, ended_page, open_groups
from compliance.choices import Regime, RequestKind, RequestSource
from compliance.domain.audit import record
from compliance.domain.requests import certificate, intake, links
from compliance.domain.requests.cases import Asked
from compliance.domain.subjects.finding import find_candidates
from compliance.models import DataRequest
from compliance.permissions import HANDLE_REQUESTS, VIEW_REQUESTS
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.choices import Language
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can
from tenants.scope import brand_scope


@admin.register(DataRequest)
class DataRequestPage(Acts, BrandAdmin):
    """The list by days left, one page of steps per case, and the form for a new one."""

    view_capability = VIEW_REQUESTS

    def get_urls(self) -> list[URLPattern]:
        def named(route: str, view: Callable[..., Any], name: str) -> URLPattern:
            return path(route, view, name=f"compliance_datarequest_{name}")

        site = self.admin_site
        return [
            *self.act_urls(),
            named("<uuid:pk>/package/", self.post_view(self.package), "package"),
            named("<uuid:pk>/certificate/", site.admin_view(self.certificate), "certificate"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._brands(request))

    def _brands(self, request: HttpRequest) -> list[Brand]:
        workspace = workspace_of(request)
        if workspace is None:
            return []
        return [brand for brand in workspace.brands if can(request.user, HANDLE_REQUESTS, brand)]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """``?tab=ended``: the ended ones."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        workspace = workspace_of(request)
        cases = self.get_queryset(request)
        tab = "ended" if request.GET.get("tab") == "ended" else "open"
        context: dict[str, Any] = {
            "title": _("Data requests"),
            "opts": self.opts,
            "tab": tab,
            "shows_brand": workspace is not None and workspace.brand is None,
            "may_add": self.has_add_permission(request),
            "form_url": links.form_url(workspace.brand.workspace)
            if workspace is not None and workspace.brand is not None
            else "",
        }
        if tab == "ended":
            rows, cursor = ended_page(cases, request.GET.get("after", "")[:100])
            context |= {"rows": rows, "cursor": cursor}
        else:
            groups, has_more = open_groups(cases, now=timezone.now())
            context |= {"groups": groups, "has_more": has_more}
        context = self.admin_site.each_context(request) | context
        return TemplateResponse(request, "requests/list.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The case. Opening it is recorded; asking how far the worker is is not."""
        case: DataRequest = self.find(request, object_id)
        if request.GET.get("part") == "state":
            return JsonResponse(
                {
                    "state": case.state,
                    "words": str(case.get_state_display()),
                    "done": case.rows_done,
                    "total": case.rows_total,
                    "has_ended": case.state not in WAITING_FOR_A_WORKER or case.is_blocked,
                }
            )
        with brand_scope(case.brand_id):
            record("compliance.request.read", case, actor=cast(User, request.user))
            context = case_context(case, request)
        context = (
            self.admin_site.each_context(request)
            | {"title": _("Data request %s") % case, "opts": self.opts}
            | context
        )
        return TemplateResponse(request, "requests/case.html", context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A request that reached somebody of the staff: by letter, by phone, at the counter."""
        brands = self._brands(request)
        if not brands:
            if workspace_of(request) is not None:
                raise PermissionDenied
            raise Http404
        if request.method == "POST":
            try:
                return self._entered(request, brands)
            except DomainError as error:
                messages.error(request, str(error))
        term = request.GET.get("q", "").replace("\x00", "").strip()[:200]
        here = brands[0] if len(brands) == 1 else None
        candidates = []
        if here is not None and term:
            with brand_scope(here.pk):
                candidates = find_candidates(here, term)
        context = self.admin_site.each_context(request) | {
            "title": _("New data request"),
            "opts": self.opts,
            "brands": brands,
            "given": request.POST,
            "term": term,
            "candidates": candidates,
            "kinds": RequestKind.choices,
            "regimes": Regime.choices,
            "languages": Language.choices,
        }
        return TemplateResponse(request, "requests/add.html", context)

    def _entered(self, request: HttpRequest, brands: list[Brand]) -> HttpResponse:
        post = request.POST
        brand = next((b for b in brands if str(b.pk) == post.get("brand")), None)
        if brand is None:
            raise InvalidInput("brand", _("Choose a brand."))
        asked = Asked(
            kind=post.get("kind", ""),
            regime=post.get("regime", Regime.GDPR),
            source=RequestSource.STAFF,
            language=post.get("language", brand.language),
            name=post.get("name", ""),
            email=post.get("email", ""),
            details=post.get("details", ""),
            for_marketing=bool(post.get("for_marketing")),
            received_at=_day(post.get("received_on", "")),
            contact_refs=_refs(post.getlist("contact")),
        )
        with transaction.atomic(), brand_scope(brand.pk):
            case, joined = intake.enter_request(brand, asked, actor=cast(User, request.user))
        if joined:
            words = _("This person has asked for the same before; it was joined with that case.")
            messages.warning(request, words)
        else:
            messages.success(request, _("The case is open."))
        return HttpResponseRedirect(reverse(CASE_PAGE, args=[case.pk]))

    @needs_fresh_sign_in
    def package(self, request: HttpRequest, pk: UUID) -> Any:
        """The package as the person will get it, to look at. The reading is recorded."""
        case: DataRequest = self.find(request, pk)
        if not can(request.user, HANDLE_REQUESTS, case):
            raise PermissionDenied
        if not case.package:
            raise Http404
        facts = {"sha256": case.package_sha256}
        with brand_scope(case.brand_id):
            record(
                "compliance.request.package_read",
                case,
                actor=cast(User, request.user),
                facts=facts,
            )
        return FileResponse(
            case.package.open("rb"),
            as_attachment=True,
            filename=f"data-request-{case.number}.zip",
            content_type="application/zip",
        )

    def certificate(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The signed text, or with ``?as=pdf`` the same to read."""
        case: DataRequest = self.find(request, pk)
        if request.method not in {"GET", "HEAD"} or not case.certificate:
            raise Http404
        as_pdf = request.GET.get("as") == "pdf"
        name = f"erasure-{case.number}.{'pdf' if as_pdf else 'json'}"
        body: Any = case.certificate
        if as_pdf:
            body = certificate.pdf_of(case, language=translation.get_language() or "en")
        kind = "application/pdf" if as_pdf else "application/json"
        response = HttpResponse(body, content_type=kind)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _day(given: str) -> Any:
    """Noon of that day, None if nothing was given. Raises: InvalidInput."""
    if not given.strip():
        return None
    try:
        day = parse_date(given.strip())
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput("received_on", _("Give the day of receipt as a date."))
    now = timezone.now()
    if day == now.date():
        return now
    return make_aware(datetime.combine(day, time(12)))


def _refs(given: list[str]) -> list[UUID]:
    try:
        return [UUID(value) for value in given]
    except ValueError as error:
        raise InvalidInput("contact", _("There is no such contact.")) from error
