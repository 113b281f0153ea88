"""An agency's roles: which capabilities each of them holds. Requirement T2."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tenants.choices import RoleKey
from tenants.domain.agencies import audit_agency
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Agency, Role
from tenants.permissions import Actor, can, capabilities, require

CAPABILITY = "tenants.role.manage"
_LONGEST_NAME = 100


@transaction.atomic
def create_role(
    agency: Agency, *, name: str, description: str, names: Iterable[str], actor: Actor
) -> Role:
    """A role of the agency's own.

    Raises: NotAllowed, InvalidInput (no name, name taken, unknown capability, one that the actor
    does not hold in the whole agency).
    """
    require(actor, CAPABILITY, agency)
    wanted = _checked(agency, names, actor=actor)
    name = _checked_name(agency, name)
    role = Role.objects.create(
        agency=agency,
        key=_free_key(agency, name),
        name=name,
        description=description.strip()[:300],
        capabilities=sorted(wanted),
    )
    audit_agency(
        "tenants.role.created",
        role,
        agency=agency,
        actor=actor,
        after={"name": name, "capabilities": sorted(wanted)},
    )
    return role


@transaction.atomic
def edit_role(
    role: Role, *, name: str, description: str, names: Iterable[str], actor: Actor
) -> Role:
    """Change what a role is called and holds; its members have it with their next request.

    Nothing changed: nothing recorded. Raises: NotAllowed, InvalidState (the owner's role, a role
    above the actor's), InvalidInput (see ``create_role``).
    """
    agency = role.agency
    require(actor, CAPABILITY, agency)
    role = Role.objects.select_for_update().select_related("agency").get(pk=role.pk)
    _may_touch(role, actor=actor)
    held = role.held
    wanted = _checked(agency, names, actor=actor, already=held)
    name = (
        name.strip()
        if role.is_builtin and not name.strip()
        else _checked_name(agency, name, but=role)
    )
    before = {"name": role.name, "description": role.description, "capabilities": sorted(held)}
    role.name, role.description = name, description.strip()[:300]
    if wanted != held:
        role.capabilities = sorted(wanted)
    after = {"name": role.name, "description": role.description, "capabilities": sorted(role.held)}
    changed = [field for field in after if after[field] != before[field]]
    if changed:
        role.save(update_fields=["name", "description", "capabilities"])
        audit_agency(
            "tenants.role.changed",
            role,
            agency=agency,
            actor=actor,
            facts={"members": role.memberships.count()},
            before={field: before[field] for field in changed},
            after={field: after[field] for field in changed},
        )
    return role


@transaction.atomic
def reset_role(role: Role, *, actor: Actor) -> Role:
    """A built-in role holds again what it holds as delivered. Raises: NotAllowed, InvalidState."""
    require(actor, CAPABILITY, role.agency)
    role = Role.objects.select_for_update().select_related("agency").get(pk=role.pk)
    if not role.is_builtin:
        raise InvalidState(_("Only a built-in role has a delivered state to go back to."))
    _may_touch(role, actor=actor)
    if role.capabilities is None:
        return role
    before, role.capabilities = sorted(role.held), None
    _checked(role.agency, role.held, actor=actor, already=before)
    role.save(update_fields=["capabilities"])
    audit_agency(
        "tenants.role.reset",
        role,
        agency=role.agency,
        actor=actor,
        before={"capabilities": before},
        after={"capabilities": sorted(role.held)},
    )
    return role


@transaction.atomic
def delete_role(role: Role, *, actor: Actor) -> None:
    """Remove a role of the agency's own. Raises: NotAllowed, InvalidState (built in, in use)."""
    agency = role.agency
    require(actor, CAPABILITY, agency)
    if role.is_builtin:
        raise InvalidState(_("A built-in role stays. You can take its capabilities away."))
    _may_touch(role, actor=actor)
    members = role.memberships.count()
    if members:
        raise InvalidState(
            _("%(count)d people have the role “%(role)s”. Give them another one first.")
            % {"count": members, "role": role}
        )
    audit_agency(
        "tenants.role.deleted",
        role,
        agency=agency,
        actor=actor,
        before={"name": role.title, "capabilities": sorted(role.held)},
    )
    try:
        with transaction.atomic():
            role.delete()
    except ProtectedError as error:
        raise InvalidState(
            _("Somebody was given the role “%s” just now. Give them another one first.") % role
        ) from error


def _may_touch(role: Role, *, actor: Actor) -> None:
    if role.key == RoleKey.OWNER and role.is_builtin:
        raise InvalidState(_("The owner's role holds everything and cannot be changed."))
    above = sorted(name for name in role.held if not can(actor, name, role.agency))
    if above:
        raise InvalidState(
            _("This role holds “%s”, which you do not hold yourself. Ask an owner.")
            % capabilities[above[0]].label
        )


def _checked(
    agency: Agency, names: Iterable[str], *, actor: Actor, already: Iterable[str] = ()
) -> frozenset[str]:
    wanted, kept = frozenset(names), frozenset(already)
    for name in sorted(wanted):
        if name not in capabilities:
            raise InvalidInput("capabilities", _("There is no capability “%s”.") % name[:80])
        if name not in kept and not can(actor, name, agency):
            raise InvalidInput(
                "capabilities", _("You do not hold “%s” yourself.") % capabilities[name].label
            )
    return wanted


def _checked_name(agency: Agency, name: str, *, but: Role | None = None) -> str:
    name = name.strip()
    if not name:
        raise InvalidInput("name", _("A role needs a name."))
    if len(name) > _LONGEST_NAME:
        raise InvalidInput("name", _("At most %d characters.") % _LONGEST_NAME)
    for role in Role.objects.filter(agency=agency):
        if (but is None or role.pk != but.pk) and role.title.casefold() == name.casefold():
            raise InvalidInput("name", _("There is a role “%s” already.") % name)
    return name


def _free_key(agency: Agency, name: str) -> str:
    """A plain key from the name; a number behind it if it is taken."""
    base = slugify(name)[:40] or "role"
    taken = set(Role.objects.filter(agency=agency).values_list("key", flat=True))
    number, key = 1, base
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    return key
