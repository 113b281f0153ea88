"""The erasure of a brand: asked for by one person, confirmed by another. ``erase_job`` does it.

The rows and events stand with the agency's own brand, so they outlive the brand. Both verbs run in
the agency's workspace, where the brand and the agency's own rows are in scope.
"""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import ErasureState
from compliance.domain.audit import record
from compliance.domain.closing.blocks import blocks_of, latest_archive
from compliance.domain.queries import unconfirmed_erasures
from compliance.exceptions import ErasureBlocked
from compliance.models import BrandErasure
from compliance.tasks import run_brand_erasure as run_brand_erasure_task
from tenants.actors import SystemActor
from tenants.choices import BrandState
from tenants.domain.agencies import own_brand
from tenants.domain.freezing import CAPABILITY, locked_brand, reason_given, thaw_brand
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.permissions import require
from tenants.scope import own_scope

CONFIRM_WITHIN = timedelta(days=7)
CLOSER = SystemActor("system", "closer")
OPEN = (ErasureState.REQUESTED, ErasureState.QUEUED, ErasureState.RUNNING)


def current_erasure(brand: Brand) -> BrandErasure | None:
    """The erasure of the brand that is open or done, with the people of it."""
    with own_scope(own_brand(brand.agency).pk):
        return (
            BrandErasure.objects.filter(target=brand, state__in=(*OPEN, ErasureState.DONE))
            .select_related("requested_by", "confirmed_by")
            .first()
        )


def _check_slug(brand: Brand, typed: str) -> None:
    if typed.strip() != brand.slug:
        raise InvalidInput("slug", _("Type the brand's address “%s” exactly.") % brand.slug)


def _check_blocks(brand: Brand) -> None:
    if blocks := blocks_of(brand):
        raise ErasureBlocked(" ".join(str(block) for block in blocks))


@transaction.atomic
def request_erasure(brand: Brand, *, reason: str, slug: str, actor: User) -> BrandErasure:
    """Ask that everything the brand holds be erased. Nothing happens until another person, who
    holds the same right, confirms it within seven days.

    Raises: NotAllowed, InvalidInput (no reason, another slug), ErasureBlocked (says all that stands
    in the way), InvalidState (asked for already).
    """
    require(actor, CAPABILITY, brand)
    words = reason_given(reason)
    _check_slug(brand, slug)
    brand = locked_brand(brand, actor=actor)
    open_one = current_erasure(brand)
    if open_one is not None and not _expire(open_one):
        raise InvalidState(_("The erasure of this brand was asked for already."))
    _check_blocks(brand)
    archive, now = latest_archive(brand), timezone.now()
    own = own_brand(brand.agency)
    with own_scope(own.pk):
        erasure = BrandErasure.objects.create(
            brand=own,
            target=brand,
            reason=words,
            requested_by=actor,
            requested_at=now,
            confirm_until=now + CONFIRM_WITHIN,
            export_ref=archive.pk if archive else None,
            export_sha256=archive.sha256 if archive else "",
            export_as_of=archive.as_of if archive else None,
        )
        record(
            "compliance.brand_erasure.requested",
            erasure,
            actor=actor,
            personal={"reason": words, "brand": brand.name},
            facts={"brand": str(brand.pk)},
        )
    record("compliance.brand_erasure.requested", erasure, actor=actor, brand_id=brand.pk)
    return erasure


def _locked(erasure: BrandErasure) -> BrandErasure:
    with own_scope(erasure.brand_id):
        return (
            BrandErasure.objects.select_for_update(no_key=True, of=("self",))
            .select_related("target__agency")
            .get(pk=erasure.pk)
        )


