"""May this actor do this here? One question, one answer, asked by admin, API and verbs alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from tenants.actors import SystemActor
from tenants.exceptions import NotAllowed
from tenants.models import Agency, ApiToken, Brand, Membership, Role, SupportAccess, User
from tenants.models.builtin_roles import ROLE_CAPABILITIES as ROLE_CAPABILITIES
from tenants.registries import object_grants
from tenants.registry import Registry
from tenants.scope import active_brand_id, active_brand_ids, active_scope

type Actor = User | ApiToken | SystemActor


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing an actor may be allowed to do. ``name`` is ``<app>.<noun>.<verb>``."""

    name: str
    label: StrOrPromise
    help: StrOrPromise


capabilities: Registry[Capability] = Registry("capabilities")


def declare(name: str, *, label: StrOrPromise, help: StrOrPromise) -> str:
    """Register a capability once, at import of an app's ``permissions.py``; returns its name."""
    return capabilities.register(name, Capability(name, label, help)).name


def memberships_of(user: User) -> list[Membership]:
    """The person's memberships with agency, brand and role, read once per request."""
    cached: list[Membership] | None = getattr(user, "_memberships", None)
    if cached is None:
        cached = list(user.memberships.select_related("agency", "brand__agency", "role"))
        cached += [_as_membership(access) for access in support_of(user)]
        user._memberships = cached  # type: ignore[attr-defined]  # request-long cache
        remember_agencies(user, (m.brand for m in cached if m.brand))
    return cached


def support_capabilities() -> frozenset[str]:
    """What an open support access allows: to see, and nothing else. Every ``….view``, so nothing
    that exports, sends, decides, works on or manages anything."""
    return frozenset(
        name for name in map(str, dict(capabilities.items())) if name.endswith(".view")
    )


def support_of(user: User) -> list[SupportAccess]:
    """The open support accesses of one of the platform's staff, read once per request. No query
    for anybody else. Whether an access is still open is asked of the clock, not of a job."""
    if not (user.is_active and user.is_platform_staff):
        return []
    cached: list[SupportAccess] | None = getattr(user, "_support", None)
    if cached is None:
        cached = list(
            user.support_accesses.filter(
                expires_at__gt=timezone.now(), ended_at=None, refused_at=None
            ).select_related("agency", "brand__agency")
        )
        user._support = cached  # type: ignore[attr-defined]  # request-long cache
    return cached


def _as_membership(access: SupportAccess) -> Membership:
    """For a short time the person is like somebody of the agency who may only look. Not stored."""
    role = Role(
        agency=access.agency,
        key="support",
        name=str(_("Support access")),
        capabilities=sorted(support_capabilities()),
    )
    return Membership(user_id=access.staff_id, agency=access.agency, brand=access.brand, role=role)


@dataclass(frozen=True, slots=True)
class Grant:
    """One capability on one object. ``whole_brand``: the object is the brand itself."""

    capability: str
    brand_id: UUID
    object_id: UUID
    whole_brand: bool


def grants_of(user: User) -> list[Grant]:
    """The person's object grants, read once per request; no query for people without any."""
    cached: list[Grant] | None = getattr(user, "_grants", None)
    if cached is None:
        cached = []
        for table in object_grants if user.holds_grants else ():
            rows = table.objects.filter(user=user).values_list(
                "permission__codename", "brand_id", "content_object_id"
            )
            cached += [Grant(name, brand, obj, brand == obj) for name, brand, obj in rows]
        user._grants = cached  # type: ignore[attr-defined]  # request-long cache
    return cached


def forget_rights(user: User) -> None:
    """After a change in the same process: the next question reads anew."""
    for name in ("_memberships", "_grants", "_support"):
        user.__dict__.pop(name, None)


