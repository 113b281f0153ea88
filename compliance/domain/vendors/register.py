"""Keeping the register of vendors: entries, answers, safeguards. ``review`` decides on them.

The rows belong to the agency's own brand row (ADR 17): every verb runs in its scope.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import CheckAnswer, CheckItem, ContractStatus, Safeguard, VendorState
from compliance.domain.audit import record
from compliance.domain.vendors.fields import ASSESSED_FIELDS, clean_day, clean_fields, clean_text
from compliance.domain.vendors.routes import mirror
from compliance.domain.vendors.services import builtins
from compliance.domain.vendors.states import OPEN_TO_CHANGE
from compliance.models import Vendor, VendorCheck, VendorSafeguard
from compliance.permissions import MANAGE_VENDORS
from tenants.domain.agencies import own_brand
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Agency, Brand, User
from tenants.permissions import Actor, require
from tenants.scope import own_scope

NEEDS_NOTE = frozenset({CheckAnswer.PARTLY, CheckAnswer.NO, CheckAnswer.NOT_NEEDED})


def locked(vendor: Vendor) -> Vendor:
    """Read anew, for this transaction only."""
    return (
        Vendor.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand__agency")
        .get(pk=vendor.pk)
    )


def person(actor: Actor) -> User | None:
    return actor if isinstance(actor, User) else None


@transaction.atomic
def add_vendor(agency: Agency, *, actor: Actor, key: str = "", **fields: Any) -> Vendor:
    """Enter a company, unassessed. From within any scope.

    Raises: NotAllowed, InvalidInput (a field; a name that the register has).
    """
    require(actor, MANAGE_VENDORS, agency)
    values = clean_fields({"name": "", **fields})
    own = own_brand(agency)
    with own_scope(own.pk):
        _check_name(values["name"])
        vendor = Vendor.objects.create(
            brand=own, key=key, created_by=person(actor), created_at=timezone.now(), **values
        )
        mirror(vendor, agency)
        record(
            "compliance.vendor.added",
            vendor,
            actor=actor,
            personal={"name": vendor.name},
            facts={"services": vendor.services, "places": vendor.places},
        )
    return vendor


@transaction.atomic
def add_builtins(agency: Agency, *, keys: list[str], actor: Actor) -> list[Vendor]:
    """Enter companies behind the networks; who is there already is left as it is.

    Raises: NotAllowed.
    """
    require(actor, MANAGE_VENDORS, agency)
    with own_scope(own_brand(agency).pk):
        there = set(Vendor.objects.exclude(key="").values_list("key", flat=True))
        names = set(Vendor.objects.values_list("name", flat=True))
    return [
        add_vendor(
            agency,
            actor=actor,
            key=one.key,
            name=one.name,
            services=[key for key in one.services if _is_service(key)],
            places=list(one.places),
            website=one.website,
        )
        for one in builtins()
        if one.key in keys and one.key not in there and one.name not in names
    ]


def _is_service(key: str) -> bool:
    try:
        clean_fields({"services": [key]})
    except InvalidInput:
        return False
    return True


def _check_name(name: str, but: Vendor | None = None) -> None:
    same = Vendor.objects.filter(name__iexact=name)
    if but is not None:
        same = same.exclude(pk=but.pk)
    if same.exists():
        raise InvalidInput("name", _("The register has a vendor “%s” already.") % name)


@transaction.atomic
def change_vendor(vendor: Vendor, changes: Mapping[str, Any], *, actor: Actor) -> Vendor:
    """Change some fields. What an assessment is about is open before it only. An agreement that is
    not signed any more ends the approval.

    Raises: NotAllowed, InvalidInput, InvalidState (assessed fields, after the assessment).
    """
    require(actor, MANAGE_VENDORS, vendor)
    with own_scope(vendor.brand_id):
        vendor = locked(vendor)
        values = clean_fields(changes)
        changed = {n: v for n, v in values.items() if v != getattr(vendor, n)}
        if not changed:
            return vendor
        if changed.keys() & ASSESSED_FIELDS and vendor.state not in OPEN_TO_CHANGE:
            raise InvalidState(
                _("Name, use, places and sub-processors were assessed. Start a new review first.")
            )
        if "name" in changed:
            _check_name(changed["name"], but=vendor)
        before = {name: getattr(vendor, name) for name in changed}
        for name, value in changed.items():
            setattr(vendor, name, value)
        columns = list(changed)
        if vendor.contract_status != ContractStatus.SIGNED and vendor.approved_until is not None:
            vendor.approved_until = None
            if vendor.state in {VendorState.APPROVED, VendorState.REVIEW_DUE}:
                vendor.state = VendorState.REJECTED
            columns += ["approved_until", "state"]
        vendor.save(update_fields=columns)
        mirror(vendor, vendor.brand.agency)
        record(
            "compliance.vendor.changed",
            vendor,
            actor=actor,
            before=before,
            after=changed,
            facts={"fields": sorted(changed), "state": vendor.state},
        )
    return vendor


@transaction.atomic
def answer_check(vendor: Vendor, *, item: str, answer: str, note: str, actor: Actor) -> VendorCheck:
    """Answer one question of the checklist.

    Raises: NotAllowed, InvalidInput (no such question or answer, no note where it is needed),
    InvalidState (assessed already).
    """
    require(actor, MANAGE_VENDORS, vendor)
    if item not in CheckItem.values:
        raise InvalidInput("item", _("The checklist has no such question."))
    if answer not in CheckAnswer.values:
        raise InvalidInput("answer", _("Choose one of: %s.") % ", ".join(CheckAnswer.values))
    words = clean_text("note", note, longest=500)
    if answer in NEEDS_NOTE and not words:
        raise InvalidInput("note", _("Say why, or what is missing."))
    with own_scope(vendor.brand_id):
        vendor = locked(vendor)
        if vendor.state not in OPEN_TO_CHANGE:
            raise InvalidState(_("This was assessed. Start a new review first."))
        check, _new = VendorCheck.objects.update_or_create(
            brand_id=vendor.brand_id,
            vendor=vendor,
            item=item,
            defaults={
                "answer": answer,
                "note": words,
                "answered_by": person(actor),
                "answered_at": timezone.now(),
            },
        )
        record(
            "compliance.vendor.answered",
            vendor,
            actor=actor,
            facts={"item": item, "answer": answer},
            personal={"note": words} if words else None,
        )
    return check


@transaction.atomic
def add_safeguard(
    vendor: Vendor,
    *,
    mechanism: str,
    dated_on: Any,
    reference: str,
    actor: Actor,
    for_brand: Brand | None = None,
) -> VendorSafeguard:
    """Record what transfers to the vendor rest on; it counts from its day.

    Raises: NotAllowed, InvalidInput (no such safeguard, a day to come, no reference, an instruction
    without its brand, a brand of another agency).
    """
    require(actor, MANAGE_VENDORS, vendor)
    if mechanism not in Safeguard.values:
        raise InvalidInput("mechanism", _("Choose one of: %s.") % ", ".join(Safeguard.values))
    day = clean_day("dated_on", dated_on, is_needed=True)
    if day is None or day > timezone.now().date():
        raise InvalidInput("dated_on", _("Give the day since when it holds, not one to come."))
    words = clean_text("reference", reference, longest=200, is_needed=True)
    with own_scope(vendor.brand_id):
        vendor = locked(vendor)
        if mechanism == Safeguard.INSTRUCTION and for_brand is None:
            raise InvalidInput("brand", _("Say which brand gave the instruction."))
        if for_brand is not None and for_brand.agency_id != vendor.brand.agency_id:
            raise InvalidInput("brand", _("Choose a brand."))
        found = VendorSafeguard.objects.create(
            brand_id=vendor.brand_id,
            vendor=vendor,
            mechanism=mechanism,
            dated_on=day,
            reference=words,
            for_brand_ref=for_brand.pk if for_brand is not None else None,
            added_by=person(actor),
            added_at=timezone.now(),
        )
        mirror(vendor, vendor.brand.agency)
        _tell_safeguard("compliance.vendor.safeguard_added", vendor, found, actor=actor)
    return found


@transaction.atomic
def end_safeguard(safeguard: VendorSafeguard, *, actor: Actor, on: date | None = None) -> None:
    """It does not count any more. Raises: NotAllowed, InvalidState (ended already)."""
    require(actor, MANAGE_VENDORS, safeguard)
    with own_scope(safeguard.brand_id):
        vendor = locked(safeguard.vendor)
        safeguard = VendorSafeguard.objects.select_for_update(no_key=True).get(pk=safeguard.pk)
        if safeguard.ended_on is not None:
            raise InvalidState
        safeguard.ended_on = on or timezone.now().date()
        safeguard.save(update_fields=["ended_on"])
        mirror(vendor, vendor.brand.agency)
        _tell_safeguard("compliance.vendor.safeguard_ended", vendor, safeguard, actor=actor)


def _tell_safeguard(kind: str, vendor: Vendor, safeguard: VendorSafeguard, *, actor: Actor) -> None:
    brand: UUID | None = safeguard.for_brand_ref
    facts = {"mechanism": safeguard.mechanism, "dated_on": safeguard.dated_on.isoformat()}
    if brand is not None:
        facts["for_brand"] = str(brand)
    record(kind, vendor, actor=actor, facts=facts, personal={"reference": safeguard.reference})
