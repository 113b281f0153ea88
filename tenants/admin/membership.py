"""The team: who works here in which role, and what single people may do beyond it."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.admin.acts import perform
from tenants.admin.base import audit_url, workspace_of
from tenants.admin.directory import DirectoryAdmin
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.admin.grants import capability_groups, objects_in, open_grant
from tenants.domain import grants, members
from tenants.domain.directory import Workspace
from tenants.exceptions import InvalidInput
from tenants.models import Membership, Role, User
from tenants.permissions import can, capabilities

MANAGE = members.CAPABILITY


@admin.register(Membership)
class MembershipPage(DirectoryAdmin):
    """Everything changes through verbs. Agency-wide members are shown in every brand."""

    view_capability = "tenants.member.view"
    list_display = ("user", "email", "role_title", "reach")
    list_select_related = ("user", "agency", "brand__agency", "role")
    search_fields = ("user__name", "user__email")
    ordering = ("user__name", "id")
    fields = ("user", "agency", "role", "created_at")
    list_before_template = "tenants/team_tools.html"
    actions = ("change_roles", "remove_members", "give_grants")

    @admin.display(description=gettext_lazy("e-mail"))
    def email(self, row: Membership) -> str:
        return row.user.email

    @admin.display(description=gettext_lazy("role"))
    def role_title(self, row: Membership) -> str:
        return row.role.title

    @admin.display(description=gettext_lazy("works for"))
    def reach(self, row: Membership) -> str:
        return row.brand.name if row.brand else str(_("All brands"))

    def get_list_display(self, request: Any) -> Any:
        return self.list_display  # ``reach`` says the brand already

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(
            Q(brand_id__in=workspace.brand_ids) | Q(brand=None, agency=workspace.agency)
        )

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the actions on several people."""
        return can(request.user, MANAGE)

    def get_urls(self) -> list[URLPattern]:
        def post(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(
                f"<uuid:pk>/{name}/",
                self.post_view(needs_fresh_sign_in(view)),
                name=f"tenants_membership_{name}",
            )

        return [
            post("role", self.role),
            post("remove", self.remove),
            post("grant", self.grant),
            post("revoke", self.revoke),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Team")} | (extra_context or {}))

    # One person

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Role, rights on single objects, removal: each its own form."""
        row = self._open(request, object_id)
        workspace = cast(Workspace, workspace_of(request))
        actor = cast(User, request.user)
        may = can(actor, MANAGE, row.brand or row.agency)
        within_reach = members.may_give(actor, row.role, agency=row.agency, brand=row.brand)
        grantable = may and can(actor, MANAGE)
        context = self.admin_site.each_context(request) | {
            "title": str(row.user),
            "row": row,
            "opts": self.opts,
            "may_change": may and within_reach,
            "is_above": may and not within_reach,
            "roles": members.roles_to_give(actor, agency=row.agency, brand=row.brand)
            if may
            else [],
            "held": sorted(row.role.held),
            "groups": capability_groups(row.role.held, only_held=True),
            "grants": [
                made for brand in workspace.brands for made in grants.grants_in(brand.pk, row.user)
            ]
            if row.user.holds_grants
            else [],
            "objects": objects_in(workspace) if grantable else [],
            "choices": capability_groups(_held_by(actor), only_held=True) if grantable else [],
            "audit_url": audit_url(row) if can(actor, "compliance.audit.view") else "",
        }
        return TemplateResponse(request, "tenants/member.html", context)

    def _open(self, request: HttpRequest, pk: Any) -> Membership:
        row: Membership = self.find(request, pk)
        return row

    def role(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._open(request, pk)
        role = self._role_named(request, row.agency_id)
        return perform(
            request,
            lambda: members.change_role(
                row, role=role, actor=cast(User, request.user), reason=_reason(request)
            ),
            done=_("%(person)s now has the role “%(role)s”.") % {"person": row.user, "role": role},
            back=reverse("admin:tenants_membership_change", args=[row.pk]),
            brand_id=row.brand_id,
        )

    def remove(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._open(request, pk)
        return perform(
            request,
            lambda: members.remove_member(
                row, actor=cast(User, request.user), reason=_reason(request)
            ),
            done=_("%s has no longer this role. It ends with their next click.") % row.user,
            back=reverse("admin:tenants_membership_changelist"),
            brand_id=row.brand_id,
        )

    def grant(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._open(request, pk)
        obj = open_grant(request, cast(Workspace, workspace_of(request)))
        return perform(
            request,
            lambda: grants.grant(
                row.user,
                request.POST.get("capability", ""),
                obj,
                actor=cast(User, request.user),
                reason=_reason(request),
            ),
            done=_("Given. It works with their next click."),
            back=reverse("admin:tenants_membership_change", args=[row.pk]),
            brand_id=obj.brand_id,
        )

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self._open(request, pk)
        workspace = cast(Workspace, workspace_of(request))
        wanted = request.POST.get("grant", "")
        for brand in workspace.brands:
            for made in grants.grants_in(brand.pk, row.user):
                if str(made.pk) == wanted:
                    return perform(
                        request,
                        lambda made=made: grants.revoke(  # type: ignore[misc]  # bound at once
                            made, actor=cast(User, request.user), reason=_reason(request)
                        ),
                        done=_("Taken back."),
                        back=reverse("admin:tenants_membership_change", args=[row.pk]),
                        brand_id=brand.pk,
                    )
        raise Http404

    def _role_named(self, request: HttpRequest, agency_id: UUID) -> Role:
        try:
            wanted = UUID(request.POST.get("role", ""))
        except ValueError:
            raise Http404 from None
        role = Role.objects.filter(agency_id=agency_id, pk=wanted).first()
        if role is None:
            raise Http404
        return role

    # Several people: a page that says what would happen, then one act for all of them

    @admin.action(permissions=["manage"], description=gettext_lazy("Change the role …"))
    def change_roles(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._several(request, queryset, "change_roles")

    @admin.action(permissions=["manage"], description=gettext_lazy("Remove from the team …"))
    def remove_members(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._several(request, queryset, "remove_members")

    @admin.action(permissions=["manage"], description=gettext_lazy("Give a right on one object …"))
    def give_grants(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._several(request, queryset, "give_grants")

    @needs_fresh_sign_in
    def _several(
        self, request: HttpRequest, queryset: QuerySet[Any], what: str
    ) -> HttpResponse | None:
        rows = list(queryset.select_related(*self.list_select_related))
        workspace = cast(Workspace, workspace_of(request))
        if request.POST.get("confirmed") == "yes":
            self._do(request, rows, what, workspace)
            return None
        actor = cast(User, request.user)
        agency_wide = any(row.brand_id is None for row in rows)
        place = None if agency_wide else rows[0].brand
        context = self.admin_site.each_context(request) | {
            "title": dict(self.get_action_choices(request)).get(what, ""),
            "rows": rows,
            "what": what,
            "opts": self.opts,
            "roles": members.roles_to_give(actor, agency=workspace.agency, brand=place),
            "objects": objects_in(workspace),
            "choices": capability_groups(_held_by(actor), only_held=True),
            "blocked": [
                row
                for row in rows
                if not members.may_give(actor, row.role, agency=row.agency, brand=row.brand)
            ],
        }
        return TemplateResponse(request, "tenants/members_several.html", context)

    def _do(
        self, request: HttpRequest, rows: list[Membership], what: str, workspace: Workspace
    ) -> None:
        actor, reason = cast(User, request.user), _reason(request)
        if not reason.strip():
            raise InvalidInput("reason", _("Say why."))
        if what == "change_roles":
            role = self._role_named(request, workspace.agency.pk)
            count = members.change_roles(rows, role=role, actor=actor, reason=reason)
        elif what == "remove_members":
            count = members.remove_members(rows, actor=actor, reason=reason)
        else:
            obj = open_grant(request, workspace)
            capability = request.POST.get("capability", "")
            for user in {row.user for row in rows}:
                grants.grant(user, capability, obj, actor=actor, reason=reason)
            count = len({row.user_id for row in rows})
        messages.success(request, _("Done for %d people.") % count)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")[:300]


def _held_by(actor: User) -> frozenset[str]:

    return frozenset(str(name) for name, _one in capabilities.items() if can(actor, str(name)))
