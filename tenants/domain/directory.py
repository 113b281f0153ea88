"""The one function through which a person reaches a workspace."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from tenants.choices import ENDED_STATES, BrandKind, BrandState
from tenants.models import Agency, Brand, Membership, User
from tenants.permissions import grants_of, memberships_of, remember_agencies, remember_agency


@dataclass(frozen=True)
class Workspace:
    """A place to work: one brand, or an agency with the brands the person may see.

    ``brand`` is None in the agency's workspace. ``client_ids``: the brands of clients in it.
    ``agency_wide``: the person belongs to the agency itself and may therefore see what no brand
    alone owns; ``own_brand_id``: the row that stands for it, when there is one yet.
    """

    agency: Agency
    brand: Brand | None
    client_ids: frozenset[UUID]
    agency_wide: bool
    own_brand_id: UUID | None = None

    @property
    def prefix(self) -> str:
        """Address prefix with a slash at both ends: ``/w/acme/north/``."""
        if self.brand is None:
            return f"/w/{self.agency.slug}/"
        return f"/w/{self.agency.slug}/{self.brand.slug}/"

    @property
    def brand_ids(self) -> frozenset[UUID]:
        return self.client_ids | {self.own_brand_id} if self.own_brand_id else self.client_ids

    @cached_property
    def brands(self) -> tuple[Brand, ...]:
        """All of them by name. For pages that show them all; one query in an agency."""
        return (self.brand,) if self.brand is not None else tuple(self._clients())

    @cached_property
    def halted_brands(self) -> tuple[Brand, ...]:
        """Those that are frozen or may not send, by name. One query in an agency."""
        if self.brand is not None:
            is_halted = self.brand.state == BrandState.FROZEN or self.brand.sending_stopped_at
            return (self.brand,) if is_halted else ()
        halted = Q(state=BrandState.FROZEN) | Q(sending_stopped_at__isnull=False)
        return tuple(self._clients().filter(halted))

    @cached_property
    def time_zone(self) -> str:
        """The brand's; in an agency its first brand's, empty before there is one."""
        if self.brand is not None:
            return self.brand.time_zone
        return self._clients().values_list("time_zone", flat=True).first() or ""

    def _clients(self) -> QuerySet[Brand]:
        found = Brand.objects.filter(agency=self.agency).exclude(state__in=ENDED_STATES)
        if not self.agency_wide:
            found = found.filter(pk__in=self.client_ids)
        return found.select_related("agency").order_by(Lower("name"), "pk")


def find_workspace(user: User, agency_slug: str, brand_slug: str | None) -> Workspace | None:
    """The workspace at this address, or None: it does not exist or is not this person's.

    A brand's workspace reads that one brand, an agency's only the keys of its brands.
    """
    memberships = [m for m in memberships_of(user) if m.agency.slug == agency_slug]
    granted = {grant.brand_id for grant in grants_of(user)}
    if not memberships and not granted:
        return None
    if brand_slug is not None:
        return _brand_workspace(user, agency_slug, brand_slug, memberships, granted)
    if any(m.brand_id is None for m in memberships):
        return _whole_agency(user, memberships[0].agency)
    found = [m.brand for m in memberships if m.brand]
    if granted:
        found += Brand.objects.filter(pk__in=granted, agency__slug=agency_slug).select_related(
            "agency"
        )
    if not found:
        return None
    remember_agencies(user, found)
    clients = frozenset(brand.pk for brand in found if brand.state not in ENDED_STATES)
    return Workspace(found[0].agency, None, clients, agency_wide=False)


def _whole_agency(user: User, agency: Agency) -> Workspace:
    rows = (
        Brand.including_agencies.filter(agency=agency)
        .exclude(kind=BrandKind.CLIENT, state__in=ENDED_STATES)
        .order_by()
        .values_list("pk", "kind")
    )
    kinds = dict(rows)
    remember_agency(user, agency.pk, kinds)
    return Workspace(
        agency,
        None,
        frozenset(pk for pk, kind in kinds.items() if kind == BrandKind.CLIENT),
        agency_wide=True,
        own_brand_id=next((pk for pk, kind in kinds.items() if kind == BrandKind.AGENCY), None),
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
    return Workspace(brand.agency, brand, frozenset([brand.pk]), agency_wide=False)


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
