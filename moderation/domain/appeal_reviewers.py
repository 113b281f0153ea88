"""Who may answer an appeal: a person of the brand, else of the agency, who took no part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from compliance.choices import ActorKind
from compliance.domain.audit import record
from compliance.models import AuditEvent
from moderation.choices import OPEN_APPEALS, AppealState, ReviewLevel
from moderation.domain.appeal_states import Act, after
from moderation.exceptions import NotTheirs, TookPart
from moderation.models import Appeal, Case, Decision, Proposal
from tenants.actors import SystemActor
from tenants.models import Membership, User
from tenants.permissions import can, require

ASSIGNER = SystemActor("system", "appeals")
MAY_DECIDE = "moderation.appeal.decide"
_LOOKS = (".read", ".listed", ".searched", ".exported")


def parties_of(decision: Decision) -> set[UUID]:
    """Keys of everyone who had a hand in it: who decided about this comment, who escalated,
    confirmed or did anything else with its case, and who put the rule's version in force.

    Looking at something is no part in it.
    """
    decided = Decision.objects.filter(message_id=decision.message_id)
    found = set(decided.exclude(decided_by=None).values_list("decided_by", flat=True))
    cases = list(Case.objects.filter(message_id=decision.message_id).values_list("pk", flat=True))
    if decision.rule.made_by_id is not None:
        found.add(decision.rule.made_by_id)
    proposals = Proposal.objects.filter(case__in=cases)
    found |= set(proposals.exclude(proposed_by=None).values_list("proposed_by", flat=True))
    about = Q(
        object_type="moderation.decision",
        object_ref__in=[str(pk) for pk in decided.values_list("pk", flat=True)],
    )
    about |= Q(object_type="moderation.case", object_ref__in=[str(pk) for pk in cases])
    about |= Q(
        object_type="moderation.proposal",
        object_ref__in=[str(pk) for pk in proposals.values_list("pk", flat=True)],
    )
    about |= Q(object_type="moderation.policyrule", object_ref=str(decision.rule_id))
    acts = (
        AuditEvent.objects.filter(about, brand_id=decision.brand_id, actor_kind=ActorKind.USER)
        .order_by()
        .values_list("actor_ref", "kind")
        .distinct()
    )
    return found | {UUID(ref) for ref, kind in acts if not kind.endswith(_LOOKS)}


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Who may answer, and at which level. Nobody at all: the agency has to find somebody."""

    level: ReviewLevel
    people: Sequence[User]


def reviewers_for(appeal: Appeal, *, parties: Iterable[UUID] | None = None) -> Reviewers:
    """Those of the brand; without any, those of the agency. The least busy first."""
    out = set(parties_of(appeal.decision) if parties is None else parties)
    members = Membership.objects.filter(
        Q(brand=None) | Q(brand=appeal.brand_id),
        agency=appeal.brand.agency_id,
        user__is_active=True,
    ).select_related("user", "role")
    able = [m for m in members if MAY_DECIDE in m.role.held and m.user_id not in out]
    own = {m.user_id: m.user for m in able if m.brand_id is not None}
    level = ReviewLevel.BRAND if own else ReviewLevel.AGENCY
    people = own or {m.user_id: m.user for m in able}
    busy = dict(
        Appeal.objects.filter(brand_id=appeal.brand_id, state__in=OPEN_APPEALS, reviewer__in=people)
        .values_list("reviewer")
        .annotate(Count("pk"))
        .order_by()
    )
    return Reviewers(level, sorted(people.values(), key=lambda u: (busy.get(u.pk, 0), str(u.pk))))


def took_part(appeal: Appeal, user: User) -> bool:
    return user.pk in parties_of(appeal.decision)


def give_to_somebody(appeal: Appeal) -> Appeal:
    """Choose a reviewer; in the caller's transaction, with the row locked. The record says if
    nobody of the brand could be chosen.

    An appeal that nobody may answer stays acknowledged, and the warnings go to the agency.
    """
    parties = parties_of(appeal.decision)
    found = reviewers_for(appeal, parties=parties)
    appeal.excluded = sorted(parties)
    if found.level == ReviewLevel.AGENCY:
        appeal.level = ReviewLevel.AGENCY
        appeal.save(update_fields=["excluded", "level"])
        record(
            "moderation.appeal.escalated",
            appeal,
            actor=ASSIGNER,
            reason="nobody_else_in_the_brand",
            facts={"candidates": len(found.people), "excluded": len(parties)},
        )
    if not found.people:
        appeal.save(update_fields=["excluded"])
        return appeal
    return _set_reviewer(appeal, found.people[0], actor=ASSIGNER)


@transaction.atomic
def assign_appeal(appeal: Appeal, *, to: User, actor: User) -> Appeal:
    """A person gives the appeal to somebody, or takes it.

    Raises: NotAllowed, TookPart (themselves), NotTheirs (somebody else), InvalidState.
    """
    require(actor, MAY_DECIDE, appeal)
    appeal = locked(appeal)
    appeal.excluded = sorted(parties_of(appeal.decision))
    if to.pk in appeal.excluded:
        raise TookPart if to == actor else NotTheirs
    if not can(to, MAY_DECIDE, appeal):
        raise NotTheirs
    return _set_reviewer(appeal, to, actor=actor)


@transaction.atomic
def hand_back(appeal: Appeal, *, actor: User | SystemActor, reason: str = "") -> Appeal:
    """The appeal waits for somebody else; what was written stays. Raises: NotAllowed, InvalidState.

    ``reason``: a code for the record.
    """
    require(actor, MAY_DECIDE, appeal)
    appeal = locked(appeal)
    appeal.state = after(
        AppealState(appeal.state), Act.HAND_BACK, by_person=isinstance(actor, User)
    )
    appeal.reviewer, appeal.assigned_at = None, None
    appeal.save(update_fields=["state", "reviewer", "assigned_at"])
    record("moderation.appeal.handed_back", appeal, actor=actor, reason=reason)
    return appeal


def _set_reviewer(appeal: Appeal, to: User, *, actor: User | SystemActor) -> Appeal:
    appeal.state = after(AppealState(appeal.state), Act.ASSIGN, by_person=isinstance(actor, User))
    appeal.reviewer, appeal.assigned_at = to, timezone.now()
    appeal.save(update_fields=["state", "reviewer", "assigned_at", "excluded"])
    record(
        "moderation.appeal.assigned",
        appeal,
        actor=actor,
        facts={"to": str(to.pk), "level": appeal.level},
    )
    return appeal


def locked(appeal: Appeal) -> Appeal:
    return (
        Appeal.objects.select_for_update(of=("self",))
        .select_related(
            "decision__message__conversation__account__brand",
            "decision__message__conversation__contact",
            "decision__rule",
            "decision__statement",
            "brand__agency",
        )
        .get(pk=appeal.pk)
    )
