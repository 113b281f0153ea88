"""The one function through which a person reaches a workspace."""

from dataclasses import dataclass
from uuid import UUID

from tenants.choices import ENDED_STATES, BrandKind
from tenants.models import Agency, Brand, Membership, User
from tenants.permissions import grants_of, memberships_of, remember_agencies


@dataclass(frozen=True, slots=True)
class Workspace:
    """A place to work: one brand, or an agency with the brands the person may see.

    ``brand`` is None in the agency's workspace. ``agency_wide``: the person belongs to the agency
    itself and may therefore see what no brand alone owns: ``own_brand``, when there is one yet.
    """

    agency: Agency
    brand: Brand | None
    brands: tuple[Brand, ...]
    agency_wide: bool
    own_brand: Brand | None = None

    @property
    def prefix(self) -> str:
        """Address prefix with a slash at both ends: ``/w/acme/north/``."""
        if self.brand is None:
            return f"/w/{self.agency.slug}/"
        return f"/w/{self.agency.slug}/{self.brand.slug}/"

    @property
    def brand_ids(self) -> frozenset[UUID]:
        own = (self.own_brand,) if self.own_brand else ()
        return frozenset(brand.pk for brand in (*self.brands, *own))


# Not asked by the frame of a page, and dear to read a thousand times.
_PROFILE = (
    *("legal_name", "contact_email", "sector", "business_hours", "data_region"),
    *("holiday_country", "holiday_region", "state_before", "intake_stopped_at", "closed_at"),
)


def find_workspace(user: User, agency_slug: str, brand_slug: str | None) -> Workspace | None:
    """The workspace at this address, or None: it does not exist or is not this person's.

    A brand's workspace reads that one brand, whatever the agency has beside it.
    """
    memberships = [m for m in memberships_of(user) if m.agency.slug == agency_slug]
    granted = {grant.brand_id for grant in grants_of(user)}
    if not memberships and not granted:
        return None
    agency_wide = any(m.brand_id is None for m in memberships)
    if brand_slug is not None:
        return _brand_workspace(user, agency_slug, brand_slug, memberships, granted)
    if agency_wide:
        agency = memberships[0].agency
        found = list(Brand.including_agencies.filter(agency=agency).defer(*_PROFILE))
    else:
        found = [m.brand for m in memberships if m.brand]
        if granted:
            found += Brand.objects.filter(pk__in=granted, agency__slug=agency_slug).select_related(
                "agency"
            )
        if not found:
            return None
        agency = found[0].agency
    for brand in found:
        brand.agency = agency
    remember_agencies(user, found)
    clients = {b.pk: b for b in found if b.kind == BrandKind.CLIENT and b.state not in ENDED_STATES}
    return Workspace(
        agency,
        None,
        tuple(sorted(clients.values(), key=lambda b: b.name.casefold())),
        agency_wide,
        next((b for b in found if b.kind == BrandKind.AGENCY), None),
    )


def _brand_workspace(
    user: User,
    agency_slug: str,
    brand_slug: str,
    memberships: list[Membership],
    granted: set[UUID],
) -> Workspace | None:
    brand = next((m.brand for m in memberships if m.brand and m.brand.slug == brand_slug), None)
    if brand is None and (granted or any(m.brand_id is None for m in memberships)):
        brand = (
            Brand.objects.select_related("agency")
            .filter(agency__slug=agency_slug, slug=brand_slug)
            .first()
        )
        whole = {m.agency_id for m in memberships if m.brand_id is None}
        if brand and brand.agency_id not in whole and brand.pk not in granted:
            return None
    if brand is None or brand.state in ENDED_STATES:
        return None
    remember_agencies(user, [brand])
    return Workspace(brand.agency, brand, (brand,), agency_wide=False)


def find_brand(workspace: str) -> Brand | None:
    """The brand named ``<agency>/<brand>`` on a command line."""
    agency_slug, _, brand_slug = workspace.partition("/")
    return (
        Brand.objects.select_related("agency")
        .filter(agency__slug=agency_slug, slug=brand_slug)
        .first()
    )


def belongs_to(user: User, agency: Agency) -> bool:
    """Whether the person has a place in the agency or in one of its brands."""
    return user.memberships.filter(agency=agency).exists()
