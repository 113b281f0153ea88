"""Vendors as recipients: of a person's data (Art. 19) and in the record of processing (Art. 30)."""

from collections.abc import Iterable

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.choices import Place, RequestKind
from compliance.domain.subjects.subject import Subject
from compliance.domain.vendors.law import mechanism_label
from compliance.domain.vendors.routes import Clearance, clearance, routes_of
from compliance.domain.vendors.services import service_title
from compliance.models import Vendor, VendorRoute
from compliance.registries import Party, vendor_services
from tenants.domain.agencies import own_brand
from tenants.domain.post import post
from tenants.models import Brand
from tenants.scope import own_scope


class VendorRecipients:
    """Vendors that were handed data of persons for their own keeping, such as a CRM."""

    title: StrOrPromise = gettext_lazy("Vendors that keep contacts (vendor register)")

    def has_received(self, subject: Subject) -> bool:
        """Whether the agency hands persons to any vendor. Two queries."""
        return bool(_handed(_brand(subject)))

    def tell(self, subject: Subject, *, kind: str, reference: str) -> str:
        """A mail to the contact of each, with the reference and no name: they ask back. Empty, so
        that a person does it, if any has no address."""
        brand = _brand(subject)
        routes = _handed(brand)
        with own_scope(own_brand(brand.agency).pk):
            vendors = list(Vendor.objects.filter(pk__in=[route.vendor_ref for route in routes]))
        if not vendors or not all(vendor.contact_email for vendor in vendors):
            return ""
        with translation.override(brand.language):
            told = {"kind": RequestKind(kind).label, "brand": brand.name, "reference": reference}
            for vendor in vendors:
                post(
                    to=vendor.contact_email,
                    language=brand.language,
                    subject=_("Data request %(reference)s: notice under Art. 19 GDPR") % told,
                    text=_(
                        "A person whose data %(brand)s has passed on to you has made use of a"
                        " right: %(kind)s. Please carry it out for your copy and confirm.\n\n"
                        "For reasons of data protection this mail names nobody. Ask us for the"
                        " person under the reference %(reference)s."
                    )
                    % told,
                    agency=brand.agency,
                )
        return _("By mail to %s.") % ", ".join(vendor.name for vendor in vendors)


def _brand(subject: Subject) -> Brand:
    return Brand.objects.select_related("agency").get(pk=subject.brand_id)


def _handed(brand: Brand) -> list[VendorRoute]:
    keys = [service.key for service in vendor_services if service.is_handed_persons]
    found = VendorRoute.objects.filter(agency=brand.agency_id, service__in=keys)
    return list(found.exclude(approved_until=None))


class VendorParties:
    """The register's part of the record of processing activities. Source: GDPR Art. 30(1)(d), (e).

    All run in the brand's scope: what the directory says of the routes is enough.
    """

    def recipients(self, brand: Brand) -> Iterable[Party]:
        """Every vendor over which something of the brand goes, with what it does."""
        for route, found in _routes(brand):
            where = ", ".join(str(Place(one.place).label) for one in found.legs)
            yield Party(route.vendor_name, where, service_title(route.service), _grounds(found))

    def transfers(self, brand: Brand) -> Iterable[Party]:
        """Those that process outside the brand's region, place by place."""
        for route, found in _routes(brand):
            for one in found.legs:
                if one.ground:
                    ground = mechanism_label(one.ground) if one.is_open else ""
                    if ground and one.since:
                        ground = f"{ground} ({one.since.isoformat()})"
                    place = str(Place(one.place).label)
                    yield Party(route.vendor_name, place, service_title(route.service), ground)


def _routes(brand: Brand) -> Iterable[tuple[VendorRoute, Clearance]]:
    today, known = timezone.now().date(), routes_of(brand.agency_id)
    for service in vendor_services:
        route = known.get(service.key)
        if route is not None and route.vendor_ref is not None and service.uses([brand.pk]):
            yield route, clearance(route, brand, on=today)


def _grounds(found: Clearance) -> str:
    return ", ".join(dict.fromkeys(mechanism_label(one.ground) for one in found.legs if one.ground))
