"""Legal holds: what may be evidence is not erased. Requirement C5, brand-wide part."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import actor_reference, record
from compliance.models import LegalHold
from compliance.permissions import MANAGE_HOLDS
from tenants.choices import ENDED_STATES
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand, User
from tenants.permissions import Actor, require


@transaction.atomic
def place_hold(
    brand: Brand, *, reason: str, actor: Actor, review_on: date | None = None
) -> LegalHold:
    """From now on nothing of the brand is erased. Several holds may stand side by side.

    Raises: NotAllowed, InvalidInput (no reason, a review day in the past), InvalidState (too late).
    """
    require(actor, MANAGE_HOLDS, brand)
    words = reason_given(reason)
    now = timezone.now()
    if review_on is not None and review_on < now.date():
        raise InvalidInput("review_on", _("The day of the review is over."))
    # Held until the end, so that a confirmation of the erasure comes before or after, never amid.
    brand = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if brand.state in ENDED_STATES:
        raise InvalidState(_("The brand is being erased: it is too late for a hold."))
    hold = LegalHold.objects.create(
        brand=brand,
        reason=words,
        placed_by=actor if isinstance(actor, User) else None,
        placed_ref=actor_reference(actor)[1],
        placed_at=now,
        review_on=review_on,
    )
    record("compliance.hold.placed", hold, actor=actor, reason=words)
    return hold


@transaction.atomic
def release_hold(hold: LegalHold, *, reason: str, actor: Actor) -> LegalHold:
    """This hold stands in nobody's way any more. Its row stays.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (released already).
    """
    require(actor, MANAGE_HOLDS, hold)
    words = reason_given(reason)
    hold = LegalHold.objects.select_for_update(no_key=True).get(pk=hold.pk)
    if hold.released_at is not None:
        raise InvalidState
    hold.released_by = actor if isinstance(actor, User) else None
    hold.released_ref, hold.released_at = actor_reference(actor)[1], timezone.now()
    hold.release_reason = words
    hold.save(update_fields=["released_by", "released_ref", "released_at", "release_reason"])
    record("compliance.hold.released", hold, actor=actor, reason=words)
    return hold
