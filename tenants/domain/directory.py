"""The one function through which a person reaches a workspace."""

from dataclasses import dataclass
from uuid import UUID

from tenants.models import Agency, Brand, User
from tenants.permissions import memberships_of


@dataclass(frozen=True, slots=True)
class Workspace:
    """A place to work: one brand, or an agency with the brands the person may see.

    ``brand`` is None in the agency's workspace. ``agency_wide``: the person belongs to the agency
    itself and may therefore see what no brand alone owns.
    """

    agency: Agency
    brand: Brand | None
    brands: tuple[Brand, ...]
    agency_wide: bool

    @property
    def prefix(self) -> str:
        """Address prefix with a slash at both ends: ``/w/acme/north/``."""
        if self.brand is None:
            return f"/w/{self.agency.slug}/"
        return f"/w/{self.agency.slug}/{self.brand.slug}/"

    @property
    def brand_ids(self) -> frozenset[UUID]:
        return frozenset(brand.pk for brand in self.brands)


def find_workspace(user: User, agency_slug: str, brand_slug: str | None) -> Workspace | None:
    """The workspace at this address, or None: it does not exist or is not this person's."""
    memberships = [m for m in memberships_of(user) if m.agency.slug == agency_slug]
    if not memberships:
        return None
    agency = memberships[0].agency
    agency_wide = any(m.brand_id is None for m in memberships)
    brands = list(agency.brands.all()) if agency_wide else [m.brand for m in memberships if m.brand]
    for brand in brands:
        brand.agency = agency
    unique = tuple(sorted({b.pk: b for b in brands}.values(), key=lambda b: b.name.casefold()))
    if brand_slug is None:
        return Workspace(agency, None, unique, agency_wide)
    for brand in unique:
        if brand.slug == brand_slug:
            return Workspace(agency, brand, (brand,), agency_wide=False)
    return None


def workspaces_of(user: User) -> list[Workspace]:
    """Every brand workspace of the person, by agency and brand name."""
    found: dict[UUID, Workspace] = {}
    for slug in sorted({m.agency.slug for m in memberships_of(user)}):
        whole = find_workspace(user, slug, None)
        if whole is None:
            continue
        for brand in whole.brands:
            found[brand.pk] = Workspace(whole.agency, brand, (brand,), agency_wide=False)
    return list(found.values())


def find_brand(workspace: str) -> Brand | None:
    """The brand named ``<agency>/<brand>`` on a command line."""
    agency_slug, _, brand_slug = workspace.partition("/")
    return (
        Brand.objects.select_related("agency")
        .filter(agency__slug=agency_slug, slug=brand_slug)
        .first()
    )
