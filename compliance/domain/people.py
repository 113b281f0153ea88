"""Names of the people behind the ledger's references."""

from collections.abc import Iterable
from uuid import UUID

from tenants.models import User


def names_of(refs: Iterable[str]) -> dict[str, str]:
    """Names of people who acted, also of those who have left. One query, none for nobody."""
    ids = []
    for ref in refs:
        try:
            ids.append(UUID(ref))
        except ValueError:
            continue
    if not ids:
        return {}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids)}
