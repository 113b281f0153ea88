"""Sign-in of the agency: its rule, its providers, the running sessions of its people."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tenants.admin.base import audit_url, workspace_of
from tenants.admin.directory import DirectoryAdmin
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.domain import signin, sso
from tenants.domain.directory import Workspace
from tenants.domain.members import roles_to_give
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Agency, Role, SigninPolicy, SsoConnection, StaffSession, User
from tenants.permissions import can

CONNECTION_CHECKS = ("creates_members", "trusts_second_factor", "is_active")


def agency_of(request: HttpRequest) -> Agency | None:
    """The agency, in its own workspace only: these rules hold in all its brands."""
    workspace = workspace_of(request)
    return workspace.agency if workspace is not None and workspace.brand is None else None


class _AgencyPage(DirectoryAdmin):
    view_capability = signin.CAPABILITY

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        agency = agency_of(request)
        return agency is not None and can(request.user, self.view_capability, agency)

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(agency=workspace.agency)

    def open_agency(self, request: HttpRequest) -> Agency:
        """Raises: PermissionDenied outside the agency's workspace and without the right."""
        agency = agency_of(request)
        if agency is None or not self.has_view_permission(request):
            raise PermissionDenied
        return agency


@admin.register(SigninPolicy)
class SigninPolicyPage(_AgencyPage):
    """One page instead of a list: rule, providers, sessions."""

    fields = ("second_factor_for_all", "changed_at")

    def get_urls(self) -> list[URLPattern]:
        save = self.post_view(needs_fresh_sign_in(self.save_policy))
        return [path("save/", save, name="tenants_signinpolicy_save"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        agency = self.open_agency(request)
        context = self.admin_site.each_context(request) | {
            "title": _("Sign-in"),
            "opts": self.opts,
            "policy": SigninPolicy.objects.filter(agency=agency).first(),
            "connections": list(agency.sso_connections.all()),
            "sessions": list(
                signin.sessions_of_agency(agency).select_related("user", "agency")[:200]
            ),
        }
        return TemplateResponse(request, "tenants/signin.html", context)

    def save_policy(self, request: HttpRequest) -> HttpResponse:
        agency = self.open_agency(request)
        wanted = request.POST.get("second_factor_for_all") == "on"
        signin.set_second_factor_for_all(agency, wanted=wanted, actor=cast(User, request.user))
        messages.success(request, _("Saved. It counts from everybody's next click."))
        return HttpResponseRedirect(reverse("admin:tenants_signinpolicy_changelist"))


@admin.register(StaffSession)
class StaffSessionPage(_AgencyPage):
    """Only ending is done here; the list stands on the sign-in page."""

    fields = ("user", "device", "method", "started_at", "seen_at")
    list_display = ("user", "device", "method", "started_at", "seen_at")
    list_select_related = ("user",)

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        return queryset.filter(pk__in=signin.sessions_of_agency(workspace.agency).values("pk"))

    def get_urls(self) -> list[URLPattern]:
        end = self.post_view(needs_fresh_sign_in(self.end))
        return [path("<uuid:pk>/end/", end, name="tenants_staffsession_end"), *super().get_urls()]

    def end(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        self.open_agency(request)
        row: StaffSession = self.find(request, pk)
        signin.end_session(row, actor=cast(User, request.user), reason="by_agency")
        messages.success(request, _("The session of %s has ended.") % row.user)
        return HttpResponseRedirect(reverse("admin:tenants_signinpolicy_changelist"))


@admin.register(SsoConnection)
class SsoConnectionPage(_AgencyPage):
    list_display = ("name", "issuer", "domains", "is_active")
    fields = ("name", "issuer", "client_id", "domains", "is_active")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    @needs_fresh_sign_in
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One form for a new connection and for a known one."""
        agency = agency_of(request)
        self.admit(request)
        if agency is None:
            raise Http404
        row = self.find(request, object_id) if object_id is not None else None
        actor = cast(User, request.user)
        problem: InvalidInput | None = None
        if request.method == "POST":
            try:
                with transaction.atomic():
                    sso.save_connection(agency, _data(request, agency), actor=actor, connection=row)
            except InvalidInput as error:
                problem = error
            except DomainError as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(request.get_full_path())
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("admin:tenants_signinpolicy_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": row.name if row else _("New single sign-on"),
            "opts": self.opts,
            "row": row,
            "problem": problem,
            "said": request.POST if problem else _said(row),
            "roles": roles_to_give(actor, agency=agency, brand=None),
            "callback_path": "/accounts/sso/callback/",
            "audit_url": audit_url(row)
            if row and can(request.user, "compliance.audit.view")
            else "",
        }
        status = 400 if problem else 200
        return TemplateResponse(request, "tenants/sso_connection.html", context, status=status)


def _said(row: SsoConnection | None) -> dict[str, Any]:
    """What the form shows for a row, by the names of its fields."""
    if row is None:
        return {"is_active": "on"}
    checks = {name: "on" for name in CONNECTION_CHECKS if getattr(row, name)}
    return checks | {
        "name": row.name,
        "issuer": row.issuer,
        "client_id": row.client_id,
        "domains": "\n".join(row.domains),
        "default_role": row.default_role.key if row.default_role else "",
        "role_of_group": "\n".join(f"{group} = {key}" for group, key in row.role_of_group.items()),
    }


def _data(request: HttpRequest, agency: Agency) -> sso.ConnectionData:
    """Raises: InvalidInput (a line of the mapping without ``=``, an unknown role)."""
    said = request.POST
    default = None
    if key := said.get("default_role", ""):
        default = Role.objects.filter(agency=agency, key=key[:50]).first()
        if default is None:
            raise InvalidInput("default_role", _("There is no role “%s”.") % key[:50])
    mapping: dict[str, str] = {}
    for line in said.get("role_of_group", "")[:10_000].splitlines():
        if not line.strip():
            continue
        group, sign, key = line.rpartition("=")
        if not sign or not group.strip() or not key.strip():
            raise InvalidInput(
                "role_of_group", _("“%s”: write group = role, one per line.") % line[:100]
            )
        mapping[group.strip()] = key.strip()
    issuer = said.get("issuer", "").strip()
    if not issuer.startswith(("https://", "http://")) or len(issuer) > 300:
        raise InvalidInput("issuer", _("Enter the provider's address; it begins with https://."))
    return sso.ConnectionData(
        name=said.get("name", "").strip()[:100],
        issuer=issuer,
        client_id=said.get("client_id", "").strip()[:200],
        client_secret=said.get("client_secret", "").strip()[:500],
        domains=[d.lower() for d in said.get("domains", "")[:10_000].replace(",", " ").split()],
        creates_members=said.get("creates_members") == "on",
        default_role=default,
        role_of_group=mapping,
        trusts_second_factor=said.get("trusts_second_factor") == "on",
        is_active=said.get("is_active") == "on",
    )
