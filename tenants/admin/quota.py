"""Quotas: what each brand uses of what all share, against its limits. Requirement T9."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.pages import page_of
from tenants.choices import Quota
from tenants.domain.quotas import set_quota, standings_of
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, BrandQuota, User
from tenants.permissions import can

BRANDS_PER_PAGE = 50
LIST = "admin:tenants_brandquota_changelist"


@admin.register(BrandQuota)
class BrandQuotaPage(BrandAdmin):
    """A brand's limits in its own workspace; all brands' use in the agency's."""

    view_capability = "tenants.quota.manage"
    ordering = ("resource",)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("set/", self.post_view(self.set), name="tenants_brandquota_set"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request)

    def _page(self, request: HttpRequest, problem: DomainError | None = None) -> HttpResponse:
        workspace = workspace_of(request)
        if workspace is None:
            raise Http404
        context = self.admin_site.each_context(request) | {
            "title": _("Quotas"),
            "opts": self.opts,
            "problem": problem,
            "field": getattr(problem, "field", ""),
            "entered": request.POST,
        }
        if workspace.brand is not None:
            context["standings"] = standings_of([workspace.brand])[workspace.brand.pk]
        else:
            page = page_of(
                Brand.objects.filter(pk__in=workspace.brand_ids),
                order=("name", "id"),
                cursor=request.GET.get("after", ""),
                size=BRANDS_PER_PAGE,
            )
            found = standings_of(page.rows)
            context |= {
                "rows": [(brand, found[brand.pk]) for brand in page.rows],
                "page": page,
                "resources": [resource.label for resource in Quota],
                "agency": workspace.agency,
            }
        return TemplateResponse(
            request, "support/quotas.html", context, status=400 if problem else 200
        )

    def set(self, request: HttpRequest) -> HttpResponse:
        """A limit of the brand's own, or with an empty field the usual one again."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        if not can(request.user, self.view_capability, workspace.brand):
            raise PermissionDenied
        try:
            with transaction.atomic():
                set_quota(
                    workspace.brand,
                    request.POST.get("resource", ""),
                    limit=_limit(request.POST.get("limit", "")),
                    reason=request.POST.get("reason", "").replace("\x00", ""),
                    actor=cast(User, request.user),
                )
        except DomainError as error:
            return self._page(request, error)
        messages.success(request, _("The quota is set."))
        return HttpResponseRedirect(reverse(LIST))


def _limit(text: str) -> int | None:
    """None for an empty field. Raises: InvalidInput."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise InvalidInput("limit", _("Give a whole number, or nothing for the usual limit."))
    return int(text)
