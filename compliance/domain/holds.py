"""Legal holds: what may be evidence is not erased. Requirement C5.

A hold covers a brand, a contact, a conversation or a span of time. Whoever erases asks
``steady_holds`` in the transaction that erases: no hold can be placed before it ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from compliance.choices import HoldScope
from compliance.domain.audit import actor_reference, record
from compliance.models import LegalHold
from compliance.permissions import MANAGE_HOLDS
from compliance.registries import hold_targets
from tenants.choices import ENDED_STATES
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand, User
from tenants.permissions import Actor, can, require


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a hold is to cover; all empty: the whole brand. Times have a zone; both ends count."""

    contact_ref: UUID | None = None
    conversation_ref: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


WHOLE_BRAND = Coverage()


def open_holds(brand_id: UUID) -> list[LegalHold]:
    """Those that stand, oldest first. One query."""
    return list(
        LegalHold.objects.filter(brand_id=brand_id, released_at=None).order_by("placed_at", "id")
    )


def holds_on(
    brand_id: UUID,
    *,
    contact_ids: Iterable[UUID] = (),
    conversation_ids: Iterable[UUID] = (),
    between: tuple[datetime, datetime] | None = None,
) -> list[LegalHold]:
    """Those that stand and cover something of these contacts or conversations. One query.

    A hold on the whole brand or on a span of time covers everybody's. ``between`` (first and last
    instant of the data in question) leaves out those whose span it does not touch.
    """
    contacts, conversations = set(contact_ids), set(conversation_ids)
    return [
        hold
        for hold in open_holds(brand_id)
        if (hold.contact_ref is None or hold.contact_ref in contacts)
        and (hold.conversation_ref is None or hold.conversation_ref in conversations)
        and (between is None or hold.covers_time(*between))
    ]


def held_contacts(brand_id: UUID, contact_ids: Iterable[UUID]) -> dict[UUID, list[LegalHold]]:
    """Contact -> the holds on it by name or on the whole brand; who is free is left out.

    Holds on a conversation or a span of time are not among them: ask ``holds_on``.
    """
    standing = open_holds(brand_id)
    found: dict[UUID, list[LegalHold]] = {}
    for contact in contact_ids:
        its_holds = [h for h in standing if h.covers_all or h.contact_ref == contact]
        if its_holds:
            found[contact] = its_holds
    return found


def steady_holds(brand_id: UUID) -> list[LegalHold]:
    """``open_holds``, and until this transaction ends nobody can place another. Keep it short:
    placing waits for it."""
    _gate(brand_id, shared=True)
    return open_holds(brand_id)


def _gate(brand_id: UUID, *, shared: bool = False) -> None:
    call = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {call}(hashtextextended('holds/' || %s, 0))",
            [str(brand_id)],
        )


@transaction.atomic
def place_hold(
    brand: Brand,
    *,
    reason: str,
    actor: Actor,
    review_on: date | None = None,
    covers: Coverage = WHOLE_BRAND,
    owner: User | None = None,
) -> LegalHold:
    """From now on nothing of what it covers is erased; a run that is erasing stops before its next
    chunk. Several holds may stand side by side. ``owner``: who answers for it, else the actor.

    Raises: NotAllowed, InvalidInput (no reason, a review day in the past, an unknown contact or
    conversation, a span that ends before it begins, an owner without the right), InvalidState (too
    late).
    """
    require(actor, MANAGE_HOLDS, brand)
    words = reason_given(reason)
    now = timezone.now()
    _check_review(review_on, now)
    _check_coverage(brand, covers)
    if owner is None and isinstance(actor, User):
        owner = actor
    if owner is not None and not can(owner, MANAGE_HOLDS, brand):
        raise InvalidInput("owner", _("Who answers for a hold must be allowed to release it."))
    _gate(brand.pk)
    # Held until the end, so that a confirmation of the erasure comes before or after, never amid.
    brand = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if brand.state in ENDED_STATES:
        raise InvalidState(_("The brand is being erased: it is too late for a hold."))
    hold = LegalHold.objects.create(
        brand=brand,
        reason=words,
        contact_ref=covers.contact_ref,
        conversation_ref=covers.conversation_ref,
        since=covers.since,
        until=covers.until,
        owner=owner,
        placed_by=actor if isinstance(actor, User) else None,
        placed_ref=actor_reference(actor)[1],
        placed_at=now,
        review_on=review_on,
    )
    record(
        "compliance.hold.placed", hold, actor=actor, reason=words, facts={"scope": hold.scope.value}
    )
    return hold


def _check_review(review_on: date | None, now: datetime) -> None:
    if review_on is not None and review_on < now.date():
        raise InvalidInput("review_on", _("The day of the review is over."))


def _check_coverage(brand: Brand, covers: Coverage) -> None:
    if covers.contact_ref is not None and covers.conversation_ref is not None:
        raise InvalidInput(
            "conversation", _("A hold names one contact or one conversation, not both.")
        )
    if covers.since is not None and covers.until is not None and covers.since > covers.until:
        raise InvalidInput("until", _("The span of time ends before it begins."))
    named = {
        HoldScope.CONTACT: covers.contact_ref,
        HoldScope.CONVERSATION: covers.conversation_ref,
    }
    for kind, ref in named.items():
        if ref is not None and target_title(kind, brand.pk, ref) is None:
            raise InvalidInput(kind, _("The brand has no such contact or conversation."))


def target_title(kind: str, brand_id: UUID, ref: UUID) -> StrOrPromise | None:
    """What people call the contact or conversation; None if the brand has none."""
    return hold_targets[kind].title(brand_id, ref) if kind in hold_targets else None


@transaction.atomic
def review_hold(hold: LegalHold, *, review_on: date, reason: str, actor: Actor) -> LegalHold:
    """Looked at and still needed: the reminder comes again on ``review_on``.

    Raises: NotAllowed, InvalidInput (no reason, a day in the past), InvalidState (released).
    """
    require(actor, MANAGE_HOLDS, hold)
    words = reason_given(reason)
    _check_review(review_on, timezone.now())
    hold = _locked(hold)
    before, hold.review_on, hold.reminded_on = hold.review_on, review_on, None
    hold.save(update_fields=["review_on", "reminded_on"])
    record(
        "compliance.hold.reviewed",
        hold,
        actor=actor,
        reason=words,
        before={"review_on": before},
        after={"review_on": review_on},
    )
    return hold


@transaction.atomic
def release_hold(hold: LegalHold, *, reason: str, actor: Actor) -> LegalHold:
    """This hold stands in nobody's way any more. Its row stays.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (released already).
    """
    require(actor, MANAGE_HOLDS, hold)
    words = reason_given(reason)
    hold = _locked(hold)
    hold.released_by = actor if isinstance(actor, User) else None
    hold.released_ref, hold.released_at = actor_reference(actor)[1], timezone.now()
    hold.release_reason = words
    hold.save(update_fields=["released_by", "released_ref", "released_at", "release_reason"])
    record("compliance.hold.released", hold, actor=actor, reason=words)
    return hold


def _locked(hold: LegalHold) -> LegalHold:
    hold = LegalHold.objects.select_for_update(no_key=True).get(pk=hold.pk)
    if hold.released_at is not None:
        raise InvalidState
    return hold
