"""Which vendor stands behind a channel or service today, and whether it may be used. Requirements
C9, C11.

``VendorRoute`` is the register's shadow in the directory: one row per agency and service, so that
sending asks once and needs no other scope. What was approved stands there, not what somebody is
changing: a route learns of places and vendor when an approval is given.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import formats
from django.utils.translation import gettext as _

from compliance.choices import Place
from compliance.domain.vendors.law import mechanism_label
from compliance.domain.vendors.passage import Leg, Standing, legs, worst_ground
from compliance.domain.vendors.services import service_title
from compliance.domain.vendors.states import is_cleared
from compliance.models import FallenMechanism, Vendor, VendorRoute, VendorSafeguard
from tenants.exceptions import DomainError
from tenants.models import Agency, Brand


class VendorNotCleared(DomainError):
    """The channel or service may not be used: its vendor is not approved, or data may not go
    there."""

    code = "vendor_not_cleared"


@dataclass(frozen=True, slots=True)
class Clearance:
    """``code`` empty: it may be used. ``message`` says what to do. ``is_enforced``: it blocks."""

    legs: Sequence[Leg]
    is_enforced: bool
    code: str = ""
    message: str = ""

    @property
    def blocks(self) -> bool:
        return self.is_enforced and bool(self.code)

    @property
    def places(self) -> str:
        """``eu,us``, empty if nobody has said so yet."""
        return ",".join(one.place for one in self.legs)

    @property
    def ground(self) -> str:
        return worst_ground(self.legs)


UNKNOWN = Clearance((), is_enforced=False)
"""A service for which the agency has no route: nothing is known, nothing is blocked."""


def route_of(agency_id: UUID, service: str) -> VendorRoute | None:
    """One query."""
    return VendorRoute.objects.filter(agency_id=agency_id, service=service).first()


def routes_of(agency_id: UUID) -> dict[str, VendorRoute]:
    """By service. One query."""
    return {route.service: route for route in VendorRoute.objects.filter(agency_id=agency_id)}


def clearance(
    route: VendorRoute | None,
    brand: Brand,
    *,
    on: date,
    fallen: Collection[str] | None = None,
) -> Clearance:
    """What holds for this brand on this day. No query. ``fallen``: as if these grounds fell."""
    if route is None:
        return UNKNOWN
    title = service_title(route.service)
    found = legs(
        brand.data_region,
        route.places,
        standing=_standing(route.safeguards),
        fallen=route.fallen if fallen is None else fallen,
        brand=str(brand.pk),
        on=on,
    )
    if not is_cleared(route.approved_until, on):
        code, message = _not_approved(route, title)
    else:
        code, message = _not_open(route, title, brand, found)
    return Clearance(tuple(found), route.is_enforced, code, message)


def check(brand: Brand, service: str, *, on: date) -> Clearance:
    """The same, read now. One query. Raises: VendorNotCleared if it blocks."""
    found = clearance(route_of(brand.agency_id, service), brand, on=on)
    if found.blocks:
        raise VendorNotCleared(found.message)
    return found


def _not_approved(route: VendorRoute, title: str) -> tuple[str, str]:
    told = {"service": title, "vendor": route.vendor_name}
    if route.vendor_ref is None:
        return "vendor_missing", _(
            "%(service)s is blocked: no vendor is approved for it. Enter and assess one in the"
            " agency's vendor register."
        ) % told
    if route.approved_until is None:
        return "vendor_not_approved", _(
            "%(service)s is blocked: %(vendor)s is not approved. Have it assessed and approved in"
            " the agency's vendor register."
        ) % told
    told["day"] = formats.date_format(route.approved_until, "SHORT_DATE_FORMAT")
    return "vendor_expired", _(
        "%(service)s is blocked: the approval of %(vendor)s ended on %(day)s. Review and approve it"
        " again in the agency's vendor register."
    ) % told


def _not_open(
    route: VendorRoute, title: str, brand: Brand, found: Sequence[Leg]
) -> tuple[str, str]:
    shut = next((one for one in found if not one.is_open), None)
    if shut is None:
        return "", ""
    told = {
        "service": title,
        "vendor": route.vendor_name,
        "place": Place(shut.place).label,
        "brand": brand.name,
        "home": brand.get_data_region_display(),
    }
    if shut.missing == "instruction":
        return "residency", _(
            "%(service)s is blocked: %(vendor)s processes in %(place)s, the data of %(brand)s stay"
            " in: %(home)s. Record the brand's instruction at the vendor, or change the region."
        ) % told
    return "transfer", _(
        "%(service)s is blocked: nothing covers a transfer of %(brand)s' data (%(home)s) to"
        " %(vendor)s in %(place)s. Record a safeguard at the vendor."
    ) % told


def _standing(safeguards: Sequence[Mapping[str, Any]]) -> list[Standing]:
    return [
        Standing(one["mechanism"], date.fromisoformat(one["since"]), one.get("brand") or "")
        for one in safeguards
    ]


def mirror_approval(vendor: Vendor, agency: Agency) -> None:
    """After an approval: the vendor takes over its services, with its places. In the register's
    scope."""
    for service in vendor.services:
        VendorRoute.objects.update_or_create(
            agency=agency,
            service=service,
            defaults={
                "vendor_ref": vendor.pk,
                "places": vendor.places,
                "fallen": fallen_of(),
                **_columns(vendor),
            },
        )
    left = VendorRoute.objects.filter(agency=agency, vendor_ref=vendor.pk)
    left.exclude(service__in=vendor.services).update(approved_until=None)


def mirror(vendor: Vendor, agency: Agency) -> None:
    """After any other change: state, end of the approval, safeguards. Services that have no vendor
    yet learn of this one, unapproved, so that words can name it. In the register's scope."""
    columns = _columns(vendor)
    for service in vendor.services:
        VendorRoute.objects.get_or_create(agency=agency, service=service)
    free = VendorRoute.objects.filter(agency=agency, service__in=vendor.services, vendor_ref=None)
    free.update(vendor_ref=vendor.pk)
    mine = VendorRoute.objects.filter(agency=agency, vendor_ref=vendor.pk)
    if vendor.approved_until is None:
        columns["places"] = vendor.places
    mine.filter(approved_until=None).update(**{**columns, "approved_until": None})
    mine.exclude(approved_until=None).update(**columns)


def _columns(vendor: Vendor) -> dict[str, Any]:
    safeguards = VendorSafeguard.objects.filter(vendor=vendor, ended_on=None).order_by("dated_on")
    return {
        "vendor_name": vendor.name,
        "vendor_state": vendor.state,
        "approved_until": vendor.approved_until,
        "safeguards": [
            {
                "mechanism": one.mechanism,
                "since": one.dated_on.isoformat(),
                "brand": str(one.for_brand_ref or ""),
            }
            for one in safeguards
        ],
    }


def fallen_of() -> list[str]:
    """Grounds that do not count any more, of the agency whose register is in scope."""
    return list(FallenMechanism.objects.order_by("mechanism").values_list("mechanism", flat=True))


def ground_words(found: Clearance) -> str:
    """The grounds of its legs, for a screen: ``United States: Standard contractual clauses``."""
    return "; ".join(
        f"{Place(one.place).label}: {mechanism_label(one.ground)}" for one in found.legs
    )
