"""Days of the register: an approval comes up for review, is reminded of, expires."""

from datetime import date
from functools import partial
from uuid import UUID

from django.db.models import F, Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from compliance.choices import VendorState
from compliance.domain.audit import record
from compliance.domain.vendors.review import set_by_time
from compliance.domain.vendors.services import service_title
from compliance.domain.vendors.states import by_time
from compliance.domain.watchers import holders, tell
from compliance.models import Vendor
from compliance.permissions import MANAGE_VENDORS
from tenants.actors import SystemActor
from tenants.scope import all_brands, brand_scope  # noqa: TID251 -- platform job: the sweep

WATCH = SystemActor("system", "vendor_watch")


def registers_to_watch(*, on: date) -> list[UUID]:
    """Own rows of the agencies whose register holds something that this day brings."""
    due = Q(approved_until__lt=on) | (
        Q(review_on__lte=on) & (Q(reminded_on=None) | Q(reminded_on__lt=F("review_on")))
    )
    with all_brands(reason="watch the days of all agencies' vendors"):
        return list(
            Vendor.objects.filter(due, state__in=(VendorState.APPROVED, VendorState.REVIEW_DUE))
            .order_by()
            .values_list("brand_id", flat=True)
            .distinct()
        )


def watch_register(brand_id: UUID, *, on: date | None = None) -> int:
    """Move what the day moves, one mail each to those who decide; how many vendors moved."""
    day, moved = on or timezone.now().date(), 0
    with brand_scope(brand_id):
        vendors = (
            Vendor.objects.select_for_update(no_key=True, of=("self",))
            .select_related("brand__agency")
            .filter(state__in=(VendorState.APPROVED, VendorState.REVIEW_DUE))
            .order_by("pk")
        )
        for vendor in vendors:
            state = VendorState(vendor.state)
            to = by_time(
                state, approved_until=vendor.approved_until, review_on=vendor.review_on, on=day
            )
            if to == state:
                continue
            set_by_time(vendor, to, actor=WATCH, on=day)
            vendor.reminded_on = day
            vendor.save(update_fields=["reminded_on"])
            agency = vendor.brand.agency
            count = tell(
                holders(MANAGE_VENDORS, agency), agency=agency, words=partial(_words, vendor)
            )
            record("compliance.vendor.reminded", vendor, actor=WATCH, facts={"people": count})
            moved += 1
    return moved


def _words(vendor: Vendor) -> tuple[str, str]:
    told = {
        "vendor": vendor.name,
        "day": formats.date_format(vendor.approved_until, "DATE_FORMAT")
        if vendor.approved_until
        else "–",
        "services": ", ".join(service_title(key) for key in vendor.services) or "–",
    }
    if vendor.state == VendorState.EXPIRED:
        return _("Expired: approval of the vendor %(vendor)s") % told, _(
            "The approval of %(vendor)s ended on %(day)s. Where only approved vendors are used,"
            " nothing is sent over: %(services)s. Open the agency's vendor register, review the"
            " vendor and have it approved again."
        ) % told
    return _("Review due: vendor %(vendor)s, approved until %(day)s") % told, _(
        "The approval of %(vendor)s ends on %(day)s. It is used for: %(services)s. Open the"
        " agency's vendor register and start the review, so that nothing is blocked."
    ) % told
