"""Two of django-allauth's pages, for people whose password is kept by their agency's provider."""

from urllib.parse import urlencode

from allauth.account import views as account
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from engage.signin.places import SSO_CONNECTION


@never_cache
@login_required
def reauthenticate(request: HttpRequest) -> HttpResponseBase:
    """Ask for the password, or send people without one to their provider once more."""
    connection_id = request.session.get(SSO_CONNECTION)
    if connection_id and not get_reauthentication_flows(request.user):
        query = urlencode({"next": request.GET.get("next", "/"), "again": "1"})
        return HttpResponseRedirect(f"{reverse('sso-start', args=[connection_id])}?{query}")
    return account.reauthenticate(request)  # type: ignore[no-any-return]  # allauth is untyped


@login_required
def set_password(request: HttpRequest) -> HttpResponseBase:
    """A first password needs proof of the mailbox: the same mail as for a lost one."""
    messages.info(request, _("You have no password yet. We send you a link to set one."))
    return HttpResponseRedirect(reverse("account_reset_password"))
