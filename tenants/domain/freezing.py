"""The first steps of a brand's end, which can be taken back: freeze, stop the intake, thaw."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.choices import BrandKind, BrandState
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand
from tenants.permissions import Actor, require
from tenants.registries import audit

CAPABILITY = "tenants.brand.close"
_MAX_REASON = 300


def locked_brand(brand: Brand, *, actor: Actor) -> Brand:
    """The client's brand as it is now, held until the transaction ends. Raises: NotAllowed."""
    require(actor, CAPABILITY, brand)
    return (
        Brand.objects.select_related("agency")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=brand.pk, kind=BrandKind.CLIENT)
    )


def reason_given(reason: str) -> str:
    """The reason, bounded. Raises: InvalidInput if there is none."""
    cleaned = reason.replace("\x00", "").strip()
    if not cleaned:
        raise InvalidInput("reason", _("Give a reason. It is kept in the audit trail."))
    return cleaned[:_MAX_REASON]


@transaction.atomic
def freeze_brand(brand: Brand, *, reason: str, actor: Actor) -> Brand:
    """From now on nothing leaves for the brand, hiding included. What comes in is stored and
    triaged as usual; automation answers nothing; API tokens may only read.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (frozen or closed already).
    """
    words = reason_given(reason)
    brand = locked_brand(brand, actor=actor)
    if brand.state not in {BrandState.LIVE, BrandState.ONBOARDING}:
        raise InvalidState(_("The brand is frozen or closed already."))
    brand.state_before, brand.state = brand.state, BrandState.FROZEN
    brand.frozen_at, brand.frozen_reason = timezone.now(), words
    brand.save(update_fields=["state", "state_before", "frozen_at", "frozen_reason"])
    audit("tenants.brand.frozen", brand, actor=actor, reason=words)
    return brand


@transaction.atomic
def thaw_brand(brand: Brand, *, reason: str, actor: Actor) -> Brand:
    """Put a frozen brand back to what it was; what comes in is taken again. What was held stays
    held until a person releases it.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (not frozen).
    """
    words = reason_given(reason)
    brand = locked_brand(brand, actor=actor)
    if brand.state != BrandState.FROZEN:
        raise InvalidState(_("The brand is not frozen."))
    brand.state, brand.state_before = brand.state_before or BrandState.LIVE, ""
    brand.frozen_at, brand.frozen_reason, brand.intake_stopped_at = None, "", None
    brand.save(
        update_fields=["state", "state_before", "frozen_at", "frozen_reason", "intake_stopped_at"]
    )
    audit("tenants.brand.thawed", brand, actor=actor, reason=words)
    return brand


@transaction.atomic
def stop_intake(brand: Brand, *, reason: str, actor: Actor) -> Brand:
    """From now on what the networks hand in for a frozen brand is answered and dropped. Thawing
    takes it in again; what was dropped does not come back.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (not frozen, or stopped already).
    """
    words = reason_given(reason)
    brand = locked_brand(brand, actor=actor)
    if brand.state != BrandState.FROZEN:
        raise InvalidState(_("Freeze the brand first."))
    if brand.intake_stopped_at is not None:
        raise InvalidState(_("The intake is stopped already."))
    brand.intake_stopped_at = timezone.now()
    brand.save(update_fields=["intake_stopped_at"])
    audit("tenants.brand.intake_stopped", brand, actor=actor, reason=words)
    return brand
