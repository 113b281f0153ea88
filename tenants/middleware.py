"""The workspace is in the address: /w/<agency>/[<brand>/]…

The prefix is taken off, the scope entered, and Django's script prefix set, so that every
``reverse()`` inside stays in the workspace and two tabs can never mix two brands up.
"""

import re
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import get_script_prefix, set_script_prefix

from tenants.domain.directory import Workspace, find_workspace
from tenants.domain.tokens import authenticate_token
from tenants.models import ApiToken, User
from tenants.scope import brand_scope

_ADDRESS = re.compile(
    r"^/w/(?P<agency>[a-z0-9-]{1,50})(?:/(?P<brand>[a-z0-9-]{1,50}))?(?P<rest>/(?:admin|api)(?:/.*)?)$"
)
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
                return redirect_to_login(request.get_full_path(), "/admin/login/")
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
        try:
            with brand_scope(workspace.brand_ids, agency_ids=agency_ids):
                response = self.get_response(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
                return response
        finally:
            set_script_prefix(outer_prefix)
            request.path_info = outer_path


def _person(request: HttpRequest) -> User:
    if isinstance(request.user, AnonymousUser):
        raise Http404
    return request.user


def _workspace_of(token: ApiToken, agency_slug: str, brand_slug: str | None) -> Workspace | None:
    brand = token.brand
    if (brand.agency.slug, brand.slug) != (agency_slug, brand_slug):
        return None
    return Workspace(brand.agency, brand, (brand,), agency_wide=False)
