"""The agency itself: making it, its roles, its own ledger."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenants.choices import BrandKind, BrandState, RoleKey
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Agency, Brand, Role, User
from tenants.models.directory import slug_is_plain
from tenants.permissions import Actor
from tenants.registries import audit
from tenants.scope import active_scope, brand_scope, own_scope

OWN_SLUG = "_agency"  # no address can name it: addresses hold no underscore


@transaction.atomic
def create_agency(*, slug: str, name: str, actor: Actor) -> Agency:
    """A new agency with its built-in roles and its ledger.

    Platform staff and the product's own parts only. Raises: NotAllowed, InvalidInput.
    """
    if isinstance(actor, User) and not (actor.is_active and actor.is_platform_staff):
        raise NotAllowed
    if not name.strip():
        raise InvalidInput("name", _("An agency needs a name."))
    try:
        slug_is_plain(slug)
    except ValidationError as error:
        raise InvalidInput("slug", error.messages[0]) from error
    if Agency.objects.filter(slug=slug).exists():
        raise InvalidInput("slug", _("There is an agency “%s” already.") % slug)
    agency = Agency.objects.create(slug=slug, name=name.strip())
    install_roles(agency)
    audit_agency("tenants.agency.created", agency, agency=agency, actor=actor)
    return agency


def install_roles(agency: Agency) -> None:
    """The eight built-in roles, each once. Idempotent."""
    Role.objects.bulk_create(
        [Role(agency=agency, key=key, is_builtin=True) for key in RoleKey.values],
        ignore_conflicts=True,
    )


def role_of(agency: Agency, key: str) -> Role:
    """The agency's role. Raises: InvalidInput for a key it does not have."""
    role = Role.objects.filter(agency=agency, key=key).first()
    if role is None:
        raise InvalidInput("role", _("There is no role “%s”.") % key[:50])
    return role


def own_brand(agency: Agency) -> Brand:
    """The row that owns what concerns the agency as a whole. Made on first use."""
    cached: Brand | None = agency.__dict__.get("_own_brand")
    if cached is None:
        cached, _new = Brand.including_agencies.get_or_create(
            agency=agency,
            kind=BrandKind.AGENCY,
            defaults={"slug": OWN_SLUG, "name": agency.name, "state": BrandState.LIVE},
        )
        agency.__dict__["_own_brand"] = cached
    return cached


def audit_agency(kind: str, obj: Any, *, agency: Agency, actor: Any, **details: Any) -> None:
    """Tell the agency's own ledger, from within any scope or none. Details as in ``audit``."""
    brand = own_brand(agency)
    with own_scope(brand.pk):
        audit(kind, obj, actor=actor, brand_id=brand.pk, **details)


def audit_at(place: Agency | Brand, kind: str, obj: Any, *, actor: Any, **details: Any) -> None:
    """Tell the ledger of a brand, or the agency's own. A brand must be in scope if one is active.

    Raises: WrongBrand.
    """
    if isinstance(place, Agency):
        audit_agency(kind, obj, agency=place, actor=actor, **details)
    elif active_scope() is not None:
        audit(kind, obj, actor=actor, brand_id=place.pk, **details)
    else:
        with brand_scope(place.pk):
            audit(kind, obj, actor=actor, brand_id=place.pk, **details)
