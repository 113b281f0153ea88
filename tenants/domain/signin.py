"""Signing in: who needs a second factor, which sessions run, what the ledgers are told."""

import time
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.choices import RoleKey
from tenants.domain.agencies import audit_agency
from tenants.exceptions import NotFound
from tenants.models import Agency, Brand, Membership, SigninPolicy, StaffSession, User
from tenants.permissions import Actor, can, grants_of, memberships_of, require

CAPABILITY = "tenants.signin.manage"
FRESH_S = 600
CONFIRMED_AT = "confirmed_at"

ALWAYS_SECOND = frozenset({RoleKey.OWNER, RoleKey.ADMIN, RoleKey.COMPLIANCE_OFFICER})
# A role the agency made itself is as grave as what it holds.
GRAVE = frozenset({"tenants.member.manage", "compliance.audit.export"})


def mark_confirmed(*, request: Any, **_kwargs: Any) -> None:
    """Receiver of sign-in and re-authentication: the proof counts for ``FRESH_S`` seconds."""
    if request is not None and hasattr(request, "session"):
        request.session[CONFIRMED_AT] = int(time.time())


def is_confirmed(session: Any) -> bool:
    """Whether the session's last proof is at most ``FRESH_S`` seconds old."""
    confirmed_at = session.get(CONFIRMED_AT)
    return isinstance(confirmed_at, int) and 0 <= time.time() - confirmed_at <= FRESH_S


def limit_to_agency(user: User, agency_id: UUID) -> None:
    """For this request the person works in one agency alone: its provider let them in, and has no
    say in another. Platform staff are nobody special then."""
    user.is_platform_staff = False
    everywhere = memberships_of(user)
    user._memberships = [m for m in everywhere if m.agency_id == agency_id]  # type: ignore[attr-defined]  # request-long cache
    if grants := grants_of(user):
        of_agency = Brand.including_agencies.filter(agency_id=agency_id)
        here = set(of_agency.values_list("pk", flat=True))
        user._grants = [g for g in grants if g.brand_id in here]  # type: ignore[attr-defined]  # as above


# Second factor


def role_needs_second_factor(membership: Membership) -> bool:
    """Owner, administrator, compliance officer, and any role of the agency's own making that may
    manage the team or take the audit trail out."""
    role = membership.role
    if role.key in ALWAYS_SECOND:
        return True
    return role.capabilities is not None and bool(GRAVE & role.held)


def needs_second_factor(user: User) -> bool:
    """By role, by the rule of one of the person's agencies, or as platform staff.

    At most one query beside the memberships, which are read once per request.
    """
    memberships = memberships_of(user)
    if user.is_platform_staff or any(role_needs_second_factor(m) for m in memberships):
        return True
    agency_ids = {m.agency_id for m in memberships}
    return (
        bool(agency_ids)
        and SigninPolicy.objects.filter(
            agency_id__in=agency_ids, second_factor_for_all=True
        ).exists()
    )


@transaction.atomic
def set_second_factor_for_all(agency: Agency, *, wanted: bool, actor: Actor) -> SigninPolicy:
    """Whether everybody of the agency needs a second factor. Unchanged: nothing is recorded.

    Raises: NotAllowed.
    """
    require(actor, CAPABILITY, agency)
    policy, _new = SigninPolicy.objects.select_for_update().get_or_create(agency=agency)
    if policy.second_factor_for_all != wanted:
        policy.second_factor_for_all = wanted
        policy.save(update_fields=["second_factor_for_all", "changed_at"])
        audit_agency(
            "tenants.signin_policy.changed",
            policy,
            agency=agency,
            actor=actor,
            before={"second_factor_for_all": not wanted},
            after={"second_factor_for_all": wanted},
        )
    return policy


# The ledgers of everybody concerned


def agencies_of(user: User) -> list[Agency]:
    """Every agency where the person has a place, by name."""
    found = {m.agency_id: m.agency for m in memberships_of(user)}
    return sorted(found.values(), key=lambda agency: agency.name)


@transaction.atomic
def tell_agencies(
    kind: str, obj: Any, *, user: User, actor: Any, only: Agency | None = None, **details: Any
) -> None:
    """Record an event about a person in the ledger of each of their agencies, or of one.

    Platform staff belong to no agency: it is told to those that they have an open access to.
    """
    for agency in [only] if only else {*agencies_of(user), *_opened_to(user)}:
        audit_agency(kind, obj, agency=agency, actor=actor, **details)


def _opened_to(user: User) -> list[Agency]:
    if not user.is_platform_staff:
        return []
    is_open = Q(expires_at__gt=timezone.now(), ended_at=None)
    accesses = user.support_accesses.filter(is_open, opened_at__isnull=False)
    return [access.agency for access in accesses.select_related("agency")]


# Sessions


@transaction.atomic
def start_session(
    user: User,
    *,
    session_key: str,
    method: str,
    device: str,
    address: str,
    agency: Agency | None = None,
) -> StaffSession:
    """Write a sign-in down. ``method``: codes joined by ``+``, e.g. ``password+totp``.

    ``agency``: the session came from its single sign-on and reaches no other.
    """
    now = timezone.now()
    session = StaffSession.objects.create(
        user=user,
        agency=agency,
        session_key=session_key,
        method=method[:60],
        device=device[:80],
        address=address,
        started_at=now,
        seen_at=now,
    )
    tell_agencies(
        "tenants.session.started",
        session,
        user=user,
        actor=user,
        only=agency,
        facts={"method": method.split("+")},
    )
    return session


@transaction.atomic
def end_session(session: StaffSession, *, actor: Actor, reason: str = "") -> None:
    """End a session: its next request is answered as to a stranger. Idempotent.

    People end their own; whoever manages sign-in ends those of the agency's members.
    Raises: NotFound (a session of nobody of theirs).
    """
    if actor != session.user and not _may_end(session, actor):
        raise NotFound(_("There is no such session."))
    gone, _each = StaffSession.objects.filter(pk=session.pk).delete()
    Session.objects.filter(session_key=session.session_key).delete()
    if gone:
        tell_agencies(
            "tenants.session.ended",
            session,
            user=session.user,
            actor=actor,
            only=session.agency,
            reason=reason,
        )


def end_other_sessions(user: User, *, keep: str, actor: Actor, reason: str) -> int:
    """End every session of the person but the row ``keep`` (its id, or empty); how many."""
    others = [row for row in StaffSession.objects.filter(user=user) if str(row.pk) != keep]
    for session in others:
        end_session(session, actor=actor, reason=reason)
    return len(others)


def sessions_of_agency(agency: Agency) -> QuerySet[StaffSession]:
    """Running sessions that reach the agency: those of its people, but for single sign-on
    elsewhere."""
    people = Membership.objects.filter(agency=agency).values("user_id")
    reaching = Q(agency=None) | Q(agency=agency)
    return running_sessions().filter(reaching, user_id__in=people)


def running_sessions() -> QuerySet[StaffSession]:
    """Sessions that still open something, newest activity first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return StaffSession.objects.filter(session_key__in=live).order_by("-seen_at")


def forget_dead_sessions() -> int:
    """Remove rows whose session has run out or is gone."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return StaffSession.objects.exclude(session_key__in=live).delete()[0]


def _may_end(session: StaffSession, actor: Actor) -> bool:
    places = [session.agency] if session.agency else agencies_of(session.user)
    return any(can(actor, CAPABILITY, agency) for agency in places)
