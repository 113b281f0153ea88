"""The switcher: the person's workspaces found by name, with what waits in those that are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from engage.navigation import GROUPS
from reporting.domain.figures import Figures, figures_of
from tenants.choices import BrandState
from tenants.domain.places import HITS, Place, agency_places, find_brands, places_by_id
from tenants.models import User
from tenants.permissions import can, remember_agencies
from tenants.scope import brand_scope

RECENT = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """A workspace as it is offered. ``figures`` is None for an agency as a whole."""

    place: Place
    url: str
    is_current: bool
    figures: Figures | None
    state: StrOrPromise
    is_recent: bool = False

    @property
    def first_due_at(self) -> datetime | None:
        return self.figures.first_due_at if self.figures else None

    @property
    def is_late(self) -> bool:
        return self.first_due_at is not None and self.first_due_at < timezone.now()


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """At most 20 of the person's workspaces. ``q``: words of the name; ``at``: prefix of the
    workspace the person is in; ``screen``: the page there, kept where it exists. Never cached.

    Outside every workspace, because it looks into several: each only as the person may.
    """
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return HttpResponse(status=403)
    term = request.GET.get("q", "").replace("\x00", "").strip()
    recent = places_by_id(user, user.recent_brands[:RECENT]) if not term else []
    known = {place.brand.pk for place in recent if place.brand}
    found = agency_places(user, term)[: HITS - len(recent)]
    rest = HITS - len(recent) - len(found)
    found += [
        Place(brand.agency, brand)
        for brand in find_brands(user, term).exclude(pk__in=known).order_by("name", "id")[:rest]
    ]
    hits = hits_of(
        user,
        [*recent, *found],
        at=request.GET.get("at", ""),
        screen=request.GET.get("screen", ""),
        recent=len(recent),
    )
    response = TemplateResponse(
        request, "engage/places_results.html", {"hits": hits, "term": term, "limit": HITS}
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def hits_of(
    user: User, places: Sequence[Place], *, at: str = "", screen: str = "", recent: int = 0
) -> list[Hit]:
    """The places with their figures (one query for all) and addresses."""
    brands = [place.brand for place in places if place.brand]
    remember_agencies(user, brands)
    figures = {}
    if brands:
        with brand_scope([brand.pk for brand in brands]):
            figures = figures_of(user)
    hits = []
    for number, place in enumerate(places):
        brand = place.brand
        is_live = brand is None or brand.state == BrandState.LIVE
        hits.append(
            Hit(
                place,
                f"{place.prefix}admin/{_kept_screen(user, place, screen)}",
                is_current=place.prefix == at,
                figures=(figures.get(brand.pk) or Figures()) if brand else None,
                state="" if is_live or brand is None else brand.get_state_display(),
                is_recent=number < recent,
            )
        )
    return hits


def _kept_screen(user: User, place: Place, screen: str) -> str:
    """The list that ``screen`` belongs to, if it stands in this place's side bar; else nothing."""
    if not screen:
        return ""
    home = reverse("admin:index")
    fitting = ""
    for _title, items in GROUPS:
        for item in items:
            path = reverse(item.view).removeprefix(home)
            if not screen.startswith(path) or len(path) <= len(fitting):
                continue
            if item.agency_only and place.brand is not None:
                continue
            if any(can(user, one, place.brand or place.agency) for one in item.capabilities):
                fitting = path
    return fitting
