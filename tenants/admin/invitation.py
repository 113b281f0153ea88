"""Invitations: who was asked to join, what became of it, once more, no more."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.admin.acts import perform
from tenants.admin.base import audit_url, workspace_of
from tenants.admin.directory import DirectoryAdmin
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.choices import InvitationState, Language, MailState
from tenants.domain import invitations
from tenants.domain.directory import Workspace
from tenants.domain.members import CAPABILITY, roles_to_give
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, Invitation, Role, User
from tenants.permissions import can


@admin.register(Invitation)
class InvitationPage(DirectoryAdmin):
    """In a brand's workspace those for the brand, in the agency's all."""

    view_capability = CAPABILITY
    list_display = ("email", "role_title", "reach", "state", "mail_state", "sent_at", "expires_at")
    list_select_related = ("role", "brand", "agency", "mail", "invited_by")
    search_fields = ("email",)
    ordering = ("-created_at",)
    fields = ("email", "role", "language", "invited_by", "sent_at", "expires_at", "accepted_at")

    def in_workspace(self, queryset: QuerySet[Any], workspace: Workspace) -> QuerySet[Any]:
        here = Q(brand_id__in=workspace.brand_ids)
        if workspace.agency_wide:
            here |= Q(brand=None, agency=workspace.agency)
        return queryset.filter(here)

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display  # ``reach`` says the brand already

    @admin.display(description=gettext_lazy("role"))
    def role_title(self, row: Invitation) -> str:
        return row.role.title

    @admin.display(description=gettext_lazy("works for"))
    def reach(self, row: Invitation) -> str:
        return row.brand.name if row.brand else str(_("All brands"))

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Invitation) -> str:
        return str(row.state_at(timezone.now()).label)

    @admin.display(description=gettext_lazy("mail"))
    def mail_state(self, row: Invitation) -> str:
        if row.mail is None:
            return "–"
        words = str(MailState(row.mail.state).label)
        return f"{words} ({row.mail.failure_code})" if row.mail.failure_code else words

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return workspace_of(request) is not None and can(request.user, CAPABILITY)

    def get_urls(self) -> list[URLPattern]:
        def post(name: str, view: Any) -> URLPattern:
            guarded = self.post_view(needs_fresh_sign_in(view))
            return path(f"<uuid:pk>/{name}/", guarded, name=f"tenants_invitation_{name}")

        return [post("resend", self.resend), post("revoke", self.revoke), *super().get_urls()]

    # One invitation

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row: Invitation = self.find(request, object_id)
        state = row.state_at(timezone.now())
        context = self.admin_site.each_context(request) | {
            "title": row.email,
            "row": row,
            "opts": self.opts,
            "state": state.label,
            "mail_state": self.mail_state(row),
            "may_resend": state in {InvitationState.OPEN, InvitationState.EXPIRED},
            "may_revoke": state in {InvitationState.OPEN, InvitationState.EXPIRED},
            "audit_url": audit_url(row) if can(request.user, "compliance.audit.view") else "",
        }
        return TemplateResponse(request, "tenants/invitation.html", context)

    def resend(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self.find(request, pk)
        return self._act(
            request,
            row,
            lambda: invitations.resend(row, actor=cast(User, request.user)),
            _("Sent again. The old link no longer works."),
        )

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = self.find(request, pk)
        return self._act(
            request,
            row,
            lambda: invitations.revoke(row, actor=cast(User, request.user)),
            _("Withdrawn. The link no longer works."),
        )

    def _act(self, request: HttpRequest, row: Any, verb: Any, done: str) -> HttpResponse:
        back = reverse("admin:tenants_invitation_change", args=[row.pk])
        return perform(request, verb, done=done, back=back, brand_id=row.brand_id)

    # A new one

    @needs_fresh_sign_in
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        workspace = cast(Workspace, workspace_of(request))
        actor = cast(User, request.user)
        problem: InvalidInput | None = None
        if request.method == "POST":
            try:
                with transaction.atomic():
                    invitation = self._invite(request, workspace, actor)
            except InvalidInput as error:
                problem = error
            except DomainError as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(request.get_full_path())
            else:
                messages.success(
                    request,
                    _("%s gets a link by mail. It works once, for seven days.") % invitation.email,
                )
                return HttpResponseRedirect(reverse("admin:tenants_invitation_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": _("Invite somebody"),
            "opts": self.opts,
            "problem": problem,
            "places": self._places(workspace, actor),
            "roles": _roles(workspace, actor),
            "languages_offered": Language.choices,
            "said": request.POST,
        }
        status = 400 if problem else 200
        return TemplateResponse(request, "tenants/invite.html", context, status=status)

    @staticmethod
    def _places(workspace: Workspace, actor: User) -> list[Brand]:
        return [brand for brand in workspace.brands if can(actor, CAPABILITY, brand)]

    def _invite(self, request: HttpRequest, workspace: Workspace, actor: User) -> Invitation:
        wanted = request.POST.get("place", "")
        brand = next((b for b in workspace.brands if str(b.pk) == wanted), None)
        if brand is None and not (wanted == "all" and workspace.agency_wide):
            raise InvalidInput("place", _("Choose where the person will work."))
        role = Role.objects.filter(
            agency=workspace.agency, key=request.POST.get("role", "")[:50]
        ).first()
        if role is None:
            raise InvalidInput("role", _("Choose a role."))
        return invitations.invite(
            agency=workspace.agency,
            brand=brand,
            role=role,
            email=request.POST.get("email", ""),
            language=request.POST.get("language", ""),
            actor=actor,
        )


def _roles(workspace: Workspace, actor: User) -> list[Role]:
    """Every role that may be given somewhere here; the verb judges the pair."""
    agency = workspace.agency
    places: list[Brand | None] = list(workspace.brands[:1])
    if workspace.agency_wide:
        places = [None]
    found = {
        role.pk: role
        for brand in places
        for role in roles_to_give(actor, agency=agency, brand=brand)
    }
    return list(found.values())
