"""Appeals: taken from anyone with the link, answered by someone who took no part."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.rates import HOUR_S, count_try
from compliance.exceptions import TooManyRequests
from moderation.choices import AppealState, Inadmissible, Outcome
from moderation.domain import appeal_notices
from moderation.domain.appeal_clock import due_at
from moderation.domain.appeal_reversal import take_back
from moderation.domain.appeal_reviewers import (
    MAY_DECIDE,
    give_to_somebody,
    locked,
    parties_of,
)
from moderation.domain.appeal_reviewers import took_part as took_part
from moderation.domain.appeal_states import Act, after
from moderation.exceptions import (
    AppealClosed,
    AppealMissing,
    AppealThere,
    OnlyByPersons,
    ReasonMissing,
    TookPart,
)
from moderation.models import Appeal, Decision
from tenants.actors import PUBLIC_AUTHOR
from tenants.exceptions import InvalidInput
from tenants.models import User
from tenants.permissions import require

TEXT_LIMIT = 5_000
PER_ADDRESS_HOUR, PER_DECISION_HOUR, PER_BRAND_HOUR = 20, 10, 500


def check_rate(decision: Decision, *, address: str) -> None:
    """Count one more try by this network address, about this decision, at this brand.

    Raises: TooManyRequests.
    """
    limits = (
        (f"address:{address}", PER_ADDRESS_HOUR, HOUR_S),
        (f"decision:{decision.pk}", PER_DECISION_HOUR, HOUR_S),
        ("all", PER_BRAND_HOUR, HOUR_S),
    )
    if not count_try(f"appeals:{decision.brand_id}", limits):
        raise TooManyRequests


@transaction.atomic
def file_appeal(decision: Decision, *, text: str, language: str) -> Appeal:
    """The author appeals through the signed link: confirmed at once and given to a reviewer.

    The same words again give the same appeal back: a link that is sent twice does nothing.

    Raises: AppealMissing (no text), AppealThere (there is one with other words), AppealClosed (the
    window is over, or it was taken back).
    """
    text = text.replace("\x00", "").strip()[:TEXT_LIMIT]
    if not text:
        raise AppealMissing
    existing = Appeal.objects.filter(decision=decision).first()
    if existing is not None:
        return _same(existing, text)
    now = timezone.now()
    if now > decision.statement.appeal_until:
        raise AppealClosed(_("The time to appeal is over."))
    if decision.reversed_by.exists():
        raise AppealClosed(_("This decision was taken back already; the comment is visible."))
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                brand_id=decision.brand_id,
                decision=decision,
                text=text,
                language=language,
                received_at=now,
                due_at=due_at(now, decision.brand),
            )
    except IntegrityError:
        return _same(Appeal.objects.get(decision=decision), text)
    record(
        "moderation.appeal.received",
        appeal,
        actor=PUBLIC_AUTHOR,
        facts={"decision": str(decision.pk), "due_on": appeal.due_at.date().isoformat()},
        personal={"text": text},
    )
    return give_to_somebody(_acknowledge(locked(appeal), now=now))


def _same(existing: Appeal, text: str) -> Appeal:
    if existing.text != text:
        raise AppealThere
    return existing


def _acknowledge(appeal: Appeal, *, now: datetime) -> Appeal:
    appeal.state = after(AppealState(appeal.state), Act.ACKNOWLEDGE, by_person=False)
    appeal.acknowledged_at = now
    appeal.told_by = appeal_notices.tell_receipt(appeal, now=now)
    appeal.save(update_fields=["state", "acknowledged_at", "told_by"])
    record(
        "moderation.appeal.acknowledged",
        appeal,
        actor=appeal_notices.NOTIFIER,
        facts={"told_by": appeal.told_by},
    )
    return appeal


@transaction.atomic
def withdraw_appeal(appeal: Appeal) -> Appeal:
    """The author changed their mind; the decision stands. Raises: InvalidState (it is over)."""
    appeal = locked(appeal)
    appeal.state = after(AppealState(appeal.state), Act.WITHDRAW, by_person=False)
    appeal.save(update_fields=["state"])
    record("moderation.appeal.withdrawn", appeal, actor=PUBLIC_AUTHOR)
    return appeal


@transaction.atomic
def begin_review(appeal: Appeal, *, actor: User) -> Appeal:
    """The reviewer starts; an appeal that nobody has, or another one, becomes theirs.

    Raises: NotAllowed, TookPart, OnlyByPersons, InvalidState.
    """
    require(actor, MAY_DECIDE, appeal)
    return _in_review(locked(appeal), actor=actor)


@transaction.atomic
def decide_appeal(
    appeal: Appeal,
    *,
    outcome: Outcome,
    answer: str,
    actor: User,
    shortened_to: datetime | None = None,
) -> Appeal:
    """Uphold, overturn or make milder, with an answer the author will read. People only.

    Overturned: the comment is shown again at the network, a sanction is lifted. Partly: the comment
    is shown again but the breach of the rule stands on record; a sanction ends ``shortened_to``.
    Raises: NotAllowed, OnlyByPersons, TookPart, ReasonMissing, InvalidState (answered already),
    InvalidInput (``shortened_to``).
    """
    appeal = _to_be_ended(appeal, answer=answer, actor=actor)
    now = timezone.now()
    appeal.state = after(AppealState(appeal.state), Act.DECIDE, by_person=True)
    appeal.outcome = outcome
    appeal.answer, appeal.decided_by, appeal.decided_at = answer.strip(), actor, now
    if outcome != Outcome.UPHELD:
        appeal.reversal = take_back(appeal, actor=actor, now=now, shortened_to=shortened_to)
    appeal.save()
    record(
        "moderation.appeal.decided",
        appeal,
        actor=actor,
        facts={
            "outcome": str(outcome),
            "decision": str(appeal.decision_id),
            "level": appeal.level,
            "in_time": now <= appeal.due_at,
        },
        personal={"answer": appeal.answer},
    )
    appeal_notices.tell_answer(appeal, now=now)
    return appeal


@transaction.atomic
def refuse_appeal(appeal: Appeal, *, ground: str, answer: str, actor: User) -> Appeal:
    """Declare an appeal inadmissible. Only a person can, with reasons the author reads.

    Raises: as ``decide_appeal``; InvalidInput (no such ground).
    """
    if ground not in Inadmissible.values:
        raise InvalidInput("ground", _("Say why the appeal is not admitted."))
    appeal = _to_be_ended(appeal, answer=answer, actor=actor)
    now = timezone.now()
    appeal.state = after(AppealState(appeal.state), Act.REFUSE, by_person=True)
    appeal.inadmissible = ground
    appeal.answer, appeal.decided_by, appeal.decided_at = answer.strip(), actor, now
    appeal.save()
    record(
        "moderation.appeal.refused",
        appeal,
        actor=actor,
        reason=ground,
        facts={"decision": str(appeal.decision_id)},
        personal={"answer": appeal.answer},
    )
    appeal_notices.tell_answer(appeal, now=now)
    return appeal


def _to_be_ended(appeal: Appeal, *, answer: str, actor: User) -> Appeal:
    require(actor, MAY_DECIDE, appeal)
    appeal = locked(appeal)
    appeal = _in_review(appeal, actor=actor)
    if not answer.strip():
        raise ReasonMissing
    return appeal


def _in_review(appeal: Appeal, *, actor: User) -> Appeal:
    """Under review by this person, by way of the states in between."""
    if not isinstance(actor, User):
        raise OnlyByPersons
    appeal.excluded = sorted(parties_of(appeal.decision))
    state = AppealState(appeal.state)
    if state == AppealState.RECEIVED:
        state = after(state, Act.ACKNOWLEDGE, by_person=True)
        appeal.acknowledged_at, appeal.told_by = timezone.now(), "status_page"
    is_new = appeal.reviewer_id != actor.pk
    if is_new or state == AppealState.ACKNOWLEDGED:
        state = after(state, Act.ASSIGN, by_person=True)
    if state != AppealState.UNDER_REVIEW:
        state = after(state, Act.BEGIN, by_person=True)
    if actor.pk in appeal.excluded:
        raise TookPart
    before = str(appeal.reviewer_id or "")
    appeal.state, appeal.reviewer = state, actor
    appeal.assigned_at = timezone.now() if is_new else appeal.assigned_at
    appeal.save()
    if is_new:
        facts = {"to": str(actor.pk), "level": appeal.level}
        if before:
            facts["taken_from"] = before
        record("moderation.appeal.assigned", appeal, actor=actor, facts=facts)
    return appeal
