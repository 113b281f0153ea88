"""Brands of the workspace."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from tenants.admin.base import workspace_of
from tenants.admin.directory import DirectoryAdmin
from tenants.domain.brands import change_brand
from tenants.domain.directory import Workspace
from tenants.models import Brand
from tenants.permissions import can


@admin.register(Brand)
class BrandPage(DirectoryAdmin):
    """The profile can be changed; state, stop and business hours are verbs elsewhere."""

    view_capability = "tenants.brand.manage"
    change_capability = "tenants.brand.manage"
    editable_fields = (
        "name",
        "legal_name",
        "contact_email",
        "sector",
        "language",
        "time_zone",
        "holiday_country",
        "holiday_region",
        "data_region",
    )
    fields = (
        "name",
        "slug",
        "legal_name",
        "contact_email",
        "sector",
        "language",
        "time_zone",
        "business_hours",
        "holiday_country",
        "holiday_region",
        "data_region",
        "state",
        "sending_stopped_at",
        "sending_stopped_reason",
        "created_at",
    )
    list_display = ("name", "sector", "language", "time_zone", "state", "created_at")
    ordering = ("name",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        change_brand(
            obj,
            actor=request.user,  # type: ignore[arg-type]  # the admin is for people
            **{field: getattr(obj, field) for field in self.editable_fields},
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        """In the agency's workspace each row leads to the steps of the brand's end."""
        columns = list(super().get_list_display(request))
        workspace = workspace_of(request)
        is_agency = workspace is not None and workspace.brand is None and workspace.agency_wide
        if is_agency and can(request.user, "tenants.brand.close"):
            columns.append("offboarding")
        return columns

    @admin.display(description=_("Offboarding"))
    def offboarding(self, brand: Brand) -> str:
        url = reverse("admin:compliance_branderasure_brand", args=[brand.pk])
        return format_html(
            '<a href="{}">{}<span class="sr-only"> {}</span></a>', url, _("Offboarding"), brand.name
        )

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(pk__in=workspace.brand_ids)
