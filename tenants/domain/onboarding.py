"""What people confirm on the way of a brand from its first line to live."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tenants.choices import OnboardingStep
from tenants.models import Brand, OnboardingMark, User
from tenants.permissions import Actor, require
from tenants.registries import audit


@transaction.atomic
def mark(
    brand: Brand,
    step: OnboardingStep,
    *,
    actor: Actor,
    detail: Mapping[str, Any] | None = None,
    is_confirmed: bool = True,
) -> OnboardingMark:
    """Note that a step was confirmed, and what it must remember. Nothing changed: nothing recorded.

    ``detail`` None leaves what is remembered. Raises: NotAllowed.
    """
    require(actor, "tenants.brand.manage", brand)
    found, is_new = OnboardingMark.objects.get_or_create(brand=brand, step=step)
    remembered = found.detail if detail is None else dict(detail)
    if not is_new and (found.detail, found.confirmed_at is not None) == (remembered, is_confirmed):
        return found
    found.detail = remembered
    found.confirmed_at = timezone.now() if is_confirmed else None
    found.confirmed_by = actor if isinstance(actor, User) and is_confirmed else None
    found.save()
    kind = "confirmed" if is_confirmed else "reopened"
    audit(f"tenants.onboarding.{kind}", brand, actor=actor, facts={"step": step.value})
    return found


def marks_of(brand_id: UUID) -> dict[str, OnboardingMark]:
    """The marks of a brand, by step."""
    rows = OnboardingMark.objects.filter(brand_id=brand_id).select_related("confirmed_by")
    return {row.step: row for row in rows}
