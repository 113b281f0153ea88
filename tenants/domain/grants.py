"""Capabilities on one object, beside what a person's roles give. Kept by django-guardian.

A grant only adds. Nobody can give what they do not hold on that object themselves.
"""

from typing import Any, cast

from django.apps import AppConfig
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm

from tenants.domain.directory import belongs_to
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import ObjectGrant, User
from tenants.permissions import Actor, can, capabilities, forget_rights, require
from tenants.registries import audit, object_grants


def install_permissions(config: AppConfig) -> None:
    """One Django permission per capability for each kind of object in this app. Idempotent."""
    for table in object_grants:
        model = table._meta.get_field("content_object").remote_field.model
        if model._meta.app_label != config.label:
            continue
        kind = ContentType.objects.get_for_model(model)
        Permission.objects.bulk_create(
            [
                Permission(content_type=kind, codename=str(name), name=str(name))
                for name, _capability in capabilities.items()
            ],
            ignore_conflicts=True,
        )


def _table_for(obj: Any) -> type[ObjectGrant]:
    key = obj._meta.label_lower
    if key not in object_grants:
        raise InvalidInput("object", _("Rights can be given on brands and channel accounts only."))
    table: type[ObjectGrant] = object_grants[key]
    return table


def _permission(capability: str, obj: Any) -> Permission:
    if capability not in capabilities:
        raise InvalidInput("capability", _("There is no capability “%s”.") % capability[:80])
    kind = ContentType.objects.get_for_model(obj)
    permission, _new = Permission.objects.get_or_create(
        content_type=kind, codename=capability, defaults={"name": capability}
    )
    return permission


@transaction.atomic
def grant(user: User, capability: str, obj: Any, *, actor: Actor, reason: str) -> ObjectGrant:
    """Let ``user`` do one thing on one brand or channel account. Idempotent.

    Raises: NotAllowed (no right to manage members there), InvalidInput (unknown capability, one
    the actor does not hold there, a person of another agency, no reason).
    """
    table = _table_for(obj)
    require(actor, "tenants.member.manage", _brand_of(obj))
    permission = _permission(capability, obj)
    if not can(actor, capability, obj):
        raise InvalidInput("capability", _("You do not hold “%s” yourself.") % capability)
    if not reason.strip():
        raise InvalidInput("reason", _("Say why."))
    brand = _brand_of(obj)
    if not belongs_to(user, brand.agency):
        raise InvalidInput("user", _("This person does not belong to the agency."))
    existing: ObjectGrant | None = table.objects.filter(
        user=user, permission=permission, content_object=obj
    ).first()
    if existing is not None:
        return existing
    made = cast(ObjectGrant, assign_perm(permission, user, obj))
    if not user.holds_grants:
        User.objects.filter(pk=user.pk).update(holds_grants=True)
        user.holds_grants = True
    forget_rights(user)
    audit(
        "tenants.grant.given",
        made,
        actor=actor,
        reason=reason,
        facts={"capability": capability, "object": obj._meta.label_lower},
        personal={"person": user.email, "object": str(obj)},
    )
    return made


@transaction.atomic
def revoke(made: ObjectGrant, *, actor: Actor, reason: str) -> None:
    """Take a grant back; it ends with the person's next request.

    Raises: NotAllowed, InvalidInput (no reason).
    """
    brand = made.brand
    require(actor, "tenants.member.manage", brand)
    if not reason.strip():
        raise InvalidInput("reason", _("Say why."))
    audit(
        "tenants.grant.revoked",
        made,
        actor=actor,
        reason=reason,
        facts={"capability": made.permission.codename},
        personal={"person": made.user.email, "object": str(made.content_object)},
    )
    user = made.user
    made.delete()
    note_grants(user)


def note_grants(user: User) -> None:
    """Keep ``holds_grants`` true to the tables."""
    holds = any(table.objects.filter(user=user).exists() for table in object_grants)
    if holds != user.holds_grants:
        User.objects.filter(pk=user.pk).update(holds_grants=holds)
        user.holds_grants = holds
    forget_rights(user)


def grants_in(brand_id: Any, user: User | None = None) -> list[ObjectGrant]:
    """The grants in one brand, of one person or of all, one query per kind of object."""
    found: list[ObjectGrant] = []
    for table in object_grants:
        rows = table.objects.filter(brand_id=brand_id).select_related(
            "user", "permission", "content_object"
        )
        found += rows if user is None else rows.filter(user=user)
    return found


def end_grants(user: User, brand_ids: Any, *, actor: Actor, reason: str) -> int:
    """Take back all of a person's grants in these brands, each with its event; says how many."""
    if not user.holds_grants:
        return 0
    ended = 0
    for table in object_grants:
        for made in table.objects.filter(user=user, brand_id__in=brand_ids).select_related(
            "brand", "user", "permission", "content_object"
        ):
            revoke(made, actor=actor, reason=reason)
            ended += 1
    return ended


def _brand_of(obj: Any) -> Any:
    from_object = getattr(obj, "brand", None)
    if from_object is not None:
        return from_object
    if obj._meta.label_lower == "tenants.brand":
        return obj
    raise NotAllowed
