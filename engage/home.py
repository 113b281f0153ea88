"""`/`: to the person's workspace, or to the choice of one."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from engage.navigation import places_for
from tenants.models import User


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Sign-in page, the only workspace, or the chooser; without any, staff see the platform."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return HttpResponseRedirect(settings.LOGIN_URL)
    places = places_for(request)
    if len(places) == 1:
        return HttpResponseRedirect(places[0].url)
    if not places and user.is_platform_staff:
        return HttpResponseRedirect("/admin/")
    context = {
        **admin.site.each_context(request),
        "title": _("Choose a workspace"),
        "places": places,
    }
    return TemplateResponse(request, "engage/home.html", context)
