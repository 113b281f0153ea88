"""What would be blocked: before a channel's duty is switched on, before a ground falls."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from compliance.domain.vendors.routes import clearance, routes_of
from compliance.domain.vendors.services import service_title, services
from compliance.models import VendorRoute
from compliance.registries import ServiceUse, VendorService, vendor_services
from tenants.models import Agency, Brand
from tenants.scope import active_scope


@dataclass(frozen=True, slots=True)
class Blocked:
    """One brand over one service. ``uses``: what would stand still. ``message``: why, what to do.
    ``is_enforced``: it is blocked in fact, else only marked."""

    brand: Brand
    service: str
    title: str
    message: str
    uses: Sequence[ServiceUse]
    is_enforced: bool


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service of the register's first page, with what goes over it."""

    service: VendorService
    route: VendorRoute | None
    uses: Sequence[ServiceUse]
    blocked: Sequence[Blocked]


def brands_of(agency: Agency) -> list[Brand]:
    """The clients' brands that are in scope, by name. One query."""
    scope = active_scope()
    seen = scope.brand_ids if scope is not None else frozenset()
    return list(Brand.objects.filter(agency=agency, pk__in=seen).order_by("name"))


def uses_of(service: VendorService, brands: Iterable[Brand]) -> dict[UUID, list[ServiceUse]]:
    """By brand. At most one query."""
    found: dict[UUID, list[ServiceUse]] = {}
    for use in service.uses([brand.pk for brand in brands]):
        found.setdefault(use.brand_id, []).append(use)
    return found


def would_block(
    agency: Agency,
    *,
    on: date,
    fallen: Collection[str] | None = None,
    services_to_enforce: Collection[str] = (),
    brands: Sequence[Brand] | None = None,
    routes: Mapping[str, VendorRoute] | None = None,
    only_enforced: bool = True,
) -> list[Blocked]:
    """What is in use and would stand still if these grounds fell, or these services were enforced.

    In the scope of the brands. At most one query per service, one for routes, one for brands.
    """
    everyone = brands_of(agency) if brands is None else brands
    known = routes_of(agency.pk) if routes is None else routes
    found: list[Blocked] = []
    for service in services():
        route = known.get(service.key) or VendorRoute(agency=agency, service=service.key)
        enforced = route.is_enforced or service.key in services_to_enforce
        if only_enforced and not enforced:
            continue
        by_brand = uses_of(service, everyone)
        for brand in everyone:
            if brand.pk not in by_brand:
                continue
            clear = clearance(route, brand, on=on, fallen=fallen)
            if clear.code:
                found.append(
                    Blocked(
                        brand,
                        service.key,
                        str(service.title),
                        clear.message,
                        by_brand[brand.pk],
                        enforced,
                    )
                )
    return found


def falls_with(agency: Agency, mechanism: str, *, on: date, fallen: Sequence[str]) -> list[Blocked]:
    """What works today and would lose its ground with this one. Services that are not enforced are
    listed too: they would go on without a ground."""
    brands, routes = brands_of(agency), routes_of(agency.pk)
    now = would_block(
        agency, on=on, fallen=fallen, brands=brands, routes=routes, only_enforced=False
    )
    then = would_block(
        agency,
        on=on,
        fallen=[*fallen, mechanism],
        brands=brands,
        routes=routes,
        only_enforced=False,
    )
    there = {(one.brand.pk, one.service) for one in now}
    return [one for one in then if (one.brand.pk, one.service) not in there]


def overview(agency: Agency, *, on: date) -> list[ServiceRow]:
    """Every service with its route, its uses and what is wrong with it."""
    brands, routes = brands_of(agency), routes_of(agency.pk)
    wrong = would_block(agency, on=on, brands=brands, routes=routes, only_enforced=False)
    rows = []
    for service in services():
        uses: list[ServiceUse] = [
            use for found in uses_of(service, brands).values() for use in found
        ]
        mine = [one for one in wrong if one.service == service.key]
        rows.append(ServiceRow(service, routes.get(service.key), uses, mine))
    return rows


def to_facts(found: Sequence[Blocked]) -> dict[str, Any]:
    """Counts for an event of the ledger."""
    return {
        "blocked": len(found),
        "brands": len({one.brand.pk for one in found}),
        "services": sorted({one.service for one in found}),
    }


def title_of(service: str) -> str:
    return service_title(service) if service in vendor_services else service
