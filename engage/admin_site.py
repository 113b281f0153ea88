"""The admin site of the product: one shell around every screen."""

from collections.abc import Callable
from datetime import tzinfo
from functools import update_wrapper
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.sites import UnfoldAdminSite

from engage.language import keep_language_cookie
from engage.navigation import JOB_CAPABILITIES, groups_for
from engage.overview import today_context
from engage.sessions import session_ends_at
from engage.stops import sending_of, stops_in
from tenants.domain.places import Place
from tenants.domain.preferences import change_preferences, remember_brand
from tenants.models import User
from tenants.permissions import can

MAX_HITS_PER_MODEL = 5
MIN_TERM_LENGTH = 2
_OUR_APPS = frozenset({"engage", "tenants", "compliance", "inbox", "moderation", "reporting"})


def _zone_of(request: HttpRequest) -> tzinfo | None:
    """None (no zone but UTC) outside a workspace or for a zone this machine does not know."""
    workspace = getattr(request, "workspace", None)
    if workspace is None or not workspace.time_zone:
        return None
    try:
        return ZoneInfo(workspace.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _remember(request: HttpRequest) -> None:
    """A page that was opened, not one a script reads, makes the brand a recent one."""
    brand = getattr(getattr(request, "workspace", None), "brand", None)
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    if brand is not None and isinstance(request.user, User) and mode == "navigate":
        remember_brand(request.user, brand.pk)


def _here(request: HttpRequest) -> Place | None:
    workspace = getattr(request, "workspace", None)
    return Place(workspace.agency, workspace.brand) if workspace is not None else None


class EngageAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold is untyped
    """Django's admin in a workspace."""

    site_title = "Engage"
    site_header = "Engage"
    index_title = gettext_lazy("Today")
    enable_nav_sidebar = True

    def register(
        self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any
    ) -> None:
        """Our own pages only: those that packages bring along know no brand and no ``can()``."""
        if admin_class is not None and admin_class.__module__.split(".")[0] in _OUR_APPS:
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [
            # Under i18n/ because the workspace middleware lets that through before sign-in.
            path("i18n/language/", self.set_language, name="set_language"),
            path("", include("engage.admin_urls")),
            *super().get_urls(),
        ]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # noqa: FBT001, FBT002 -- Django's signature
        """Times are shown in the brand's zone; in an agency's workspace in its first brand's."""
        inner = super().admin_view(view, cacheable)

        def in_local_time(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with timezone.override(_zone_of(request)):
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
            if response.status_code == HTTPStatus.OK:
                _remember(request)
            return response

        return update_wrapper(in_local_time, inner)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        is_inside = self.has_permission(request)
        return context | {
            "workspace": getattr(request, "workspace", None),
            "nav_groups": groups_for(request) if is_inside else [],
            "here": _here(request),
            "stops": stops_in(getattr(request, "workspace", None)) if is_inside else [],
            "sending": sending_of(request) if is_inside else None,
            "shows_jobs": is_inside and any(can(request.user, name) for name in JOB_CAPABILITIES),
            "session_ends_at": session_ends_at(request),
            "environment_label": _("Sandbox") if settings.SANDBOX_URL else "",
            "languages": settings.LANGUAGES,
        }

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Today in a workspace; outside one the platform's staff come to their accesses."""
        if getattr(request, "workspace", None) is None:
            return HttpResponseRedirect(reverse("admin:tenants_supportaccess_changelist"))
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "app_list": self.get_app_list(request),
            **(extra_context or {}),
        }
        if context["workspace"] is not None and can(request.user, "reporting.today.view"):
            context |= today_context(request, context["workspace"])
        return TemplateResponse(request, "admin/index.html", context)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One sign-in page for everything."""
        target = request.GET.get("next", "")
        return redirect_to_login(
            target if url_has_allowed_host_and_scheme(target, None) else settings.LOGIN_REDIRECT_URL
        )

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page for that, too."""
        return HttpResponseRedirect("/accounts/password/change/")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Nothing in a workspace: the side bar stands there, and asking every model costs."""
        if getattr(request, "workspace", None) is not None and app_label is None:
            return []
        found: list[Any] = super().get_app_list(request, app_label)
        return found

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        logout(request)
        return HttpResponseRedirect(settings.LOGIN_URL)

    def set_language(self, request: HttpRequest) -> HttpResponse:
        """Keep the language of the screens: on the person, and in a cookie for the sign-in page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        response = HttpResponseRedirect(self._next(request))
        language = request.POST.get("language", "")
        if language not in dict(settings.LANGUAGES):
            return response
        user = request.user
        if isinstance(user, User):
            change_preferences(user, actor=user, wanted={"language": language})
        keep_language_cookie(response, language)
        return response

    @staticmethod
    def _next(request: HttpRequest) -> str:
        target = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(target, None):
            parts = urlsplit(target)
            return f"{parts.path}?{parts.query}" if parts.query else parts.path
        return "/"

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The palette's hits: screens, then objects of this workspace. Never cached.

        Theirs keeps hits per person and term for five minutes: they would show in another brand.
        """
        term = request.GET.get("s", "").strip()
        pages: list[dict[str, Any]] = []
        hits: list[dict[str, Any]] = []
        if len(term) >= MIN_TERM_LENGTH:
            pages = [
                {"title": link.title, "url": link.url, "icon": link.icon, "kind": group.title}
                for group in groups_for(request, with_counts=False)
                for link in group.links
                if term.casefold() in str(link.title).casefold()
            ]
            hits = self._object_hits(request, term)
        response = TemplateResponse(
            request, "engage/palette_results.html", {"hits": [*pages, *hits], "term": term}
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    def _object_hits(self, request: HttpRequest, term: str) -> list[dict[str, Any]]:
        """At most five per model that declares ``palette_icon``; one query each, all scoped."""
        hits = []
        for model, model_admin in self._registry.items():
            icon = getattr(model_admin, "palette_icon", "")
            if not icon or not model_admin.has_view_permission(request):
                continue
            found, _may_repeat = model_admin.get_search_results(
                request, model_admin.get_queryset(request), term
            )
            meta = model._meta
            hits += [
                {
                    "title": str(row),
                    "url": reverse(
                        f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]
                    ),
                    "icon": icon,
                    "kind": meta.verbose_name,
                    "brand": self._brand_name(request, row),
                }
                for row in found[:MAX_HITS_PER_MODEL]
            ]
        return hits

    @staticmethod
    def _brand_name(request: HttpRequest, row: Any) -> str:
        """In an agency's workspace every hit says whose it is."""
        workspace = getattr(request, "workspace", None)
        if workspace is None or workspace.brand is not None:
            return ""
        try:
            row._meta.get_field("brand")
        except FieldDoesNotExist:
            return ""
        return next((b.name for b in workspace.brands if b.pk == row.brand_id), "")
