"""Searches of the audit trail that a person keeps, for themselves or for the brand."""

from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.models import SavedFilter
from compliance.permissions import VIEW_AUDIT
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, User
from tenants.permissions import require

NAMES = ("actor", "kind", "object", "related", "since", "until", "cid")
MOST = 50
"""Searches one person keeps in one brand."""


def filters_of(user: User) -> QuerySet[SavedFilter]:
    """Those the person may use in the brands in scope: own ones and shared ones, by name."""
    seen = Q(owner=user) | Q(is_shared=True)
    return SavedFilter.objects.filter(seen).select_related("owner").order_by("name", "id")


@transaction.atomic
def keep_filter(
    brand: Brand, *, name: str, query: str, is_shared: bool, actor: User
) -> SavedFilter:
    """Keep a search under a name; the same name again replaces it. An event of the ledger.

    Raises: NotAllowed, InvalidInput (no name, nothing searched for, too many kept).
    """
    require(actor, VIEW_AUDIT, brand)
    wanted = name.strip()[:80]
    if not wanted:
        raise InvalidInput("name", _("Give the search a name."))
    kept = urlencode([(key, value) for key, value in parse_qsl(query) if key in NAMES])
    if not kept or len(kept) > 1500:
        raise InvalidInput("query", _("Set a filter first; without one there is nothing to keep."))
    mine = SavedFilter.objects.filter(brand=brand, owner=actor)
    if mine.count() >= MOST and not mine.filter(name=wanted).exists():
        raise InvalidInput("name", _("You keep %d searches; remove one first.") % MOST)
    found, _is_new = SavedFilter.objects.update_or_create(
        brand=brand, owner=actor, name=wanted, defaults={"query": kept, "is_shared": is_shared}
    )
    record(
        "compliance.search.kept",
        found,
        actor=actor,
        personal={"name": wanted, "query": kept},
        facts={"shared": is_shared},
    )
    return found


@transaction.atomic
def drop_filter(saved: SavedFilter, *, actor: User) -> None:
    """Remove one of one's own. Raises: NotAllowed (somebody else's)."""
    require(actor, VIEW_AUDIT, saved)
    if saved.owner_id != actor.pk:
        raise NotAllowed(_("Only who kept this search may remove it."))
    record("compliance.search.deleted", saved, actor=actor)
    saved.delete()
