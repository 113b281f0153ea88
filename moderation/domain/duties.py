"""What an act of the queue needs beyond the right to decide: escalation first, or a second person.

Legal claims always escalate: nobody leaves them visible or hides them before somebody who may
settle them has looked, and that is not the one who escalated. Banning, deleting, and hiding by the
rules a brand has named need two people: ``moderation.domain.proposals``.
"""

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext as _

from moderation.choices import Action, Category
from moderation.domain.queue_settings import settings_of
from moderation.exceptions import MustEscalate, SecondPersonNeeded
from moderation.models import Case
from tenants.models import Brand, Membership, User
from tenants.permissions import can

MUST_ESCALATE = frozenset({Category.LEGAL_CLAIM})
ALWAYS_TWO = frozenset({"ban", "delete"})
"""Acts that no brand may leave to one person, by the value of their action."""
SETTLE = "moderation.case.settle"


def require_duties(
    case: Case, *, action: str, category: str, actor: User, is_seconded: bool = False
) -> None:
    """Raises: MustEscalate, SecondPersonNeeded."""
    if why := locked_because(case, action=action, category=category, actor=actor):
        raise MustEscalate(why)
    if not is_seconded and needs_second(
        action, category, chosen=settings_of(case.brand_id).second_person_for
    ):
        raise SecondPersonNeeded


def needs_second(action: str, category: str, *, chosen: Collection[str]) -> bool:
    """``chosen``: the categories whose hiding the brand has given to two people."""
    return action in ALWAYS_TWO or (action == Action.HIDE and category in chosen)


def locked_because(case: Case, *, action: str, category: str, actor: User) -> str:
    """Why this person may only escalate this case; empty where they may decide."""
    if action == Action.ESCALATE or not {case.category, category} & MUST_ESCALATE:
        return ""
    if case.escalated_at is None:
        return _("Legal claims always escalate: the legal contact looks at them first.")
    if not can(actor, SETTLE, case):
        return _("This legal claim is escalated. Somebody who may settle it decides.")
    if case.escalated_by_id == actor.pk and _others_may_settle(case.brand, besides=actor):
        return _("You escalated this legal claim. A second person has to settle it.")
    return ""


def _others_may_settle(brand: Brand, *, besides: User) -> bool:
    people = (
        Membership.objects.filter(
            Q(brand=brand) | Q(brand=None, agency_id=brand.agency_id), user__is_active=True
        )
        .exclude(user=besides)
        .select_related("role")
    )
    return any({SETTLE, "moderation.case.decide"} <= one.role.held for one in people)