@transaction.atomic
def confirm_erasure(erasure: BrandErasure, *, slug: str, actor: User) -> BrandErasure:
    """The second person's yes. From now on no workspace leads into the brand, and a worker begins
    to erase as soon as the cooling time (``BRAND_ERASURE_COOLING_HOURS``) is over.

    Raises: NotAllowed (no right, or the person who asked for it), InvalidInput (another slug),
    InvalidState (withdrawn, confirmed, too late), ErasureBlocked (something has come up).
    """
    erasure = _locked(erasure)
    brand = locked_brand(erasure.target, actor=actor)
    if erasure.requested_by_id == actor.pk:
        raise NotAllowed(_("A second person must confirm: not the one who asked for it."))
    if erasure.state != ErasureState.REQUESTED:
        raise InvalidState
    if erasure.confirm_until < timezone.now():
        raise InvalidState(_("Seven days have passed without a confirmation. Ask again."))
    _check_slug(brand, slug)
    _check_blocks(brand)
    now = timezone.now()
    brand.state = BrandState.CLOSING
    brand.save(update_fields=["state"])
    with own_scope(erasure.brand_id):
        erasure.state, erasure.confirmed_by, erasure.confirmed_at = ErasureState.QUEUED, actor, now
        erasure.not_before = now + timedelta(hours=settings.BRAND_ERASURE_COOLING_HOURS)
        erasure.save(update_fields=["state", "confirmed_by", "confirmed_at", "not_before"])
        record(
            "compliance.brand_erasure.confirmed",
            erasure,
            actor=actor,
            facts={"brand": str(brand.pk)},
        )
    record("compliance.brand_erasure.confirmed", erasure, actor=actor, brand_id=brand.pk)
    wake_up = partial(
        run_brand_erasure_task.delay,
        brand_id=str(erasure.brand_id),
        erasure_id=str(erasure.pk),
    )
    # A broker that is down must not fail the request: the sweep finds the erasure.
    transaction.on_commit(wake_up, robust=True)
    return erasure


@transaction.atomic
def withdraw_erasure(erasure: BrandErasure, *, reason: str, actor: User) -> BrandErasure:
    """Take it back: always before the confirmation, afterwards until the worker begins. The brand
    is frozen again.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (it has begun, or is over).
    """
    words = reason_given(reason)
    erasure = _locked(erasure)
    require(actor, CAPABILITY, erasure.target)
    if erasure.state not in (ErasureState.REQUESTED, ErasureState.QUEUED):
        raise InvalidState(_("The erasure has begun and cannot be taken back."))
    brand = Brand.objects.select_for_update(no_key=True).get(pk=erasure.target_id)
    if brand.state == BrandState.CLOSING:
        brand.state = BrandState.FROZEN
        brand.save(update_fields=["state"])
    with own_scope(erasure.brand_id):
        erasure.state, erasure.finished_at = ErasureState.WITHDRAWN, timezone.now()
        erasure.save(update_fields=["state", "finished_at"])
        record("compliance.brand_erasure.withdrawn", erasure, actor=actor, reason=words)
    return erasure


@transaction.atomic
def thaw(brand: Brand, *, reason: str, actor: User) -> Brand:
    """Thaw the brand; a request for its erasure that nobody has confirmed is withdrawn with it.

    Raises: as ``thaw_brand``.
    """
    open_one = current_erasure(brand)
    if open_one is not None and open_one.state == ErasureState.REQUESTED:
        withdraw_erasure(open_one, reason=reason, actor=actor)
    return thaw_brand(brand, reason=reason, actor=actor)


def _expire(erasure: BrandErasure) -> bool:
    """Whether nobody confirmed it in time; then it is over."""
    if erasure.state != ErasureState.REQUESTED or erasure.confirm_until >= timezone.now():
        return False
    with own_scope(erasure.brand_id):
        erasure.state, erasure.finished_at = ErasureState.EXPIRED, timezone.now()
        erasure.save(update_fields=["state", "finished_at"])
        record("compliance.brand_erasure.expired", erasure, actor=CLOSER)
    return True


def expire_unconfirmed() -> int:
    """End requests that nobody confirmed in seven days; says how many."""
    count = 0
    for erasure in unconfirmed_erasures():
        with transaction.atomic():
            count += _expire(_locked(erasure))
    return count
