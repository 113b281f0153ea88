"""Lists show what the person may see, also where the workspace is wider than their rights."""

from typing import Any

from django.db.models import Q, QuerySet

from tenants.permissions import reach_of
from tenants.scope import active_brand_ids


def within(queryset: QuerySet[Any], actor: Any, *capabilities: str, via: str = "") -> QuerySet[Any]:
    """The rows of ``queryset`` for which ``actor`` holds one of ``capabilities``.

    ``via`` is the path from the row to its channel account's id: with it, grants on single
    accounts count. Whoever holds a capability in all brands in scope gets the queryset as it was.
    """
    held = Q(pk__in=())
    for capability in capabilities:
        reach = reach_of(actor, capability)
        if reach.brand_ids == active_brand_ids():
            return queryset
        held |= Q(brand_id__in=reach.brand_ids)
        if via and reach.object_ids:
            held |= Q(**{f"{via}__in": reach.object_ids})
    return queryset.filter(held)
