"""Single sign-on: from the address to the provider and back."""

import secrets
import time
from dataclasses import asdict
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from engage.signin.oidc import Claims, Pending, SsoFailed, authorization_url, claims_for
from engage.signin.places import SSO_CONNECTION, SSO_PENDING
from tenants.domain.signin import mark_confirmed, needs_second_factor
from tenants.domain.sso import REASONS, SsoRefused, connections_for, refuse, sign_in, tell
from tenants.models import SsoConnection, User

PENDING_S = 600
_RATES = {"sso": "60/5m/ip"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """The address decides which provider. A page with a link, not a redirect: the policy of
    content security lets no form lead to another host."""
    if not ratelimit.consume(request, app="engage.signin", action="sso", config=_RATES):
        return ratelimit.handler429(request)  # type: ignore[no-any-return]  # allauth is untyped
    email = request.POST.get("email", "").strip()
    context = {
        "title": _("Sign in through your organisation"),
        "email": email,
        "connections": connections_for(email) if email else [],
        "next": _next(request),
    }
    return TemplateResponse(request, "account/sso.html", context)


@never_cache
@require_safe
def start(request: HttpRequest, pk: UUID) -> HttpResponse:
    connection = (
        SsoConnection.objects.select_related("agency").filter(pk=pk, is_active=True).first()
    )
    if connection is None:
        raise Http404
    pending = Pending(connection=str(pk), next=_next(request))
    try:
        url = authorization_url(connection, pending, asks_again="again" in request.GET)
    except SsoFailed as error:
        return _refused(request, connection, error)
    request.session[SSO_PENDING] = asdict(pending)
    return HttpResponseRedirect(url)


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider. What was kept is used once, whatever comes of it."""
    kept = request.session.pop(SSO_PENDING, None)
    if kept is None:
        return _page(request, _("This sign-in was not begun here, or is over. Begin again."))
    pending = Pending(**kept)
    connection = (
        SsoConnection.objects.select_related("agency", "default_role")
        .filter(pk=pending.connection, is_active=True)
        .first()
    )
    if connection is None:
        return _page(request, _("This way to sign in was switched off."))
    is_ours = secrets.compare_digest(request.GET.get("state", ""), pending.state)
    try:
        if not is_ours or time.time() - pending.at > PENDING_S:
            raise SsoFailed("state")
        if "error" in request.GET:
            raise SsoFailed("refused_by_provider")
        claims = claims_for(connection, pending, request.GET.get("code", ""))
        user = sign_in(connection, claims)
    except SsoFailed as error:
        return _refused(request, connection, error)
    except SsoRefused as error:
        return _page(request, str(error))
    return _let_in(request, connection, claims, user, pending.next)


def _let_in(
    request: HttpRequest, connection: SsoConnection, claims: Claims, user: User, target: str
) -> HttpResponse:
    is_same_way = request.session.get(SSO_CONNECTION) == str(connection.pk)
    if request.user.is_authenticated and request.user.pk == user.pk and is_same_way:
        mark_confirmed(request=request)  # the provider asked again
        return HttpResponseRedirect(target)
    is_vouched = connection.trusts_second_factor and claims.has_second_factor
    record_authentication(
        request, user, method="sso", connection=str(connection.pk), second_factor=is_vouched
    )
    if is_vouched:
        get_adapter().login(request, user)
        return HttpResponseRedirect(target)
    if connection.trusts_second_factor and needs_second_factor(user):
        tell(connection, "tenants.signin.second_factor_missing", user)
        messages.warning(
            request,
            _("Your organisation did not ask for a second factor, so we do."),
        )
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=target))
    return response


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or "/"
    return target if url_has_allowed_host_and_scheme(target, None) else "/"


def _refused(request: HttpRequest, connection: SsoConnection, error: SsoFailed) -> HttpResponse:
    try:
        refuse(connection, "provider", code=error.code)
    except SsoRefused:
        return _page(request, str(REASONS["provider"]), code=error.code)


def _page(request: HttpRequest, words: str, *, code: str = "") -> HttpResponse:
    again = f"{reverse('sso-choose')}?{urlencode({'next': _next(request)})}"
    context = {"title": _("You are not signed in"), "words": words, "code": code, "again": again}
    return TemplateResponse(request, "account/sso_refused.html", context, status=403)
