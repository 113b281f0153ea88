"""Support access: the platform's staff see an agency for a short time, in the open. Requirement T8.

Asked for with a reason and let in by the agency, or opened by the staff in an emergency; the agency
is told by mail of either. It ends by itself, whether or not any job runs. While it is open every
page seen is an event in the ledger of the brand, or of the agency where no brand is named.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.choices import BrandKind, SupportKind, SupportState
from tenants.domain.agencies import audit_agency
from tenants.domain.directory import Workspace
from tenants.domain.support_mail import CAPABILITY as CAPABILITY
from tenants.domain.support_mail import tell_asked, tell_emergency, tell_ended
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed, NotFound
from tenants.models import Agency, Brand, SupportAccess, User
from tenants.models.support import LONGEST
from tenants.permissions import can, forget_rights, memberships_of, support_of
from tenants.registries import audit

SHORTEST_REASON = 10
MOST_HOURS = LONGEST // timedelta(hours=1)


@transaction.atomic
def ask(
    agency: Agency, *, brand: Brand | None = None, reason: str, hours: int, actor: User
) -> SupportAccess:
    """Ask the agency to be let in, to all of it or to one brand. Opens nothing yet.

    Raises: NotAllowed (not of the platform's staff), InvalidInput (reason, hours, brand),
    InvalidState (asked already, or open).
    """
    access = _new(agency, brand, SupportKind.CONSENT, reason=reason, hours=hours, actor=actor)
    access.save()
    _tell("tenants.support.asked", access, actor=actor, reason=access.reason)
    tell_asked(access)
    return access


@transaction.atomic
def open_emergency(
    agency: Agency,
    *,
    brand: Brand | None = None,
    reason: str,
    hours: int,
    is_emergency: bool,
    actor: User,
) -> SupportAccess:
    """Open at once, without asking. ``is_emergency``: the person says so explicitly.

    Raises: NotAllowed, InvalidInput, InvalidState as ``ask``.
    """
    access = _new(agency, brand, SupportKind.EMERGENCY, reason=reason, hours=hours, actor=actor)
    if not is_emergency:
        raise InvalidInput("is_emergency", _("Confirm that this is an emergency, or ask instead."))
    _open(access)
    access.save()
    _tell("tenants.support.opened", access, actor=actor, reason=access.reason)
    tell_emergency(access)
    return access


@transaction.atomic
def consent(access: SupportAccess, *, actor: User) -> SupportAccess:
    """Let the person in, from now for as long as was asked for.

    Raises: NotAllowed, InvalidState (no longer asked for).
    """
    access = _decide(access, actor=actor)
    access.granted_by = actor
    _open(access)
    access.save(update_fields=["granted_by", "opened_at", "expires_at"])
    _tell("tenants.support.consented", access, actor=actor)
    return access


@transaction.atomic
def refuse(access: SupportAccess, *, actor: User) -> SupportAccess:
    """Do not let the person in. Raises: NotAllowed, InvalidState (no longer asked for)."""
    access = _decide(access, actor=actor)
    access.refused_at = timezone.now()
    access.save(update_fields=["refused_at"])
    _tell("tenants.support.refused", access, actor=actor)
    return access


@transaction.atomic
def end(access: SupportAccess, *, actor: User) -> SupportAccess:
    """Close it now: the staff person their own, the agency any. With the next request it is gone.

    A request that was not answered yet is withdrawn. What has ended already stays as it is.
    Raises: NotAllowed.
    """
    access = _locked(access)
    if access.staff_id != actor.pk and not can(actor, CAPABILITY, access.brand or access.agency):
        raise NotAllowed
    now = timezone.now()
    if access.state_at(now) not in {SupportState.ASKED, SupportState.OPEN}:
        return access
    was_open = access.opened_at is not None
    access.ended_at, access.ended_by = now, actor
    access.save(update_fields=["ended_at", "ended_by"])
    forget_rights(actor)
    _tell("tenants.support.ended", access, actor=actor, facts={"pages_viewed": access.pages_viewed})
    if was_open:
        tell_ended(access)
    return access


def access_in(user: Any, workspace: Workspace) -> SupportAccess | None:
    """The access by which this person is in this workspace; None for people of the agency."""
    if not isinstance(user, User) or not support_of(user):
        return None
    if any(
        m.agency_id == workspace.agency.pk
        and (m.brand_id is None or (workspace.brand and m.brand_id == workspace.brand.pk))
        for m in memberships_of(user)
        if not m._state.adding
    ):
        return None
    brand_id = workspace.brand.pk if workspace.brand else None
    fitting = [
        access
        for access in support_of(user)
        if access.agency_id == workspace.agency.pk
        and (access.brand_id is None or brand_id is None or access.brand_id == brand_id)
    ]
    return max(fitting, key=lambda one: (one.brand_id is None, one.expires_at), default=None)


def note_page(
    access: SupportAccess,
    workspace: Workspace,
    *,
    route: str,
    object_ref: str,
    method: str,
    status: int,
    actor: User,
) -> None:
    """Write down that the person saw a page, in the request's own transaction.

    ``route`` is the name of the view, ``object_ref`` the key in its address; never a search term.
    """
    SupportAccess.objects.filter(pk=access.pk).update(pages_viewed=F("pages_viewed") + 1)
    facts = {"route": route[:100], "method": method.lower(), "status": status}
    if object_ref:
        facts["object"] = object_ref[:100]
    kind = "tenants.support.page_viewed"
    if workspace.brand is not None:
        audit(kind, access, actor=actor, facts=facts, brand_id=workspace.brand.pk)
    else:
        audit_agency(kind, access, agency=workspace.agency, actor=actor, facts=facts)


def _new(
    agency: Agency,
    brand: Brand | None,
    kind: SupportKind,
    *,
    reason: str,
    hours: int,
    actor: User,
) -> SupportAccess:
    if not (actor.is_active and actor.is_platform_staff):
        raise NotAllowed
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput(
            "reason", _("Say why in at least %d characters; the agency reads it.") % SHORTEST_REASON
        )
    if not 1 <= hours <= MOST_HOURS:
        raise InvalidInput("hours", _("Between 1 and %d hours.") % MOST_HOURS)
    if brand is not None and (brand.agency_id != agency.pk or brand.kind != BrandKind.CLIENT):
        raise NotFound
    # One at a time per person and place, also if the button is pressed twice.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    now = timezone.now()
    waiting = Q(opened_at=None, refused_at=None, ended_at=None)
    is_open = Q(expires_at__gt=now, ended_at=None)
    earlier = actor.support_accesses.filter(waiting | is_open, agency=agency, brand=brand)
    if any(one.opened_at is not None or kind == SupportKind.CONSENT for one in earlier):
        raise InvalidState(_("There is an open or unanswered access to this place already."))
    return SupportAccess(
        agency=agency,
        brand=brand,
        staff=actor,
        kind=kind,
        reason=reason[:300],
        hours=hours,
        asked_at=now,
    )


def _open(access: SupportAccess) -> None:
    access.opened_at = timezone.now()
    access.expires_at = access.opened_at + min(timedelta(hours=access.hours), LONGEST)


def _locked(access: SupportAccess) -> SupportAccess:
    return (
        SupportAccess.objects.select_related("agency", "brand", "staff")
        .select_for_update(of=("self",))
        .get(pk=access.pk)
    )


def _decide(access: SupportAccess, *, actor: User) -> SupportAccess:
    access = _locked(access)
    # Nobody lets themselves in, whatever else they are.
    if actor.pk == access.staff_id or not can(actor, CAPABILITY, access.brand or access.agency):
        raise NotAllowed
    if access.state_at(timezone.now()) != SupportState.ASKED:
        raise InvalidState
    return access


def _tell(kind: str, access: SupportAccess, *, actor: User, **details: Any) -> None:
    facts = {"kind": access.kind, "hours": access.hours} | details.pop("facts", {})
    if access.brand_id:
        facts["brand"] = str(access.brand_id)
    audit_agency(kind, access, agency=access.agency, actor=actor, facts=facts, **details)
