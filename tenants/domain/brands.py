"""Taking a brand on, changing its profile, opening it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tenants.choices import BrandState
from tenants.domain.profile import check_region, clean_profile
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Agency, Brand
from tenants.permissions import Actor, require
from tenants.registries import audit
from tenants.scope import new_brand_scope


@transaction.atomic
def create_brand(agency: Agency, *, slug: str, name: str, actor: Actor, **profile: Any) -> Brand:
    """A new brand of the agency, in onboarding: it sends nothing to real people until it is opened.

    ``profile``: further fields of ``tenants.domain.profile``. The rest of the transaction reaches
    the brand's rows through ``new_brand_scope``.

    Raises: NotAllowed, InvalidInput (also for a slug that another brand of the agency has).
    """
    require(actor, "tenants.brand.create", agency)
    fields = clean_profile({"slug": slug, "name": name, **profile})
    try:
        with transaction.atomic():
            brand = Brand.objects.create(agency=agency, **fields)
    except IntegrityError as error:
        raise InvalidInput(
            "slug", _("Your agency has a brand “%s” already.") % fields["slug"]
        ) from error
    with new_brand_scope(brand.pk):
        audit("tenants.brand.created", brand, actor=actor, after=fields)
    return brand


@transaction.atomic
def change_brand(brand: Brand, *, actor: Actor, **profile: Any) -> Brand:
    """Change fields of the profile, all but the slug. Nothing changed: nothing recorded.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, "tenants.brand.manage", brand)
    wanted = clean_profile(profile)
    brand = Brand.objects.select_for_update(no_key=True).select_related("agency").get(pk=brand.pk)
    if wanted.get("slug", brand.slug) != brand.slug:
        raise InvalidInput("slug", _("The address of a brand never changes."))
    country = wanted.get("holiday_country")
    if country is not None and brand.holiday_region.partition("-")[0] != country:
        wanted.setdefault("holiday_region", "")
    check_region({"holiday_country": brand.holiday_country} | wanted)
    before = {field: getattr(brand, field) for field in wanted}
    changed = [field for field, value in wanted.items() if value != before[field]]
    if not changed:
        return brand
    for field in changed:
        setattr(brand, field, wanted[field])
    brand.save(update_fields=changed)
    audit(
        "tenants.brand.changed",
        brand,
        actor=actor,
        before={field: before[field] for field in changed},
        after={field: wanted[field] for field in changed},
    )
    return brand


@transaction.atomic
def open_brand(brand: Brand, *, actor: Actor) -> Brand:
    """From onboarding to live: from now on answers reach real people.

    Whether everything is there is asked by ``engage.onboarding``; this only changes the state.

    Raises: NotAllowed, InvalidState (not in onboarding).
    """
    require(actor, "tenants.brand.manage", brand)
    brand = Brand.objects.select_for_update(no_key=True).select_related("agency").get(pk=brand.pk)
    if brand.state != BrandState.ONBOARDING:
        raise InvalidState
    brand.state = BrandState.LIVE
    brand.save(update_fields=["state"])
    audit("tenants.brand.opened", brand, actor=actor)
    return brand