def remember_agencies(user: User, brands: Iterable[Brand]) -> None:
    """So that asking about these brands costs no query. A brand never changes its agency."""
    known: dict[UUID, UUID] = user.__dict__.setdefault("_agency_of", {})
    known.update((brand.pk, brand.agency_id) for brand in brands)


def remember_agency(user: User, agency_id: UUID, brand_ids: Iterable[UUID]) -> None:
    """The same for keys of one agency's brands."""
    user.__dict__.setdefault("_agency_of", {}).update(dict.fromkeys(brand_ids, agency_id))


def _agencies_of(user: User, brand_ids: Iterable[UUID]) -> set[UUID]:
    known: dict[UUID, UUID] = user.__dict__.setdefault("_agency_of", {})
    wanted = set(brand_ids)
    if unknown := wanted - known.keys():
        known.update(Brand.including_agencies.filter(pk__in=unknown).values_list("pk", "agency_id"))
    return {known[brand_id] for brand_id in wanted if brand_id in known}


def _place_of(obj: Any) -> tuple[UUID | None, UUID | None]:
    """(agency id, brand id) in which the question is asked."""
    if isinstance(obj, Agency):
        return obj.pk, None
    if isinstance(obj, Brand):
        return obj.agency_id, obj.pk
    if obj is not None and getattr(obj, "brand_id", None) is not None:
        return None, obj.brand_id
    if obj is not None and getattr(obj, "agency_id", None) is not None:
        return obj.agency_id, None
    return None, active_brand_id()


def can(actor: Any, capability: str, obj: Any = None) -> bool:
    """Whether ``actor`` holds ``capability`` for ``obj``, or for the active brand when it is None.

    In an agency's workspace (several brands in scope, no object) the answer is yes if any of the
    person's roles or grants in a visible brand gives it; each object is asked for again when
    touched. A grant on a channel account opens the account and what came through it.
    The product's own parts may do what their code does; members of the public hold nothing here.
    """
    if isinstance(actor, SystemActor):
        return actor.kind != "author"
    agency_id, brand_id = _place_of(obj)
    if isinstance(actor, ApiToken):
        return brand_id == actor.brand_id and capability in actor.capabilities
    if not isinstance(actor, User) or not actor.is_active:
        return False
    roles = [m for m in memberships_of(actor) if capability in m.role.held]
    if obj is None and brand_id is None:
        by_role = _any_in_scope(actor, roles)
    else:
        by_role = any(_holds(actor, membership, agency_id, brand_id) for membership in roles)
    return by_role or any(
        _reaches(grant, obj, brand_id)
        for grant in grants_of(actor)
        if grant.capability == capability
    )


def _holds(
    user: User, membership: Membership, agency_id: UUID | None, brand_id: UUID | None
) -> bool:
    if membership.brand_id is not None:
        return brand_id is not None and membership.brand_id == brand_id
    if agency_id is not None:
        return membership.agency_id == agency_id
    return brand_id is not None and membership.agency_id in _agencies_of(user, [brand_id])


def _any_in_scope(user: User, memberships: list[Membership]) -> bool:
    scope = active_scope()
    if scope is None or not memberships:
        return False
    if any(m.brand_id in scope.brand_ids for m in memberships if m.brand_id):
        return True
    whole = {m.agency_id for m in memberships if m.brand_id is None}
    return bool(whole & scope.agency_ids) or bool(
        whole and whole & _agencies_of(user, scope.brand_ids)
    )


def _reaches(grant: Grant, obj: Any, brand_id: UUID | None) -> bool:
    if obj is None:
        scope = active_scope()
        return scope is not None and grant.brand_id in scope.brand_ids
    if isinstance(obj, Agency) or grant.brand_id != brand_id:
        return False
    if grant.whole_brand:
        return True
    return grant.object_id in {getattr(obj, "pk", None), getattr(obj, "account_id", None)}


@dataclass(frozen=True, slots=True)
class Reach:
    """Where in the active scope a capability is held: whole brands, and single objects beside."""

    brand_ids: frozenset[UUID]
    object_ids: frozenset[UUID]


