"""Who works where, in which role: joining, changing, leaving.

Two rules hold everywhere: nobody gives or takes a role that holds more than they do themselves in
that place, and an agency always keeps an owner.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tenants.choices import RoleKey
from tenants.domain.agencies import audit_at
from tenants.domain.grants import end_grants
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, Membership, Role, User
from tenants.permissions import Actor, can, forget_rights, memberships_of, require

CAPABILITY = "tenants.member.manage"


def is_owner(actor: Any, agency: Agency) -> bool:
    """Whether the person owns the agency."""
    return isinstance(actor, User) and any(
        m.agency_id == agency.pk and m.brand_id is None and m.role.key == RoleKey.OWNER
        for m in memberships_of(actor)
    )


def may_give(actor: Actor, role: Role, *, agency: Agency, brand: Brand | None) -> bool:
    """Whether ``actor`` may put somebody into ``role`` there, or take them out of it."""
    place: Agency | Brand = brand or agency
    if not can(actor, CAPABILITY, place):
        return False
    if role.key == RoleKey.OWNER and isinstance(actor, User) and not is_owner(actor, agency):
        return False
    return all(can(actor, capability, place) for capability in role.held)


def roles_to_give(actor: Actor, *, agency: Agency, brand: Brand | None) -> list[Role]:
    """The roles that ``actor`` may give there, built-in ones first. One query."""
    fitting = Role.objects.filter(agency=agency)
    if brand is not None:
        fitting = fitting.exclude(key=RoleKey.OWNER)
    return [role for role in fitting if may_give(actor, role, agency=agency, brand=brand)]


@transaction.atomic
def add_member(
    user: User, *, agency: Agency, brand: Brand | None, role: Role, actor: Actor
) -> Membership:
    """Give a person a role in one brand, or in the whole agency. Idempotent.

    Raises: NotAllowed (no right to manage the team there), InvalidInput (a role of another agency,
    one that holds more than the actor, owner of a single brand, a closed account).
    """
    place: Agency | Brand = brand or agency
    require(actor, CAPABILITY, place)
    check_role(role, agency=agency, brand=brand, actor=actor)
    if not user.is_active:
        raise InvalidInput("user", _("This person's account is closed."))
    membership, is_new = Membership.objects.get_or_create(
        user=user, agency=agency, brand=brand, role=role
    )
    forget_rights(user)
    if is_new:
        audit_at(
            place,
            "tenants.member.added",
            membership,
            actor=actor,
            facts={"role": role.key},
            personal={"person": user.email, "role": role.title},
        )
    return membership


def check_role(role: Role, *, agency: Agency, brand: Brand | None, actor: Actor) -> None:
    """Raises: InvalidInput if ``actor`` cannot give this role there."""
    if role.agency_id != agency.pk or (brand is not None and brand.agency_id != agency.pk):
        raise InvalidInput("role", _("This role belongs to another agency."))
    if brand is not None and role.key == RoleKey.OWNER:
        raise InvalidInput("role", _("An owner owns the agency, not a single brand."))
    if not may_give(actor, role, agency=agency, brand=brand):
        raise InvalidInput(
            "role", _("“%s” may do more than you may here: somebody else must give it.") % role
        )


@transaction.atomic
def change_role(
    membership: Membership, *, role: Role, actor: Actor, reason: str = ""
) -> Membership:
    """Put a member into another role. The same role: nothing happens, nothing is recorded.

    Raises: NotAllowed, InvalidInput (see ``add_member``; has the other role there already),
    InvalidState (the last owner, a role above the actor's).
    """
    agency, brand = membership.agency, membership.brand
    place: Agency | Brand = brand or agency
    require(actor, CAPABILITY, place)
    check_role(role, agency=agency, brand=brand, actor=actor)
    if role.pk == membership.role_id:
        return membership
    _may_touch(membership, actor=actor)
    if Membership.objects.filter(
        user=membership.user, agency=agency, brand=brand, role=role
    ).exists():
        raise InvalidInput(
            "role",
            _("%(person)s has the role “%(role)s” here already.")
            % {"person": membership.user, "role": role},
        )
    before = membership.role
    membership.role = role
    membership.save(update_fields=["role"])
    forget_rights(membership.user)
    audit_at(
        place,
        "tenants.member.role_changed",
        membership,
        actor=actor,
        reason=reason,
        facts={"from": before.key, "to": role.key},
        personal={"person": membership.user.email},
    )
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, actor: Actor, reason: str) -> None:
    """Take a person's role away; their next request is answered without it.

    Who has no role left in the place loses the grants on single objects there, too.

    Raises: NotAllowed, InvalidInput (no reason), InvalidState (the last owner, a role above the
    actor's).
    """
    agency, brand, user = membership.agency, membership.brand, membership.user
    place: Agency | Brand = brand or agency
    require(actor, CAPABILITY, place)
    if not reason.strip():
        raise InvalidInput("reason", _("Say why."))
    _may_touch(membership, actor=actor)
    audit_at(
        place,
        "tenants.member.removed",
        membership,
        actor=actor,
        reason=reason,
        facts={"role": membership.role.key},
        personal={"person": user.email},
    )
    membership.delete()
    forget_rights(user)
    left = user.memberships.filter(agency=agency)
    if not left.filter(brand=None).exists():
        elsewhere = left.values_list("brand_id", flat=True)
        gone = agency.brands.exclude(pk__in=elsewhere)
        if brand is not None:
            gone = gone.filter(pk=brand.pk)
        end_grants(user, gone.values_list("pk", flat=True), actor=actor, reason=reason)


def change_roles(
    memberships: Iterable[Membership], *, role: Role, actor: Actor, reason: str
) -> int:
    """The same for several members: all or none, one event each; says how many changed."""
    changed = 0
    with transaction.atomic():
        for membership in memberships:
            before = membership.role_id
            change_role(membership, role=role, actor=actor, reason=reason)
            changed += before != role.pk
    return changed


def remove_members(memberships: Iterable[Membership], *, actor: Actor, reason: str) -> int:
    """The same for several members: all or none, one event each; says how many went."""
    removed = 0
    with transaction.atomic():
        for membership in memberships:
            remove_member(membership, actor=actor, reason=reason)
            removed += 1
    return removed


def _may_touch(membership: Membership, *, actor: Actor) -> None:
    agency, brand, role = membership.agency, membership.brand, membership.role
    if not may_give(actor, role, agency=agency, brand=brand):
        raise NotAllowed(
            _("%(person)s may do more than you may here (“%(role)s”). Ask an owner.")
            % {"person": membership.user, "role": role}
        )
    if role.key == RoleKey.OWNER and brand is None:
        # The lock makes two owners who remove each other at once wait for one another.
        Agency.objects.select_for_update().get(pk=agency.pk)
        others = Membership.objects.filter(
            agency=agency, brand=None, role=role, user__is_active=True
        ).exclude(user=membership.user)
        if not others.exists():
            raise InvalidState(
                _("%s is the last owner. Make somebody else an owner first.") % membership.user
            )
