"""`/`: to the person's workspace, or to the choice of one."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from engage.places import hits_of
from tenants.admin.pages import page_of
from tenants.domain.places import Place, agency_places, brands_of_person, find_brands
from tenants.models import User


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Sign-in page, the only workspace, or the chooser; without any, staff see the platform.

    The chooser: ``q`` words of a name, ``after`` the cursor of the page before.
    """
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return HttpResponseRedirect(settings.LOGIN_URL)
    term = request.GET.get("q", "").replace("\x00", "").strip()
    only = _only_place(user) if not term else None
    if only is not None:
        return HttpResponseRedirect(f"{only.prefix}admin/")
    page = page_of(
        find_brands(user, term), order=("name", "id"), cursor=request.GET.get("after", "")
    )
    agencies = agency_places(user, term) if page.is_first else []
    if not term and not agencies and not page.rows and user.is_platform_staff:
        return HttpResponseRedirect("/admin/")
    places = [*agencies, *(Place(brand.agency, brand) for brand in page.rows)]
    context = {
        **admin.site.each_context(request),
        "title": _("Choose a workspace"),
        "hits": hits_of(user, places),
        "page": page,
        "term": term,
    }
    return TemplateResponse(request, "engage/home.html", context)


def _only_place(user: User) -> Place | None:
    """The one workspace there is to go to: the only brand, or an agency without brands yet."""
    agencies = agency_places(user)
    brands = list(brands_of_person(user).order_by("id")[:2])
    if len(brands) == 1 and all(place.agency == brands[0].agency for place in agencies):
        return Place(brands[0].agency, brands[0])
    return agencies[0] if len(agencies) == 1 and not brands else None
