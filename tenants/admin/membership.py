"""The team: who works here in which role."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tenants.admin.directory import DirectoryAdmin
from tenants.domain.directory import Workspace
from tenants.models import Membership


@admin.register(Membership)
class MembershipPage(DirectoryAdmin):
    """Read-only: roles change through verbs. Agency-wide members are shown in every brand."""

    view_capability = "tenants.member.view"
    list_display = ("user", "email", "role", "reach")
    list_select_related = ("user", "agency", "brand")
    list_filter = ("role",)
    search_fields = ("user__name", "user__email")
    ordering = ("user__name", "id")
    fields = ("user", "agency", "role", "created_at")

    @admin.display(description=_("e-mail"))
    def email(self, row: Membership) -> str:
        return row.user.email

    @admin.display(description=_("works for"))
    def reach(self, row: Membership) -> str:
        return row.brand.name if row.brand else str(_("All brands"))

    def get_list_display(self, request: Any) -> Any:
        return self.list_display  # ``reach`` says the brand already

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(
            Q(brand_id__in=workspace.brand_ids) | Q(brand=None, agency=workspace.agency)
        )
