"""May this actor do this here? One question, one answer, asked by admin, API and verbs alike."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from tenants.actors import SystemActor
from tenants.choices import RoleKey
from tenants.exceptions import NotAllowed
from tenants.models import Agency, ApiToken, Brand, Membership, User
from tenants.registry import Registry
from tenants.scope import active_brand_id, active_scope

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


_READ = frozenset(
    {
        "inbox.conversation.view",
        "inbox.channel.view",
        "moderation.case.view",
        "moderation.policy.view",
        "reporting.today.view",
    }
)
_WORK = _READ | {
    "inbox.conversation.work",
    "inbox.reply.send",
    "moderation.case.decide",
    "compliance.consent.view",
}
_COMPLIANCE = frozenset(
    {
        "compliance.audit.view",
        "compliance.audit.export",
        "compliance.consent.view",
        "compliance.consent.manage",
        "moderation.appeal.view",
    }
)
_MANAGE = (
    _WORK
    | _COMPLIANCE
    | {
        "inbox.reply.approve",
        "inbox.channel.manage",
        "inbox.sending.stop",
        "inbox.event.manage",
        "moderation.appeal.decide",
        "moderation.policy.manage",
        "tenants.brand.manage",
        "tenants.member.view",
    }
)
_ADMINISTER = _MANAGE | {
    "tenants.member.manage",
    "tenants.token.manage",
    "inbox.delivery.view",
    "inbox.reply.relay",
}

ROLE_CAPABILITIES: dict[str, frozenset[str]] = {
    RoleKey.OWNER: _ADMINISTER,
    RoleKey.ADMIN: _ADMINISTER,
    RoleKey.BRAND_MANAGER: _MANAGE,
    RoleKey.COMMUNITY_MANAGER: _WORK | {"moderation.appeal.view"},
    RoleKey.MODERATOR: _READ
    | {
        "moderation.case.decide",
        "moderation.appeal.view",
        "moderation.appeal.decide",
        "inbox.conversation.work",
    },
    RoleKey.COMPLIANCE_OFFICER: _READ | _COMPLIANCE | {"inbox.sending.stop", "inbox.event.manage"},
    RoleKey.ANALYST: _READ,
    RoleKey.CLIENT_VIEWER: frozenset({"reporting.today.view"}),
}


def memberships_of(user: User) -> list[Membership]:
    """The person's memberships with agency and brand, read once per request."""
    cached: list[Membership] | None = getattr(user, "_memberships", None)
    if cached is None:
        cached = list(user.memberships.select_related("agency", "brand__agency"))
        user._memberships = cached  # type: ignore[attr-defined]  # request-long cache
    return cached


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


def _holds(membership: Membership, agency_id: UUID | None, brand_id: UUID | None) -> bool:
    if membership.brand_id is not None:
        return brand_id is not None and membership.brand_id == brand_id
    if agency_id is not None:
        return membership.agency_id == agency_id
    return brand_id in {brand.pk for brand in _brands_of(membership.agency)}


def _brands_of(agency: Agency) -> list[Brand]:
    cached: list[Brand] | None = getattr(agency, "_brands", None)
    if cached is None:
        cached = list(agency.brands.all())
        agency._brands = cached  # type: ignore[attr-defined]  # request-long cache
    return cached


def can(actor: Any, capability: str, obj: Any = None) -> bool:
    """Whether ``actor`` holds ``capability`` for ``obj``, or for the active brand when it is None.

    In an agency's workspace (several brands in scope, no object) the answer is yes if any of the
    person's roles in a visible brand grants it; each object is asked for again when touched.
    The product's own parts may do what their code does; members of the public hold nothing here.
    """
    if isinstance(actor, SystemActor):
        return actor.kind != "author"
    agency_id, brand_id = _place_of(obj)
    if isinstance(actor, ApiToken):
        return brand_id == actor.brand_id and capability in actor.capabilities
    if not isinstance(actor, User) or not actor.is_active:
        return False
    for membership in memberships_of(actor):
        if capability not in ROLE_CAPABILITIES.get(membership.role, frozenset()):
            continue
        if obj is None and brand_id is None:
            if _in_workspace(membership):
                return True
        elif _holds(membership, agency_id, brand_id):
            return True
    return False


def _in_workspace(membership: Membership) -> bool:
    scope = active_scope()
    if scope is None:
        return False
    if membership.brand_id is not None:
        return membership.brand_id in scope.brand_ids
    return membership.agency_id in scope.agency_ids or any(
        brand.pk in scope.brand_ids for brand in _brands_of(membership.agency)
    )


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
