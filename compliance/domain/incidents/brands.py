"""Brands an incident concerns, the persons known to be affected, the notice to each brand.

Source: GDPR Art. 33(2): the processor tells the controller without undue delay.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import HoldScope, IncidentEntryKind, TransferKind
from compliance.domain.holds import target_title
from compliance.domain.incidents.entries import instant, locked, words, write
from compliance.domain.incidents.register import whole_number
from compliance.domain.vendors.exits import let_out
from compliance.models import Incident, IncidentBrand
from tenants.domain.post import post
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand, User
from tenants.permissions import Actor

MAX_CONTACTS = 500


@transaction.atomic
def concern_brand(
    incident: Incident,
    brand: Brand,
    *,
    actor: Actor,
    people_count: Any = "",
    contact_refs: Iterable[str | UUID] = (),
) -> IncidentBrand:
    """The incident concerns this brand; again: correct the numbers. In a scope of both.

    Raises: NotAllowed, InvalidState (closed), InvalidInput (a brand of another agency, an unknown
    contact, too many).
    """
    incident = locked(incident, actor=actor)
    if brand.agency_id != incident.brand.agency_id:
        raise InvalidInput("brand", _("Choose a brand."))
    refs = _contacts(brand, contact_refs)
    count = whole_number("people_count", people_count)
    if count is not None and count < len(refs):
        raise InvalidInput("people_count", _("More persons are named than counted."))
    now = timezone.now()
    part, is_new = IncidentBrand.objects.select_for_update(no_key=True).get_or_create(
        brand=brand,
        incident_ref=incident.pk,
        defaults={
            "incident_number": incident.number,
            "title": incident.title,
            "people_count": count,
            "contact_refs": refs,
            "added_at": now,
        },
    )
    if not is_new:
        part.people_count, part.contact_refs, part.title = count, refs, incident.title
        part.save(update_fields=["people_count", "contact_refs", "title"])
    write(
        incident,
        IncidentEntryKind.CHANGED,
        code="brand_concerned",
        actor=actor,
        at=now,
        addressee=brand.name,
        facts={"for_brand": str(brand.pk), "people": count, "contacts": len(refs)},
    )
    return part


def _contacts(brand: Brand, given: Iterable[str | UUID]) -> list[UUID]:
    found: dict[UUID, None] = {}
    for one in given:
        try:
            ref = one if isinstance(one, UUID) else UUID(str(one).strip())
        except ValueError as error:
            raise InvalidInput("contacts", _("“%s” is no contact.") % str(one)[:50]) from error
        found[ref] = None
        if len(found) > MAX_CONTACTS:
            raise InvalidInput("contacts", _("At most %d contacts fit.") % MAX_CONTACTS)
    for ref in found:
        if target_title(HoldScope.CONTACT, brand.pk, ref) is None:
            raise InvalidInput("contacts", _("The brand has no such contact."))
    return list(found)


@transaction.atomic
def tell_brand(
    part: IncidentBrand,
    incident: Incident,
    *,
    text: str,
    actor: Actor,
    how: str = "",
    told_at: Any = "",
    by_mail: bool = False,
) -> IncidentBrand:
    """The brand as controller was told: by mail to its address for data protection now, or in
    another way that is written down. In a scope of both.

    Raises: NotAllowed, InvalidState (told already, closed), InvalidInput (no text, no way, no mail
    address).
    """
    incident = locked(incident, actor=actor)
    part = (
        IncidentBrand.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand__agency")
        .get(pk=part.pk)
    )
    if part.told_at is not None:
        raise InvalidState(_("This brand was told already."))
    now, brand = timezone.now(), part.brand
    body = words("text", text)
    at = now if by_mail else instant("told_at", told_at, now=now)
    if by_mail:
        if not brand.contact_email:
            raise InvalidInput(
                "how", _("The brand has no e-mail for data protection matters; say how it is told.")
            )
        let_out(brand, TransferKind.MAILED)
        way = _("by mail to %s") % brand.contact_email
        post(
            to=brand.contact_email,
            language=brand.language,
            subject=f"{brand.name}: {incident.title}",
            text=body,
            agency=brand.agency,
        )
    else:
        way = words("how", how, longest=200)
    part.told_at, part.told_how, part.notice = at, way[:200], body
    part.told_by = actor if isinstance(actor, User) else None
    part.save(update_fields=["told_at", "told_how", "notice", "told_by"])
    write(
        incident,
        IncidentEntryKind.CONTROLLER,
        code="brand_told",
        actor=actor,
        at=now,
        happened_at=at,
        addressee=f"{brand.name} ({way})"[:200],
        text=body,
        facts={"for_brand": str(brand.pk)},
    )
    return part
