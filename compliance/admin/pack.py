"""Packs of evidence: ask for one from a case's page or for a period, watch, take."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.admin.handed_out import link_address, page, progress, send, shown
from compliance.domain.packs import packs
from compliance.domain.packs.job import PERIOD
from compliance.models import EvidencePack
from compliance.permissions import EXPORT_EVIDENCE
from compliance.registries import evidence_cases
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.exceptions import DomainError
from tenants.models import Brand, User
from tenants.permissions import can
from tenants.scope import brand_scope

PAGE = "admin:compliance_evidencepack_change"


def case_title(key: str) -> str:
    """What the kind of case is called, in the active language."""
    if key == PERIOD:
        return _("Audit of a period")
    return str(evidence_cases[key].title) if key in evidence_cases else key


@admin.register(EvidencePack)
class EvidencePackPage(BrandAdmin):
    view_capability = EXPORT_EVIDENCE
    list_display = ("requested_at", "shown_case", "requested_by", "purpose", "state", "expires_at")
    list_select_related = ("requested_by",)
    list_filter = ("state",)
    ordering = ("-requested_at", "-id")

    @admin.display(description=gettext_lazy("case"), ordering="case_key")
    def shown_case(self, row: EvidencePack) -> str:
        return case_title(row.case_key)

    def get_urls(self) -> list[URLPattern]:
        def act(view: Any) -> URLPattern:
            name = f"compliance_evidencepack_{view.__name__}"
            return path(f"<uuid:pk>/{view.__name__}/", self.post_view(view), name=name)

        return [
            path(
                "request/",
                self.admin_site.admin_view(self.request_page),
                name="compliance_evidencepack_request",
            ),
            act(self.cancel),
            act(self.download),
            act(self.link),
            *super().get_urls(),
        ]

    def request_page(self, request: HttpRequest) -> HttpResponse:
        """``?case=decision&object=…`` names the case; without an object it is a period. POST queues
        it. A period in a brand's own workspace only; a case belongs to its object's brand."""
        given = request.POST if request.method == "POST" else request.GET
        key, ref = given.get("case", PERIOD), given.get("object", "")
        brand = self._brand_or_404(request, key, ref)
        if request.method == "POST":
            since, until = _day(given.get("since", "")), _day(given.get("until", ""))
            try:
                with transaction.atomic(), brand_scope(brand.pk):
                    pack = packs.request_pack(
                        brand,
                        case_key=key,
                        object_ref=ref,
                        since=since,
                        until=until + timedelta(days=1) if until else None,
                        purpose=given.get("purpose", ""),
                        recipient=given.get("recipient", ""),
                        is_masked="is_masked" in given,
                        actor=cast(User, request.user),
                    )
            except DomainError as error:
                messages.error(request, str(error))
            else:
                return HttpResponseRedirect(reverse(PAGE, args=[pack.pk]))
        context = self.admin_site.each_context(request) | {
            "title": _("Evidence pack"),
            "opts": self.opts,
            "case_title": case_title(key),
            "key": key,
            "ref": ref,
            "is_period": key == PERIOD,
            "given": given,
        }
        return TemplateResponse(request, "compliance/pack_request.html", context)

    def _brand_or_404(self, request: HttpRequest, key: str, ref: str) -> Brand:
        workspace = workspace_of(request)
        if workspace is None:
            raise Http404
        if not can(request.user, EXPORT_EVIDENCE):
            raise PermissionDenied
        if key == PERIOD:
            if workspace.brand is None:
                raise Http404
            return workspace.brand
        try:
            found = packs.case_object(key, ref)
        except DomainError as error:
            raise Http404 from error
        if not can(request.user, evidence_cases[key].capability, found):
            raise PermissionDenied
        brand: Brand = found.brand
        return brand

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The job: progress, which the page asks for every two seconds, then the archive."""
        pack: EvidencePack = self.find(request, object_id)
        if request.GET.get("part") == "state":
            return progress(pack)
        return self._page(request, pack)

    def _page(self, request: HttpRequest, pack: EvidencePack, link: str = "") -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": _("Evidence pack"),
            "opts": self.opts,
            "export": pack,
            "case_title": case_title(pack.case_key),
            "act": "admin:compliance_evidencepack_",
        }
        return page(request, "compliance/pack.html", context | shown(pack, link=link))

    def cancel(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        pack: EvidencePack = self.find(request, pk)
        return perform(
            request,
            lambda: packs.cancel_pack(pack, actor=cast(User, request.user)),
            done=_("The pack is stopped."),
            back=reverse(PAGE, args=[pack.pk]),
            brand_id=pack.brand_id,
        )

    @needs_fresh_sign_in
    def download(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        pack: EvidencePack = self.find(request, pk)
        user = cast(User, request.user)
        return send(request, pack, lambda: packs.open_pack(pack, actor=user), back=PAGE)

    @needs_fresh_sign_in
    def link(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Shown once, on the page that answers."""
        pack: EvidencePack = self.find(request, pk)
        try:
            with transaction.atomic():
                token = packs.make_link(pack, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE, args=[pack.pk]))
        return self._page(request, pack, link_address(token))


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time.min, UTC) if day else None
