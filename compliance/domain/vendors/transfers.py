"""The ledger of transfers: how much was processed where, by day. Requirement C9.

What a message rests on is written on its outbox item when it leaves; these rows are added up from
there, so that sending has no shared row to wait for. Safe to run at any time and twice.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from compliance.choices import TransferKind
from compliance.domain.vendors.passage import Leg
from compliance.domain.vendors.routes import clearance
from compliance.models import TransferDay, VendorRoute
from compliance.registries import Processed, TransferMeter, transfer_meters
from tenants.models import Brand
from tenants.registry import Registry
from tenants.scope import all_brands  # noqa: TID251 -- platform job: one reading for all brands

MEASURED = (TransferKind.SENT, TransferKind.RECEIVED)


def fold_recent(*, now: datetime | None = None) -> int:
    """Yesterday and today anew; how many rows were written."""
    today = (now or timezone.now()).astimezone(UTC).date()
    return fold_day(today - timedelta(days=1)) + fold_day(today)


@transaction.atomic
def fold_day(day: date, *, meters: Registry[TransferMeter] = transfer_meters) -> int:
    """Write the day's rows of all brands from what was measured; 0 if another worker is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('transfers', 0))")
        if not cursor.fetchone()[0]:
            return 0
    since = datetime.combine(day, time(), UTC)
    with all_brands(reason="add up the day's transfers of all brands"):
        found = [one for meter in meters for one in meter.measure(since, since + timedelta(days=1))]
        TransferDay.objects.filter(day=day, kind__in=MEASURED).delete()
        rows = list(_rows(found, day))
        TransferDay.objects.bulk_create(rows)
    return len(rows)


def _rows(found: Iterable[Processed], day: date) -> Iterable[TransferDay]:
    wanted = [one for one in found if one.count]
    brands = {
        brand.pk: brand for brand in Brand.objects.filter(pk__in={one.brand_id for one in wanted})
    }
    routes = {
        (route.agency_id, route.service): route
        for route in VendorRoute.objects.filter(
            agency__in={brand.agency_id for brand in brands.values()}
        )
    }
    known: dict[tuple[UUID, str, str, str, str], TransferDay] = {}
    for one in wanted:
        brand = brands.get(one.brand_id)
        if brand is None:
            continue
        route = routes.get((brand.agency_id, one.service))
        for leg in _legs(one, brand, route, day):
            name = route.vendor_name if route is not None else ""
            key = (brand.pk, one.kind, one.service, leg.place, leg.ground)
            row = known.setdefault(
                key,
                TransferDay(
                    brand=brand,
                    day=day,
                    kind=one.kind,
                    service=one.service,
                    vendor_ref=route.vendor_ref if route is not None else None,
                    vendor_name=name,
                    home=brand.data_region,
                    place=leg.place,
                    ground=leg.ground,
                    ground_on=leg.since,
                ),
            )
            row.count += one.count
    return known.values()


def _legs(one: Processed, brand: Brand, route: VendorRoute | None, day: date) -> list[Leg]:
    """The places as they were when it left, with today's grounds where those still fit."""
    now = {leg.place: leg for leg in clearance(route, brand, on=day).legs}
    if not one.places:
        return list(now.values())
    return [now.get(place) or Leg(place, one.ground) for place in one.places]


def totals(rows: Iterable[TransferDay]) -> Mapping[str, int]:
    """Ground -> how many, for the head of the page."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.ground] = found.get(row.ground, 0) + row.count
    return found
