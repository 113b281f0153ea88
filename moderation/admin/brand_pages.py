"""What the pages share that belong to one brand: quality, samples, licences."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from tenants.admin.base import BrandAdmin, workspace_of
from tenants.models import Brand
from tenants.permissions import can


class BrandPage(BrandAdmin):
    """One page per brand in place of a list; in the agency's workspace it leads to the brands."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = workspace_of(request)
        if workspace is None or not self.has_view_permission(request):
            raise PermissionDenied
        if workspace.brand is not None:
            return self.brand_view(request, workspace.brand)
        mine = [b for b in workspace.brands if can(request.user, self.view_capability, b)]
        return self.page(
            request,
            "brands",
            title=capfirst(str(self.opts.verbose_name_plural)),
            brands=mine,
            agency=workspace.agency,
            address=f"{self.opts.app_label}/{self.opts.model_name}",
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A row has no page of its own: it stands on the brand's."""
        self.find(request, object_id)
        return HttpResponseRedirect(self.home)

    def brand_view(self, request: HttpRequest, brand: Brand) -> HttpResponse:
        raise NotImplementedError

    @property
    def home(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        whole = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, f"moderation/{template}.html", whole)

    def brand_of(self, request: HttpRequest, *, needs: str) -> Brand:
        """The brand of this workspace. Raises: Http404 in the agency's, PermissionDenied."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        if not can(request.user, needs, workspace.brand):
            raise PermissionDenied
        brand: Brand = workspace.brand
        return brand