def reach_of(actor: Any, capability: str) -> Reach:
    """For lists: which of the brands in scope may be shown, and which objects of other brands.

    Raises: NoBrandActive.
    """
    brand_ids = active_brand_ids()
    if isinstance(actor, SystemActor):
        return Reach(brand_ids if actor.kind != "author" else frozenset(), frozenset())
    if isinstance(actor, ApiToken):
        held = {actor.brand_id} if capability in actor.capabilities else set()
        return Reach(brand_ids & held, frozenset())
    if not isinstance(actor, User) or not actor.is_active:
        return Reach(frozenset(), frozenset())
    roles = [m for m in memberships_of(actor) if capability in m.role.held]
    found = frozenset(m.brand_id for m in roles if m.brand_id) & brand_ids
    whole = {m.agency_id for m in roles if m.brand_id is None}
    if whole and found != brand_ids:
        in_scope = _scope_by_agency(actor, brand_ids)
        for agency_id in whole & in_scope.keys():
            found = found | in_scope[agency_id] if found else in_scope[agency_id]
    grants = [g for g in grants_of(actor) if g.capability == capability]
    if grants:
        found |= {g.brand_id for g in grants if g.whole_brand} & brand_ids
    return Reach(
        found,
        frozenset(
            g.object_id
            for g in grants
            if not g.whole_brand and g.brand_id in brand_ids and g.brand_id not in found
        ),
    )


def _scope_by_agency(user: User, brand_ids: frozenset[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The brands in scope by agency. Kept for as long as the very same scope is asked about, so
    that a page over a thousand brands groups them once."""
    kept: tuple[frozenset[UUID], dict[UUID, frozenset[UUID]]] | None = user.__dict__.get(
        "_by_agency"
    )
    if kept is not None and kept[0] is brand_ids:
        return kept[1]
    agencies = _agencies_of(user, brand_ids)
    known: dict[UUID, UUID] = user.__dict__["_agency_of"]
    found: dict[UUID, frozenset[UUID]] = {
        agency: frozenset(pk for pk in brand_ids if known.get(pk) == agency) for agency in agencies
    }
    if len(found) == 1 and all(pk in known for pk in brand_ids):
        found = dict.fromkeys(found, brand_ids)
    user.__dict__["_by_agency"] = (brand_ids, found)
    return found


def require(actor: Any, capability: str, obj: Any = None) -> None:
    """Raises: NotAllowed unless ``can(actor, capability, obj)``."""
    if not can(actor, capability, obj):
        raise NotAllowed


declare("tenants.brand.manage", label=_("Change the brand"), help=_("Name, language, time zone."))
declare(
    "tenants.member.view",
    label=_("See the team"),
    help=_("Who works for the brand, in which role."),
)
declare(
    "tenants.member.manage", label=_("Manage the team"), help=_("Invite, change roles, remove.")
)
declare("tenants.token.manage", label=_("Manage API tokens"), help=_("Issue and revoke tokens."))
declare(
    "tenants.role.manage",
    label=_("Manage roles"),
    help=_("Decide which capabilities a role has, make roles of the agency's own."),
)
declare(
    "tenants.signin.manage",
    label=_("Manage sign-in"),
    help=_("Second factor, single sign-on, other people's sessions."),
)
declare(
    "tenants.brand.create",
    label=_("Take on brands"),
    help=_("Make a new brand and lead it to live."),
)
declare(
    "tenants.brand.close",
    label=_("Close brands"),
    help=_("Freeze and thaw a brand, hand out everything, erase it."),
)
declare(
    "tenants.support.manage",
    label=_("Let support in"),
    help=_("Allow, watch and end the access of the platform's staff."),
)
declare(
    "tenants.quota.manage",
    label=_("Manage quotas"),
    help=_("How much one brand may use of what all share."),
)
