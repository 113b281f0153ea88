"""My settings: language, colours, keys; and the session that says when it ends."""

from typing import cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from engage.language import keep_language_cookie
from tenants.admin.acts import status_of, wants_json
from tenants.choices import Blur, SingleKeys, Theme
from tenants.domain.preferences import change_preferences
from tenants.exceptions import DomainError
from tenants.models import User


def urls(site: AdminSite) -> list[URLPattern]:
    """Pages of the person, the same in every workspace."""

    def page(request: HttpRequest) -> HttpResponse:
        return _page(site, request)

    return [
        path(
            "my-settings/",
            site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(page)),
            name="my_settings",
        ),
        path("my-settings/stay/", site.admin_view(require_POST(_stay)), name="stay_signed_in"),
    ]


def _page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """GET shows, POST keeps what it names. Scripts get ``{"message"}`` or ``{"error", "code"}``."""
    user = cast(User, request.user)
    if request.method == "POST":
        try:
            change_preferences(user, actor=user, wanted=request.POST)
        except DomainError as error:
            if wants_json(request):
                answer = {"error": str(error), "code": error.code}
                return JsonResponse(answer, status=status_of(error))
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:my_settings"))
        with translation.override(user.language):
            if wants_json(request):
                return JsonResponse({"message": _("Kept for you, on every machine.")})
            messages.success(request, _("Your settings are kept."))
        response = HttpResponseRedirect(reverse("admin:my_settings"))
        keep_language_cookie(response, user.language)
        return response
    context = site.each_context(request) | {
        "title": _("My settings"),
        "themes": Theme.choices,
        "key_modes": SingleKeys.choices,
        "veils": Blur.choices,
    }
    return TemplateResponse(request, "engage/my_settings.html", context)


def _stay(request: HttpRequest) -> HttpResponse:
    """Start the session's time anew. ``{"ends_at"}``: milliseconds since 1970."""
    request.session.modified = True
    ends_at = timezone.now().timestamp() + request.session.get_expiry_age()
    return JsonResponse({"ends_at": int(ends_at * 1000)})
