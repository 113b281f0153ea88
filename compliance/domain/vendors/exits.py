"""Exits other than sending: exports, packs, files, mails. Asked before, counted after."""

from datetime import date

from django.db import connection
from django.utils import timezone

from compliance.choices import TransferKind
from compliance.domain.vendors.routes import Clearance, check
from compliance.domain.vendors.services import FILES, MAIL
from compliance.models import TransferDay, VendorRoute
from tenants.models import Brand, uuid7

_SERVICE_OF = {
    TransferKind.EXPORTED: FILES,
    TransferKind.STORED: FILES,
    TransferKind.MAILED: MAIL,
}


def let_out(brand: Brand, kind: TransferKind) -> Clearance:
    """Ask whether this may leave, and count it where it does. In the brand's scope and the caller's
    transaction. Two queries; one if nothing is known of the service.

    Raises: VendorNotCleared, in words, where the agency has switched the duty on.
    """
    today = timezone.now().date()
    found = check(brand, _SERVICE_OF[kind], on=today)
    if found.legs:
        route = VendorRoute.objects.get(agency=brand.agency_id, service=_SERVICE_OF[kind])
        note(brand, route, found, kind=kind, count=1, on=today)
    return found


def note(
    brand: Brand, route: VendorRoute, found: Clearance, *, kind: str, count: int, on: date
) -> None:
    """Add to the day's rows, one per place. One statement each."""
    for one in found.legs:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO compliance_transferday (id, brand_id, day, kind, service, vendor_ref,"
                " vendor_name, home, place, ground, ground_on, count)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (brand_id, day, kind, service, vendor_name, place, ground)"
                " DO UPDATE SET count = compliance_transferday.count + EXCLUDED.count",
                [
                    uuid7(),
                    brand.pk,
                    on,
                    kind,
                    route.service,
                    route.vendor_ref,
                    route.vendor_name,
                    brand.data_region,
                    one.place,
                    one.ground,
                    one.since,
                    count,
                ],
            )


def days_of(brand: Brand) -> "list[TransferDay]":
    """Newest first, at most 500. One query."""
    return list(TransferDay.objects.filter(brand=brand).order_by("-day", "service", "place")[:500])
