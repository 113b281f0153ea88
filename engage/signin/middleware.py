"""The gate behind the sign-in: a session of single sign-on reaches its own agency alone, and who
needs a second factor shows one before anything else."""

import re
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.scope import AuditContext, audit_context, enter_context
from engage.api.problems import problem
from engage.signin.places import SECOND_FACTOR, SSO_AGENCY, STAFF_SESSION
from engage.signin.receivers import FACTORS
from tenants.actors import PUBLIC_AUTHOR
from tenants.admin.acts import wants_json
from tenants.domain.signin import limit_to_agency, needs_second_factor, tell_agencies
from tenants.models import StaffSession, User

SEEN_EVERY_S = 300
# The choice of a workspace, every workspace and the platform's admin, but for language and exit.
_GUARDED = re.compile(
    r"^/(?:$|w/(?![a-z0-9-]+(?:/[a-z0-9-]+)?/admin/(?:logout|i18n|jsi18n)/)"
    r"|admin/(?!(?:login|logout|i18n|jsi18n)/))"
)
_API = re.compile(r"^/w/[^/]+(?:/[^/]+)?/api/")


class SigninMiddleware:
    """Stands before the workspace. Requests with a program's token have no session to judge."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user if isinstance(request.user, User) else None
        if _has_token(request):
            user = None
        answer: HttpResponseBase | None = None
        if user is not None:
            agency_id = request.session.get(SSO_AGENCY)
            if agency_id:
                limit_to_agency(user, UUID(agency_id))
            if _GUARDED.match(request.path_info):
                answer = _second_factor_first(request, user)
        response = answer or self.get_response(request)
        if user is not None:
            _seen(request)
        if email := getattr(request, "failed_sign_in", ""):
            context = AuditContext(
                lambda: None,
                correlation_id=audit_context().correlation_id,
                address=audit_context().address,
            )
            # After the answer is out: an address we know must not take longer than another.
            closers = response._resource_closers  # type: ignore[attr-defined]  # Django's own list
            closers.append(partial(_tell_failed, email, context))
        return response


def _has_token(request: HttpRequest) -> bool:
    return request.headers.get("Authorization", "").lower().startswith("bearer ")


def _second_factor_first(request: HttpRequest, user: User) -> HttpResponse | None:
    """None if nothing is missing; else the page that asks for it, or 403 in words to scripts."""
    if not settings.SECOND_FACTOR_REQUIRED or request.session.get(SECOND_FACTOR):
        return None
    if not needs_second_factor(user):
        return None
    words = _("Your role needs a second factor. Sign in on the website and set one up.")
    if _API.match(request.path_info):
        return problem(403, code="second_factor_missing", detail=words)
    if wants_json(request):
        return HttpResponse(words, status=403, content_type="text/plain; charset=utf-8")
    if is_mfa_enabled(user, FACTORS):
        return _ask(request)
    return HttpResponseRedirect(reverse("signin-second-factor"))


def _ask(request: HttpRequest) -> HttpResponse:
    """They have one but did not show it in this session, which is older than the factor."""
    query = urlencode({"next": request.get_full_path() if request.method == "GET" else "/"})
    is_key_only = not is_mfa_enabled(request.user, [FACTORS[0]])
    name = "mfa_reauthenticate_webauthn" if is_key_only else "mfa_reauthenticate"
    return HttpResponseRedirect(f"{reverse(name)}?{query}")


def _seen(request: HttpRequest) -> None:
    """Keep the row of this session true; without its row the session ends."""
    known = request.session.get(STAFF_SESSION)
    if not known or not request.user.is_authenticated:
        return
    now = int(time.time())
    if known["key"] == request.session.session_key and now - known["seen"] < SEEN_EVERY_S:
        return
    key = request.session.session_key or known["key"]
    row = StaffSession.objects.filter(pk=known["id"])
    if not row.update(session_key=key, seen_at=timezone.now()):
        logout(request)
        return
    request.session[STAFF_SESSION] = known | {"key": key, "seen": now}


def _tell_failed(email: str, context: AuditContext) -> None:
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is not None:
        with enter_context(context):
            tell_agencies(
                "tenants.session.failed",
                user,
                user=user,
                actor=PUBLIC_AUTHOR,
                facts={"why": "password"},
            )
