"""How a person wants the screens: language, colours, keys, veils. No event for the ledger."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from tenants.choices import Blur, Language, SingleKeys, Theme
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import User

_ALLOWED: dict[str, type[TextChoices]] = {
    "language": Language,
    "theme": Theme,
    "single_keys": SingleKeys,
    "blur": Blur,
}
_RECENT = 8


def change_preferences(user: User, *, actor: User, wanted: Mapping[str, Any]) -> User:
    """Set those of ``language``, ``theme``, ``single_keys``, ``blur`` that ``wanted`` names.

    Raises: InvalidInput (naming the field; nothing is changed), NotAllowed for somebody else's.
    """
    if user.pk != actor.pk:
        raise NotAllowed
    changes = {name: wanted[name] for name in _ALLOWED if name in wanted}
    for name, value in changes.items():
        if value not in _ALLOWED[name].values:
            raise InvalidInput(name, _("Choose one of the values that are offered."))
        setattr(user, name, value)
    if changes:
        User.objects.filter(pk=user.pk).update(**changes)
    return user


def remember_brand(user: User, brand_id: UUID) -> None:
    """Put the brand first among those used recently; writes only when another one was first."""
    if user.recent_brands[:1] == [brand_id]:
        return
    rest = [one for one in user.recent_brands if one != brand_id]
    user.recent_brands = [brand_id, *rest][:_RECENT]
    User.objects.filter(pk=user.pk).update(recent_brands=user.recent_brands)
