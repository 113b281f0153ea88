"""Roles of the agency: what each may do, in words. Requirement T2."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.admin.acts import perform
from tenants.admin.base import workspace_of
from tenants.admin.directory import DirectoryAdmin
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.admin.grants import capability_groups
from tenants.choices import RoleKey
from tenants.domain import roles
from tenants.domain.directory import Workspace
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Agency, Role, User
from tenants.permissions import can


@admin.register(Role)
class RolePage(DirectoryAdmin):
    """In the agency's workspace only: a role is the same in all its brands."""

    view_capability = roles.CAPABILITY
    list_display = ("title_column", "description", "members", "size", "origin")
    ordering = ("-is_builtin", "name", "key")
    fields = ("key", "name", "description", "is_builtin", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(member_count=Count("memberships"))
        return counted

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(agency=workspace.agency)

    @admin.display(description=gettext_lazy("role"))
    def title_column(self, row: Role) -> str:
        return row.title

    @admin.display(description=gettext_lazy("people"))
    def members(self, row: Any) -> int:
        return cast(int, row.member_count)

    @admin.display(description=gettext_lazy("capabilities"))
    def size(self, row: Role) -> int:
        return len(row.held)

    @admin.display(description=gettext_lazy("kind"))
    def origin(self, row: Role) -> str:
        if not row.is_builtin:
            return _("Your own")
        return _("Built in") if row.capabilities is None else _("Built in, changed")

    # Rights: of the agency as a whole

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        agency = _agency(request)
        return agency is not None and can(request.user, self.view_capability, agency)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<uuid:pk>/reset/",
                self.post_view(needs_fresh_sign_in(self.reset)),
                name="tenants_role_reset",
            ),
            path(
                "<uuid:pk>/remove/",
                self.post_view(needs_fresh_sign_in(self.remove)),
                name="tenants_role_remove",
            ),
            *super().get_urls(),
        ]

    @needs_fresh_sign_in
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One form for a new role and for a known one."""
        agency = _agency(request)
        self.admit(request)
        if agency is None:
            raise Http404
        role = self.find(request, object_id) if object_id is not None else None
        actor = cast(User, request.user)
        problem: InvalidInput | None = None
        if request.method == "POST":
            try:
                with transaction.atomic():
                    self._save(request, agency, role)
            except InvalidInput as error:
                problem = error
            except DomainError as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(request.get_full_path())
            else:
                messages.success(request, _("Saved. It counts from everybody's next click."))
                return HttpResponseRedirect(reverse("admin:tenants_role_changelist"))
        held = role.held if role is not None else frozenset()
        ticked = frozenset(request.POST.getlist("capability")) if problem else held
        groups = capability_groups(ticked, actor=actor, place=agency)
        is_fixed = role is not None and role.is_builtin and role.key == RoleKey.OWNER
        context = self.admin_site.each_context(request) | {
            "title": role.title if role else _("New role"),
            "role": role,
            "opts": self.opts,
            "problem": problem,
            "groups": groups,
            "is_fixed": is_fixed,
            "is_above": any(not can(actor, name, agency) for name in held),
            "name": request.POST.get("name", "") if problem else (role.name if role else ""),
            "description": request.POST.get("description", "")
            if problem
            else (role.description if role else ""),
        }
        status = 400 if problem else 200
        return TemplateResponse(request, "tenants/role.html", context, status=status)

    @staticmethod
    def _save(request: HttpRequest, agency: Agency, role: Role | None) -> None:
        words: dict[str, Any] = {
            "name": request.POST.get("name", ""),
            "description": request.POST.get("description", ""),
            "names": request.POST.getlist("capability"),
            "actor": cast(User, request.user),
        }
        if role is None:
            roles.create_role(agency, **words)
        else:
            roles.edit_role(role, **words)

    def reset(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        role = self.find(request, pk)
        return perform(
            request,
            lambda: roles.reset_role(role, actor=cast(User, request.user)),
            done=_("“%s” holds again what it is delivered with.") % role,
            back=reverse("admin:tenants_role_change", args=[role.pk]),
            brand_id=None,
        )

    def remove(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        role = self.find(request, pk)
        return perform(
            request,
            lambda: roles.delete_role(role, actor=cast(User, request.user)),
            done=_("The role “%s” is gone.") % role,
            back=reverse("admin:tenants_role_changelist"),
            brand_id=None,
        )


def _agency(request: HttpRequest) -> Agency | None:
    workspace = workspace_of(request)
    return workspace.agency if workspace is not None and workspace.brand is None else None
