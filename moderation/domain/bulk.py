"""Several cases at once: previewed, then one decision each, with an event each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from moderation.choices import Action, CaseState
from moderation.domain import cases
from moderation.domain.duties import locked_because
from moderation.domain.policies import rule_for
from moderation.domain.proposals import act
from moderation.exceptions import MustEscalate
from moderation.models import Case, Decision, Proposal
from tenants.domain.reach import within
from tenants.exceptions import DomainError
from tenants.models import User

MOST = 100
SAME_TEXT_WITHIN = timedelta(days=1)
"""What "the same text today" means."""


@dataclass(slots=True)
class Done:
    """What became of several cases; ``left``: those nothing was done to, and why."""

    decisions: list[Decision] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    left: list[tuple[Case, str]] = field(default_factory=list)


def chosen(keys: Iterable[UUID], *, actor: User) -> list[Case]:
    """The cases of these keys that the person may decide, open or not, in the queue's order."""
    wanted = list(dict.fromkeys(keys))[:MOST]
    return list(_mine(actor).filter(pk__in=wanted).order_by("rank_at", "id"))


def same_text(case: Case, *, actor: User) -> list[Case]:
    """Open cases of the brand with the same words, this one among them."""
    if not case.text_key:
        return [case]
    return list(
        _mine(actor)
        .filter(brand_id=case.brand_id, text_key=case.text_key, state=CaseState.OPEN)
        .order_by("rank_at", "id")[:MOST]
    )


def _mine(actor: User) -> QuerySet[Case]:
    return within(
        Case.objects.select_related(
            "message__conversation__contact",
            "message__conversation__account",
            "lease_by",
            "brand",
        ),
        actor,
        "moderation.case.decide",
        via="message__account_id",
    )


def obstacles(found: Sequence[Case], *, action: Action, actor: User) -> dict[UUID, str]:
    """Why some of these would be left, by key; for the preview."""
    now, why = timezone.now(), {}
    for case in found:
        try:
            _require_possible(case, action=action, actor=actor)
        except DomainError as error:
            why[case.pk] = str(error)
            continue
        if cases.is_taken(case, by_other_than=actor, now=now):
            why[case.pk] = str(case.lease_by)
    return why


def _require_possible(case: Case, *, action: Action, actor: User) -> None:
    cases.require_open(case)
    if locked := locked_because(case, action=action, category=case.category, actor=actor):
        raise MustEscalate(locked)


def decide_several(found: Sequence[Case], *, action: Action, reason: str, actor: User) -> Done:
    """Decide each by itself; one that cannot be decided is left, and the others go on.

    ``reason`` empty: each case's own rule speaks to its author.
    """
    done = Done()
    for case in found[:MOST]:
        try:
            with transaction.atomic():
                words = reason.strip() or _rule_of(case)
                result = act(case, action=action, reason=words, actor=actor)
        except DomainError as error:
            done.left.append((case, str(error)))
            continue
        if isinstance(result, Decision):
            done.decisions.append(result)
        else:
            done.proposals.append(result)
    return done


def _rule_of(case: Case) -> str:
    rule = rule_for(case.category, brand_id=case.brand_id)
    return rule.text(case.brand.language)
