"""Legal holds: place, see, release."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from compliance.domain import holds
from compliance.models import LegalHold
from compliance.permissions import MANAGE_HOLDS
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can

PAGE = "admin:compliance_legalhold_change"


@admin.register(LegalHold)
class LegalHoldPage(BrandAdmin):
    view_capability = MANAGE_HOLDS
    list_display = ("reason", "placed_by", "placed_at", "review_on", "released_at")
    list_select_related = ("placed_by",)
    ordering = ("-placed_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<uuid:pk>/release/",
                self.post_view(self.release),
                name="compliance_legalhold_release",
            ),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._brands(request))

    def _brands(self, request: HttpRequest) -> list[Brand]:
        workspace = workspace_of(request)
        if workspace is None:
            return []
        return [brand for brand in workspace.brands if can(request.user, MANAGE_HOLDS, brand)]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """In a brand's workspace for this brand, in the agency's for one that is chosen."""
        brands = self._brands(request)
        if not brands:
            if self.has_view_permission(request):
                raise Http404
            raise PermissionDenied
        if request.method == "POST":
            chosen = next((b for b in brands if str(b.pk) == request.POST.get("brand")), None)
            try:
                if chosen is None:
                    raise InvalidInput("brand", _("Choose a brand."))
                with transaction.atomic():
                    hold = self._place(request, chosen)
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("The hold stands. Nothing of the brand is erased."))
                return HttpResponseRedirect(reverse(PAGE, args=[hold.pk]))
        context = self.admin_site.each_context(request) | {
            "title": _("Place a legal hold"),
            "opts": self.opts,
            "brands": brands,
            "given": request.POST,
        }
        return TemplateResponse(request, "offboarding/hold_add.html", context)

    def _place(self, request: HttpRequest, brand: Brand) -> LegalHold:
        day, given = None, request.POST.get("review_on", "").strip()
        if given:
            try:
                day = parse_date(given)
            except ValueError:
                day = None
            if day is None:
                raise InvalidInput("review_on", _("Give the day of the review as a date."))
        return holds.place_hold(
            brand,
            reason=request.POST.get("reason", ""),
            review_on=day,
            actor=cast(User, request.user),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        hold: LegalHold = self.find(request, object_id)
        context = self.admin_site.each_context(request) | {
            "title": _("Legal hold"),
            "opts": self.opts,
            "hold": hold,
        }
        return TemplateResponse(request, "offboarding/hold.html", context)

    def release(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        hold: LegalHold = self.find(request, pk)
        return perform(
            request,
            lambda: holds.release_hold(
                hold, reason=request.POST.get("reason", ""), actor=cast(User, request.user)
            ),
            done=_("Released."),
            back=reverse(PAGE, args=[hold.pk]),
            brand_id=hold.brand_id,
        )
