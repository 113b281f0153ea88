"""Support access: the agency's list with its buttons; for the platform's staff the asking form and
their own accesses, and of the agencies nothing but the names. Requirement T8."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.fresh import confirm_first, is_fresh, needs_fresh_sign_in
from tenants.admin.pages import page_of
from tenants.domain import support
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Agency, Brand, SupportAccess, User
from tenants.permissions import can

PAST_PER_PAGE = 50
LIST = "admin:tenants_supportaccess_changelist"


@admin.register(SupportAccess)
class SupportAccessPage(BrandAdmin):
    """In the agency's workspace, and outside any workspace for the platform's staff."""

    view_capability = support.CAPABILITY
    ordering = ("-asked_at", "-id")
    fields = (
        "brand",
        "staff",
        "kind",
        "reason",
        "hours",
        "asked_at",
        "granted_by",
        "opened_at",
        "expires_at",
        "refused_at",
        "ended_at",
        "ended_by",
        "pages_viewed",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        workspace = workspace_of(request)
        if workspace is None:
            return _is_platform(request.user)
        return workspace.brand is None and can(request.user, self.view_capability, workspace.agency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportAccess]:
        """Of the agency, or the staff person's own."""
        workspace = workspace_of(request)
        mine = Q(agency=workspace.agency) if workspace else Q(staff=cast(User, request.user))
        return SupportAccess.objects.filter(mine).select_related(
            "agency", "brand", "staff", "granted_by", "ended_by"
        )

    def get_urls(self) -> list[URLPattern]:
        acts: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("ask/", "ask", self.ask),
            ("<uuid:pk>/consent/", "consent", self.consent),
            ("<uuid:pk>/refuse/", "refuse", self.refuse),
            ("<uuid:pk>/end/", "end", self.end),
        )
        return [
            *(
                path(route, self.post_view(view), name=f"tenants_supportaccess_{name}")
                for route, name, view in acts
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What is asked for and open, and what was, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request)

    def _page(self, request: HttpRequest, problem: DomainError | None = None) -> HttpResponse:
        now, is_platform = timezone.now(), workspace_of(request) is None
        found = self.get_queryset(request)
        lives = Q(refused_at=None, ended_at=None) & (Q(opened_at=None) | Q(expires_at__gt=now))
        past = page_of(
            found.exclude(lives),
            order=("-asked_at", "-id"),
            cursor=request.GET.get("after", ""),
            size=PAST_PER_PAGE,
        )
        context = self.admin_site.each_context(request) | {
            "title": _("Support access"),
            "opts": self.opts,
            "is_platform": is_platform,
            "current": [_row(one, now) for one in found.filter(lives).order_by("-asked_at")],
            "past": [_row(one, now) for one in past.rows],
            "page": past,
            "problem": problem,
            "field": getattr(problem, "field", ""),
            "entered": request.POST,
            "hours": range(1, support.MOST_HOURS + 1),
            "agencies": Agency.objects.values_list("slug", "name") if is_platform else [],
        }
        return TemplateResponse(
            request, "support/list.html", context, status=400 if problem else 200
        )

    # Acts

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Platform only. Opening in an emergency needs a fresh sign-in."""
        if workspace_of(request) is not None or not _is_platform(request.user):
            raise Http404
        is_emergency = request.POST.get("kind") == "emergency"
        if is_emergency and not is_fresh(request):
            return confirm_first(request)
        try:
            agency, brand = _place(request)
            wanted: dict[str, Any] = {
                "brand": brand,
                "reason": request.POST.get("reason", ""),
                "hours": _hours(request),
                "actor": cast(User, request.user),
            }
            if is_emergency:
                confirmed = request.POST.get("is_emergency") == "on"
                support.open_emergency(agency, is_emergency=confirmed, **wanted)
                messages.warning(request, _("Open. The agency has been told."))
            else:
                support.ask(agency, **wanted)
                messages.success(request, _("The agency has been asked."))
        except DomainError as error:
            return self._page(request, error)
        return HttpResponseRedirect(reverse(LIST))

    @needs_fresh_sign_in
    def consent(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._decide(request, pk, support.consent, _("Support may look now."))

    def refuse(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._decide(request, pk, support.refuse, _("Support was refused."))

    def end(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._run(request, self.find(request, pk), support.end, _("The access has ended."))

    def _decide(
        self, request: HttpRequest, pk: UUID, verb: Callable[..., Any], done: str
    ) -> HttpResponse:
        if workspace_of(request) is None:
            raise Http404
        return self._run(request, self.find(request, pk), verb, done)

    def _run(
        self, request: HttpRequest, access: SupportAccess, verb: Callable[..., Any], done: str
    ) -> HttpResponse:
        try:
            verb(access, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
        return HttpResponseRedirect(reverse(LIST))


def _is_platform(user: Any) -> bool:
    return isinstance(user, User) and user.is_active and user.is_platform_staff


def _row(access: SupportAccess, now: Any) -> dict[str, Any]:
    state = access.state_at(now)
    ended = access.ended_at or access.expires_at
    minutes = None
    if access.opened_at is not None and ended is not None:
        minutes = round((min(ended, now) - access.opened_at).total_seconds() / 60)
    return {"access": access, "state": state, "minutes": minutes}


def _place(request: HttpRequest) -> tuple[Agency, Brand | None]:
    """Raises: InvalidInput (no such agency, or no such brand in it)."""
    slug = request.POST.get("agency", "").replace("\x00", "").strip()
    agency = Agency.objects.filter(slug=slug).first()
    if agency is None:
        raise InvalidInput("agency", _("There is no agency “%s”.") % slug[:50])
    brand_slug = request.POST.get("brand", "").replace("\x00", "").strip()
    if not brand_slug:
        return agency, None
    brand = Brand.objects.filter(agency=agency, slug=brand_slug).first()
    if brand is None:
        raise InvalidInput("brand", _("There is no brand “%s” here.") % brand_slug[:50])
    return agency, brand


def _hours(request: HttpRequest) -> int:
    """Raises: InvalidInput."""
    text = request.POST.get("hours", "")
    if not (text.isascii() and text.isdecimal()):
        raise InvalidInput("hours", _("Between 1 and %d hours.") % support.MOST_HOURS)
    return int(text[:4])
