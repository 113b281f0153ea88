"""My sign-in: second factors, recovery codes, password, sessions."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from engage.signin.places import SSO_AGENCY
from engage.signin.receivers import own_row
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.domain.signin import (
    end_other_sessions,
    end_session,
    needs_second_factor,
    running_sessions,
)
from tenants.models import StaffSession, User


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _own_sessions(request: HttpRequest) -> Any:
    """A session of single sign-on sees only those of the same agency."""
    own = running_sessions().filter(user=_person(request))
    agency_id = request.session.get(SSO_AGENCY)
    return own.filter(agency_id=agency_id) if agency_id else own


@never_cache
@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    factors = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at"))
    codes = next((f for f in factors if f.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "title": _("My sign-in"),
        "app": next((f for f in factors if f.type == Authenticator.Type.TOTP), None),
        "keys": [f for f in factors if f.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "is_needed": needs_second_factor(user),
        "sessions": _own_sessions(request),
        "this_session": own_row(request),
    }
    return TemplateResponse(request, "account/me.html", context)


@login_required
@require_safe
def to_me(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("signin-me"))


@never_cache
@login_required
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """What people see who need a second factor and have none."""
    context = {"title": _("A second factor is needed")}
    return TemplateResponse(request, "account/second_factor.html", context)


@login_required
@require_POST
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End one of my own sessions; 404 for anybody else's."""
    row = StaffSession.objects.filter(pk=pk, user=_person(request)).first()
    if row is None or not _own_sessions(request).filter(pk=pk).exists():
        raise Http404
    end_session(row, actor=_person(request), reason="own")
    messages.success(request, _("The session has ended."))
    return HttpResponseRedirect(reverse("signin-me"))


@login_required
@require_POST
@needs_fresh_sign_in
def end_others(request: HttpRequest) -> HttpResponse:
    if SSO_AGENCY in request.session:
        raise Http404
    user = _person(request)
    count = end_other_sessions(user, keep=own_row(request), actor=user, reason="own")
    messages.success(request, _("Sessions ended: %d") % count)
    return HttpResponseRedirect(reverse("signin-me"))
