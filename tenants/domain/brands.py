"""Changing what a brand is called and how it is spoken to."""

from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from tenants.choices import Language
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require
from tenants.registries import audit


@transaction.atomic
def change_brand(brand: Brand, *, name: str, language: str, time_zone: str, actor: Actor) -> Brand:
    """Rename a brand, change its language or its time zone. Nothing changed: nothing recorded.

    Raises: NotAllowed, InvalidInput (empty name, unknown language or time zone).
    """
    require(actor, "tenants.brand.manage", brand)
    brand = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    wanted: dict[str, Any] = {"name": name.strip(), "language": language, "time_zone": time_zone}
    if not wanted["name"]:
        raise InvalidInput("name", _("A brand needs a name."))
    if language not in Language.values:
        raise InvalidInput("language", _("Choose German or English."))
    if time_zone not in available_timezones():
        raise InvalidInput("time_zone", _("There is no time zone “%s”.") % time_zone[:50])
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
