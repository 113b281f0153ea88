"""Two switches of an agency: a service only through an approved vendor, and grounds that fell."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.vendors import effects
from compliance.domain.vendors.law import mechanisms
from compliance.domain.vendors.register import person
from compliance.domain.vendors.routes import fallen_of
from compliance.models import FallenMechanism, VendorRoute
from compliance.permissions import MANAGE_VENDORS
from compliance.registries import vendor_services
from tenants.domain.agencies import audit_agency, own_brand
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Agency
from tenants.permissions import Actor, require
from tenants.scope import own_scope


@transaction.atomic
def set_enforced(
    agency: Agency, service: str, *, wanted: bool, reason: str, actor: Actor
) -> VendorRoute:
    """From now on (or no longer) nothing connects or is sent over this service without a vendor
    that is approved today and may have the brand's data. In the scope of the agency's brands.

    Raises: NotAllowed, InvalidInput (no such service, no reason).
    """
    require(actor, MANAGE_VENDORS, agency)
    if service not in vendor_services:
        raise InvalidInput("service", _("There is no such service."))
    words = reason_given(reason)
    stopped = (
        effects.would_block(agency, on=timezone.now().date(), services_to_enforce=[service])
        if wanted
        else []
    )
    route, _new = VendorRoute.objects.select_for_update().get_or_create(
        agency=agency, service=service
    )
    if route.is_enforced != wanted:
        route.is_enforced = wanted
        route.save(update_fields=["is_enforced"])
        audit_agency(
            "compliance.vendor_duty.switched_on" if wanted else "compliance.vendor_duty.ended",
            route,
            agency=agency,
            actor=actor,
            reason=words,
            facts={"service": service}
            | effects.to_facts([one for one in stopped if one.service == service]),
        )
    return route


@transaction.atomic
def let_fall(agency: Agency, mechanism: str, *, reason: str, actor: Actor) -> FallenMechanism:
    """This ground of transfers does not count any more, for any vendor, from this instant. Vendors
    with another one go on with that. In the scope of the agency's brands.

    Raises: NotAllowed, InvalidInput (no such ground, no reason), InvalidState (fell already).
    """
    require(actor, MANAGE_VENDORS, agency)
    words = reason_given(reason)
    if mechanism not in mechanisms():
        raise InvalidInput("mechanism", _("There is no such ground."))
    own = own_brand(agency)
    with own_scope(own.pk):
        known = fallen_of()
        if mechanism in known:
            raise InvalidState
    today = timezone.now().date()
    stopped = effects.falls_with(agency, mechanism, on=today, fallen=known)
    with own_scope(own.pk):
        found = FallenMechanism.objects.create(
            brand=own,
            mechanism=mechanism,
            since=timezone.now(),
            reason=words,
            fallen_by=person(actor),
        )
        VendorRoute.objects.filter(agency=agency).update(fallen=fallen_of())
        record(
            "compliance.transfer_ground.fell",
            found,
            actor=actor,
            reason=words,
            facts={"mechanism": mechanism} | effects.to_facts(stopped),
        )
    return found


@transaction.atomic
def restore(agency: Agency, mechanism: str, *, reason: str, actor: Actor) -> None:
    """The ground counts again. Raises: NotAllowed, InvalidInput (no reason), InvalidState."""
    require(actor, MANAGE_VENDORS, agency)
    words = reason_given(reason)
    with own_scope(own_brand(agency).pk):
        found = (
            FallenMechanism.objects.select_for_update(no_key=True)
            .filter(mechanism=mechanism)
            .first()
        )
        if found is None:
            raise InvalidState
        record(
            "compliance.transfer_ground.restored",
            found,
            actor=actor,
            reason=words,
            facts={"mechanism": mechanism},
        )
        found.delete()
        VendorRoute.objects.filter(agency=agency).update(fallen=fallen_of())


def fallen_in(agency: Agency) -> list[FallenMechanism]:
    """With who and why. One query beside the two of the scope."""
    with own_scope(own_brand(agency).pk):
        return list(FallenMechanism.objects.select_related("fallen_by").order_by("mechanism"))
