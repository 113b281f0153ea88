"""API tokens: what programs may do here. The token itself was shown once and is not stored."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from tenants.admin.directory import DirectoryAdmin
from tenants.domain.directory import Workspace
from tenants.models import ApiToken


@admin.register(ApiToken)
class ApiTokenPage(DirectoryAdmin):
    view_capability = "tenants.token.manage"
    list_display = ("name", "created_by", "created_at", "expires_at", "revoked_at")
    list_select_related = ("created_by",)
    ordering = ("-created_at",)
    fields = ("name", "capabilities", "created_by", "created_at", "expires_at", "revoked_at")

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(brand_id__in=workspace.brand_ids)
