"""Who is told when something is the matter with a ledger or a secret."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.db.models import Q
from django.utils import translation

from compliance.permissions import WATCH_AUDIT
from tenants.domain.post import post
from tenants.models import Agency, Membership, User


def watchers(agency: Agency, *, brand_id: UUID | None = None) -> Iterable[User]:
    """People who hold ``compliance.audit.watch`` in the brand, or in the whole agency."""
    here = Q(brand=None) | Q(brand=brand_id) if brand_id else Q(brand=None)
    found = Membership.objects.filter(here, agency=agency, user__is_active=True)
    people = {
        member.user_id: member.user
        for member in found.select_related("user", "role").order_by("pk")
        if WATCH_AUDIT in member.role.held
    }
    return people.values()


def all_watchers(agency: Agency) -> Iterable[User]:
    """The same, in whatever brand of the agency they hold it."""
    found = Membership.objects.filter(agency=agency, user__is_active=True)
    people = {
        member.user_id: member.user
        for member in found.select_related("user", "role").order_by("pk")
        if WATCH_AUDIT in member.role.held
    }
    return people.values()


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
