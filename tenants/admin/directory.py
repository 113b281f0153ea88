"""Pages over the directory, which has no brand scope of its own: limited to the workspace here."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.base import BrandAdmin, workspace_of
from tenants.domain.directory import Workspace


class DirectoryAdmin(BrandAdmin):
    """Rows of the workspace's brands or of its agency, by ``in_workspace``."""

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        """The part of ``queryset`` that belongs to the workspace."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        workspace = workspace_of(request)
        queryset = super().get_queryset(request)
        return queryset.none() if workspace is None else self.in_workspace(queryset, workspace)
