"""Who is told when something is the matter with a ledger or a secret."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import translation

from compliance.permissions import WATCH_AUDIT
from tenants.domain.post import post
from tenants.models import Agency, Membership, User


def watchers(agency: Agency, *, brand_id: UUID | None = None) -> Iterable[User]:
    """People who watch over the audit trail of the brand, or of the agency as a whole."""
    return holders(WATCH_AUDIT, agency, brand_id=brand_id)


def holders(capability: str, agency: Agency, *, brand_id: UUID | None = None) -> Iterable[User]:
    """People whose role in the brand or in the whole agency holds the capability."""
    here = Q(brand=None) | Q(brand=brand_id) if brand_id else Q(brand=None)
    return _people(Membership.objects.filter(here, agency=agency), capability)


def all_watchers(agency: Agency) -> Iterable[User]:
    """Those who watch over any of the agency's audit trails."""
    return _people(Membership.objects.filter(agency=agency), WATCH_AUDIT)


def _people(found: QuerySet[Membership], capability: str) -> Iterable[User]:
    rows = found.filter(user__is_active=True).select_related("user", "role").order_by("pk")
    return {row.user_id: row.user for row in rows if capability in row.role.held}.values()


def tell(people: Iterable[User], *, agency: Agency, words: Callable[[], tuple[str, str]]) -> int:
    """One mail each in their own language; ``words`` gives subject and text. Says how many."""
    count = 0
    for person in people:
        with translation.override(person.language):
            subject, text = words()
            post(
                to=person.email,
                language=person.language,
                subject=subject,
                text=text,
                agency=agency,
            )
        count += 1
    return count
