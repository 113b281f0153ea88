"""The page behind the link of an invitation."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from engage.signin.places import SSO_AGENCY
from tenants.domain.invitations import accept, find_invitation, has_account, join
from tenants.exceptions import DomainError, InvalidInput, InvitationRefused
from tenants.models import Invitation, Membership, User

_RATES = {"invitation": "30/5m/ip"}
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is offered; take name and password of new people, the yes of known ones."""
    if not ratelimit.consume(
        request, app="engage.signin", action="invitation", config=_RATES, limit_get=True
    ):
        return ratelimit.handler429(request)  # type: ignore[no-any-return]  # allauth is untyped
    user = request.user if isinstance(request.user, User) else None
    try:
        found = find_invitation(token, user=user)
        if user is None:
            with translation.override(found.language):
                return _for_stranger(request, token, found)
        return _for_person(request, token, found, user)
    except InvitationRefused as refused:
        status = 404 if refused.why == "unknown" else 410
        context = {"title": _("This invitation does not open"), "refused": refused}
        return TemplateResponse(request, "account/invitation.html", context, status=status)


def _for_stranger(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    if has_account(found):
        query = urlencode({"next": request.path})
        return _page(request, found, sign_in=f"{settings.LOGIN_URL}?{query}")
    if request.method != "POST":
        return _page(request, found)
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    try:
        if password != request.POST.get("password2", ""):
            raise InvalidInput("password2", _("The two passwords differ."))
        membership = join(token, name=name, password=password)
    except InvitationRefused:
        raise
    except InvalidInput as error:
        return _page(request, found, status=400, name=name, error=error, field=error.field)
    except DomainError as error:
        return _page(request, found, status=409, error=error)
    record_authentication(request, membership.user, method="password")
    login(request, membership.user, backend=_BACKEND)
    return HttpResponseRedirect(_workspace(membership))


def _for_person(request: HttpRequest, token: str, found: Invitation, user: User) -> HttpResponse:
    is_theirs = request.session.get(SSO_AGENCY) in {None, str(found.agency_id)}
    if not is_theirs:
        words = _("You are signed in through another agency. Log out and sign in with a password.")
        return _page(request, found, status=403, error=words, is_closed=True)
    if request.method != "POST":
        return _page(request, found)
    return HttpResponseRedirect(_workspace(accept(token, user=user)))


def _workspace(membership: Membership) -> str:
    agency, brand = membership.agency, membership.brand
    return f"/w/{agency.slug}/{brand.slug}/admin/" if brand else f"/w/{agency.slug}/admin/"


def _page(
    request: HttpRequest, found: Invitation, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"title": _("Invitation"), "invitation": found} | more
    response = TemplateResponse(request, "account/invitation.html", context, status=status)
    return response.render()
