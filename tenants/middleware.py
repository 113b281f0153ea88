"""The workspace is in the address: /w/<agency>/[<brand>/]…

The prefix is taken off, the scope entered, and Django's script prefix set, so that every
``reverse()`` inside stays in the workspace and two tabs can never mix two brands up.
"""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import get_script_prefix, set_script_prefix
from django.utils import timezone
from django.views.defaults import permission_denied

from tenants.choices import Quota
from tenants.domain.directory import Workspace, find_workspace
from tenants.domain.quotas import spend
from tenants.domain.support import access_in, note_page
from tenants.domain.tokens import authenticate_token
from tenants.models import ApiToken, Brand, SupportAccess, User
from tenants.scope import brand_scope

_ADDRESS = re.compile(
    r"^/w/(?P<agency>[a-z0-9-]{1,50})(?:/(?P<brand>[a-z0-9-]{1,50}))?(?P<rest>/(?:admin|api)(?:/.*)?)$"
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# What is the person's own and no matter of the agency: the API asks for capabilities by itself.
_OWN_MATTERS = frozenset({"/admin/logout/", "/admin/i18n/language/"})
_READS_ONLY = "support access is for reading"
_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OPEN_WITHOUT_WORKSPACE = re.compile(r"^/admin/(?:login|logout|jsi18n|i18n)/")


class WorkspaceMiddleware:
    """Resolve the workspace, hold its scope (one transaction) around the request.

    A workspace that is not the person's answers 404, exactly as one that does not exist. A
    response of 500 or above rolls the transaction back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.workspace = None  # type: ignore[attr-defined]  # declared for readers in every view
        match = _ADDRESS.match(request.path_info)
        if match is None:
            if request.path_info.startswith("/w/"):
                raise Http404
            return self._outside(request)
        rest = match["rest"]
        if rest == "/api" or rest.startswith("/api/"):
            workspace = self._for_token(request, match["agency"], match["brand"])
        else:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            workspace = find_workspace(_person(request), match["agency"], match["brand"])
        if workspace is None:
            raise Http404
        return self._inside(request, workspace, rest)

    def _outside(self, request: HttpRequest) -> HttpResponseBase:
        """The platform's own admin is for platform staff; everybody else chooses a workspace."""
        if request.path_info.startswith("/admin/") and not _OPEN_WITHOUT_WORKSPACE.match(
            request.path_info
        ):
            user = request.user
            if not (isinstance(user, User) and user.is_active and user.is_platform_staff):
                return HttpResponseRedirect("/")
        return self.get_response(request)

    def _for_token(
        self, request: HttpRequest, agency_slug: str, brand_slug: str | None
    ) -> Workspace | None:
        """API: the token names its brand; a session (the admin's own pages) works as a person."""
        token = authenticate_token(request.headers.get("Authorization", ""))
        request.api_token = token  # type: ignore[attr-defined]  # read by the API's authentication
        if token is None:
            if isinstance(request.user, User):
                return find_workspace(request.user, agency_slug, brand_slug)
            return None
        return _workspace_of(token, agency_slug, brand_slug)

    def _inside(self, request: HttpRequest, workspace: Workspace, rest: str) -> HttpResponseBase:
        outer_prefix, outer_path = get_script_prefix(), request.path_info
        request.workspace = workspace  # type: ignore[attr-defined]
        request.path_info = rest
        set_script_prefix(workspace.prefix)
        agency_ids = [workspace.agency.pk] if workspace.agency_wide else []
        access = access_in(request.user, workspace)
        request.support_access = access  # type: ignore[attr-defined]  # the banner of every page
        try:
            if workspace.brand is not None and rest.startswith("/api"):
                request.retry_after_s = _spend_request(workspace.brand)  # type: ignore[attr-defined]  # read by the API's throttle
            with brand_scope(workspace.brand_ids, agency_ids=agency_ids):
                if access is None:
                    response = self.get_response(request)
                else:
                    response = self._watched(request, workspace, access, rest)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
                return response
        finally:
            set_script_prefix(outer_prefix)
            request.path_info = outer_path

    def _watched(
        self, request: HttpRequest, workspace: Workspace, access: SupportAccess, rest: str
    ) -> HttpResponseBase:
        """A request of the platform's staff: reads only, and told to the agency's ledger."""
        may_run = request.method in _READS or rest in _OWN_MATTERS or rest.startswith("/api/")
        with transaction.atomic():  # a refusal of the API takes back the request, not the note
            response = (
                self.get_response(request)
                if may_run
                else permission_denied(request, PermissionDenied(_READS_ONLY))
            )
        if response.status_code < 500:
            match = request.resolver_match
            note_page(
                access,
                workspace,
                route=match.view_name if match else "none",
                object_ref=_key_in(match.kwargs) if match else "",
                method=request.method or "",
                status=response.status_code,
                actor=_person(request),
            )
        return response


def _key_in(kwargs: dict[str, Any]) -> str:
    """The first key in the address; what is no key, a word somebody typed, is left out."""
    return next((str(v) for v in kwargs.values() if _KEY.fullmatch(str(v))), "")


def _spend_request(brand: Brand) -> int:
    """Seconds to wait, 0 if the brand may ask on. In a transaction of its own: in the request's,
    requests of one brand would wait for each other."""
    with brand_scope(brand.pk):
        return spend(brand.pk, Quota.API, now=timezone.now()).retry_after_s


def _person(request: HttpRequest) -> User:
    if isinstance(request.user, AnonymousUser):
        raise Http404
    return request.user


def _workspace_of(token: ApiToken, agency_slug: str, brand_slug: str | None) -> Workspace | None:
    brand = token.brand
    if (brand.agency.slug, brand.slug) != (agency_slug, brand_slug):
        return None
    return Workspace(brand.agency, brand, frozenset([brand.pk]), agency_wide=False)
