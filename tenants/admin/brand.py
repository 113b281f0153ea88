"""Brands of the workspace."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.directory import DirectoryAdmin
from tenants.domain.brands import change_brand
from tenants.domain.directory import Workspace
from tenants.models import Brand


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

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(pk__in=workspace.brand_ids)
