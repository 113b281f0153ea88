"""Deciding on a vendor: evidence asked for, assessed, approved by somebody else until a day."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import CheckAnswer, CheckItem, ContractStatus, VendorState
from compliance.domain.audit import record
from compliance.domain.vendors.fields import clean_day
from compliance.domain.vendors.register import locked, person
from compliance.domain.vendors.routes import mirror, mirror_approval
from compliance.domain.vendors.states import may_move
from compliance.models import Vendor
from compliance.permissions import MANAGE_VENDORS
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import User
from tenants.permissions import Actor, require
from tenants.scope import own_scope

LONGEST_APPROVAL = timedelta(days=731)
REVIEW_BEFORE = timedelta(days=30)
_NEEDS_EVIDENCE = frozenset({CheckAnswer.YES, CheckAnswer.PARTLY})


@transaction.atomic
def request_evidence(vendor: Vendor, *, actor: Actor) -> Vendor:
    """Begin a review, or send an assessment back. An approval that stands goes on until its day.

    Raises: NotAllowed, InvalidState (a review is under way).
    """
    require(actor, MANAGE_VENDORS, vendor)
    with own_scope(vendor.brand_id):
        vendor = _move(vendor, VendorState.REQUESTED)
        vendor.assessed_by = vendor.assessed_at = None
        if vendor.approved_until is None:
            vendor.approved_by = vendor.approved_at = None
        else:
            # The old approval is kept as a date; who gave it stands in the ledger.
            vendor.approved_by = None
        _save(vendor, "assessed_by", "assessed_at", "approved_by", "approved_at")
        mirror(vendor, vendor.brand.agency)
        record("compliance.vendor.evidence_requested", vendor, actor=actor)
    return vendor


def gaps(vendor: Vendor) -> list[str]:
    """What an assessment still lacks, a sentence each. Two queries."""
    answers = {check.item: check for check in vendor.checks.all()}
    papers = {evidence.item for evidence in vendor.evidence.all()}
    found = []
    for item in CheckItem:
        check = answers.get(item.value)
        if check is None or check.answer == CheckAnswer.OPEN:
            found.append(_("%(item)s: not answered.") % {"item": item.label})
        elif check.answer in _NEEDS_EVIDENCE and item.value not in papers:
            found.append(_("%(item)s: no evidence.") % {"item": item.label})
    if not vendor.places:
        found.append(_("Say where the vendor processes the data."))
    return found


@transaction.atomic
def assess(vendor: Vendor, *, reason: str, actor: Actor) -> Vendor:
    """Every question is answered and backed; now somebody else decides.

    Raises: NotAllowed, InvalidState, InvalidInput (no reason, something is missing).
    """
    require(actor, MANAGE_VENDORS, vendor)
    words = reason_given(reason)
    with own_scope(vendor.brand_id):
        vendor = _move(vendor, VendorState.ASSESSED)
        if missing := gaps(vendor):
            raise InvalidInput("checks", " ".join(missing))
        vendor.assessed_by, vendor.assessed_at = person(actor), timezone.now()
        _save(vendor, "assessed_by", "assessed_at")
        mirror(vendor, vendor.brand.agency)
        record("compliance.vendor.assessed", vendor, actor=actor, reason=words)
    return vendor


@transaction.atomic
def approve(
    vendor: Vendor, *, until: Any, reason: str, actor: Actor, review_on: Any = ""
) -> Vendor:
    """From now on its services may be used, up to and with the day ``until``. People are reminded
    on ``review_on``, thirty days before the end if none is given.

    Raises: NotAllowed (who assessed it, or no person), InvalidState, InvalidInput (no reason, a day
    that is over or more than two years away, no signed agreement).
    """
    require(actor, MANAGE_VENDORS, vendor)
    words, today = reason_given(reason), timezone.now().date()
    last = clean_day("until", until, is_needed=True)
    if last is None or last <= today or last > today + LONGEST_APPROVAL:
        raise InvalidInput("until", _("Approve until a day to come, at most two years from now."))
    review = clean_day("review_on", review_on) or max(today, last - REVIEW_BEFORE)
    if not today <= review <= last:
        raise InvalidInput("review_on", _("The review lies before the end of the approval."))
    with own_scope(vendor.brand_id):
        vendor = _move(vendor, VendorState.APPROVED)
        if not isinstance(actor, User) or vendor.assessed_by_id == actor.pk:
            raise NotAllowed(_("Somebody else than the one who assessed it has to approve."))
        if vendor.contract_status != ContractStatus.SIGNED:
            raise InvalidInput(
                "contract_status",
                _("There is no signed data processing agreement, Art. 28(3) GDPR."),
            )
        vendor.approved_by, vendor.approved_at = actor, timezone.now()
        vendor.approved_until, vendor.review_on, vendor.reminded_on = last, review, None
        vendor.decision_reason = words
        _save(
            vendor,
            "approved_by",
            "approved_at",
            "approved_until",
            "review_on",
            "reminded_on",
            "decision_reason",
        )
        mirror_approval(vendor, vendor.brand.agency)
        record(
            "compliance.vendor.approved",
            vendor,
            actor=actor,
            reason=words,
            facts={
                "until": last.isoformat(),
                "assessed_by": str(vendor.assessed_by_id),
                "approved_by": str(actor.pk),
                "services": vendor.services,
            },
        )
    return vendor


@transaction.atomic
def reject(vendor: Vendor, *, reason: str, actor: Actor) -> Vendor:
    """Refuse it, or take an approval back at once: what goes over it is blocked where that is
    switched on. Needs no second person.

    Raises: NotAllowed, InvalidState, InvalidInput (no reason).
    """
    require(actor, MANAGE_VENDORS, vendor)
    words = reason_given(reason)
    with own_scope(vendor.brand_id):
        vendor = _move(vendor, VendorState.REJECTED)
        vendor.approved_until, vendor.decision_reason = None, words
        _save(vendor, "approved_until", "decision_reason")
        mirror(vendor, vendor.brand.agency)
        record("compliance.vendor.rejected", vendor, actor=actor, reason=words)
    return vendor


def set_by_time(vendor: Vendor, to: VendorState, *, actor: Actor, on: date) -> None:
    """What the day makes of it; the caller holds the lock and the scope."""
    if not may_move(VendorState(vendor.state), to):
        raise InvalidState
    vendor.state = to
    vendor.save(update_fields=["state"])
    mirror(vendor, vendor.brand.agency)
    record(f"compliance.vendor.{to.value}", vendor, actor=actor, facts={"on": on.isoformat()})


def _move(vendor: Vendor, to: VendorState) -> Vendor:
    vendor = locked(vendor)
    if not may_move(VendorState(vendor.state), to):
        raise InvalidState(
            _("This vendor is “%(state)s”: the step does not follow from there.")
            % {"state": vendor.get_state_display()}
        )
    vendor.state = to
    return vendor


def _save(vendor: Vendor, *columns: str) -> None:
    vendor.save(update_fields=["state", *columns])
