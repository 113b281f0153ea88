"""Where a person may work, found by name: for the switcher and the choice of a workspace."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from tenants.choices import ENDED_STATES
from tenants.models import Agency, Brand, User
from tenants.permissions import grants_of, memberships_of

HITS = 20
_LONGEST_TERM = 100


@dataclass(frozen=True, slots=True)
class Place:
    """An agency's workspace, or a brand's. ``prefix`` is its address with a slash at both ends."""

    agency: Agency
    brand: Brand | None = None

    @property
    def title(self) -> str:
        return self.brand.name if self.brand else self.agency.name

    @property
    def prefix(self) -> str:
        if self.brand is None:
            return f"/w/{self.agency.slug}/"
        return f"/w/{self.agency.slug}/{self.brand.slug}/"

    @property
    def initials(self) -> str:
        """Two letters: of the first two words, else the first two of the only one."""
        words = [word for word in self.title.split() if word[0].isalnum()]
        if len(words) > 1:
            return (words[0][0] + words[1][0]).upper()
        return self.title[:2].upper()

    @property
    def hue(self) -> int:
        """One of eight colours, always the same for the same place."""
        return (self.brand or self.agency).pk.int % 8


def brands_of_person(user: User) -> QuerySet[Brand]:
    """Every brand the person has a place in, unordered, with its agency."""
    memberships = memberships_of(user)
    whole = {m.agency_id for m in memberships if m.brand_id is None}
    single = {m.brand_id for m in memberships if m.brand_id is not None}
    single |= {grant.brand_id for grant in grants_of(user)}
    return (
        Brand.objects.select_related("agency")
        .filter(Q(agency__in=whole) | Q(pk__in=single))
        .exclude(state__in=ENDED_STATES)
    )


def find_brands(user: User, term: str) -> QuerySet[Brand]:
    """Those of the person's brands whose or whose agency's name holds every word of ``term``."""
    found = brands_of_person(user)
    for word in term.replace("\x00", "")[:_LONGEST_TERM].split():
        found = found.filter(
            Q(name__icontains=word) | Q(slug__icontains=word) | Q(agency__name__icontains=word)
        )
    return found


def agency_places(user: User, term: str = "") -> list[Place]:
    """Agencies as places: those the person belongs to as a whole, or with several brands in."""
    whole: dict[UUID, Agency] = {}
    single: dict[UUID, list[Agency]] = {}
    for membership in memberships_of(user):
        if membership.brand_id is None:
            whole[membership.agency_id] = membership.agency
        else:
            single.setdefault(membership.agency_id, []).append(membership.agency)
    several = {pk: found[0] for pk, found in single.items() if len(found) > 1}
    words = term.casefold().split()
    return [
        Place(agency)
        for agency in sorted((several | whole).values(), key=lambda agency: agency.name.casefold())
        if all(word in agency.name.casefold() for word in words)
    ]


def places_by_id(user: User, brand_ids: Iterable[UUID]) -> list[Place]:
    """The places of these brands in the order given, without those that are not the person's."""
    wanted = list(dict.fromkeys(brand_ids))
    if not wanted:
        return []
    found = {brand.pk: brand for brand in brands_of_person(user).filter(pk__in=wanted)}
    return [Place(found[pk].agency, found[pk]) for pk in wanted if pk in found]
