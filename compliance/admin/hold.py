"""Legal holds: place, see, release."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.admin.hold_parts import (
    coverage_from,
    held_places,
    named_of,
    review_day,
    target_in,
)
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
    list_display = ("reason", "covers", "placed_by", "placed_at", "review_on", "released_at")
    list_select_related = ("placed_by",)
    ordering = ("-placed_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<uuid:pk>/release/",
                self.post_view(self.release),
                name="compliance_legalhold_release",
            ),
            path(
                "<uuid:pk>/review/",
                self.post_view(self.review),
                name="compliance_legalhold_review",
            ),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("covers"))
    def covers(self, hold: LegalHold) -> StrOrPromise:
        return hold.scope.label

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
            self.admit(request)
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
                messages.success(request, _("The hold stands. What it covers is not erased."))
                return HttpResponseRedirect(reverse(PAGE, args=[hold.pk]))
        context = self.admin_site.each_context(request) | {
            "title": _("Place a legal hold"),
            "opts": self.opts,
            "brands": brands,
            "given": request.POST or request.GET,
            "about": target_in(request.POST or request.GET, brands),
        }
        return TemplateResponse(request, "offboarding/hold_add.html", context)

    def _place(self, request: HttpRequest, brand: Brand) -> LegalHold:
        return holds.place_hold(
            brand,
            reason=request.POST.get("reason", ""),
            review_on=review_day(request.POST.get("review_on", "")),
            covers=coverage_from(request.POST, brand),
            actor=cast(User, request.user),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The hold, and what it holds: counted when it is looked at."""
        hold: LegalHold = self.find(request, object_id)
        context = self.admin_site.each_context(request) | {
            "title": _("Legal hold"),
            "opts": self.opts,
            "hold": hold,
            "named": named_of(hold),
            "held": held_places(hold) if hold.is_open else [],
        }
        return TemplateResponse(request, "offboarding/hold.html", context)

    def review(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        hold: LegalHold = self.find(request, pk)

        def verb() -> LegalHold:
            day = review_day(request.POST.get("review_on", ""))
            if day is None:
                raise InvalidInput("review_on", _("Give the day of the review as a date."))
            return holds.review_hold(
                hold,
                review_on=day,
                reason=request.POST.get("reason", ""),
                actor=cast(User, request.user),
            )

        return perform(
            request,
            verb,
            done=_("It stands. You are reminded again on that day."),
            back=reverse(PAGE, args=[hold.pk]),
            brand_id=hold.brand_id,
        )

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
