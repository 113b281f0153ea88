"""Two people for the gravest acts: one proposes, a second one confirms, nobody their own."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.models import Message
from moderation.choices import Action, Automation, CaseState, Category, ProposalState
from moderation.domain import cases
from moderation.domain.decisions import decide, decide_message, hide_comment
from moderation.domain.duties import MUST_ESCALATE, needs_second, require_duties
from moderation.domain.policies import rule_for
from moderation.domain.queue_settings import settings_of
from moderation.exceptions import CaseTaken, OwnProposal, ReasonMissing
from moderation.models import Case, Decision, Proposal
from tenants.exceptions import InvalidState
from tenants.models import User
from tenants.permissions import require


@transaction.atomic
def act(
    case: Case, *, action: Action, reason: str, actor: User, category: Category | None = None
) -> Decision | Proposal:
    """Decide a case, or propose it where one person may not decide alone.

    The case is leased on the way, so a key pressed before the lease came back counts as well.
    Raises: as ``cases.take``, ``decisions.decide`` and ``propose``.
    """
    case = cases.take(case, actor=actor)
    named = category or Category(case.category)
    if needs_second(action, named, chosen=settings_of(case.brand_id).second_person_for):
        return propose(case, action=action, reason=reason, actor=actor, category=named)
    return decide(case, action=action, reason=reason, actor=actor, category=named)


@transaction.atomic
def hide_from_inbox(
    message: Message, *, category: Category, reason: str, actor: User
) -> Decision | Proposal:
    """Hide a comment straight from its conversation, as far as one person may.

    What always escalates goes to the queue, escalated; what two people decide, as a proposal.
    Raises: as ``decisions.hide_comment`` and ``act``.
    """
    chosen = settings_of(message.brand_id).second_person_for
    if category not in MUST_ESCALATE and not needs_second(Action.HIDE, category, chosen=chosen):
        return hide_comment(message, category=category, reason=reason, actor=actor)
    require(actor, "moderation.case.decide", message)
    case, now = Case.objects.filter(message=message, state=CaseState.OPEN).first(), timezone.now()
    if case is None:
        rule = rule_for(category, brand_id=message.brand_id)
        case = cases.open_case(
            message,
            category=category,
            severity=rule.severity,
            due_at=now + timedelta(minutes=rule.decide_within_minutes),
            now=now,
        )
    action = Action.HIDE
    if case.escalated_at is None and category in MUST_ESCALATE:
        action = Action.ESCALATE
    return act(case, action=action, reason=reason, actor=actor, category=category)


@transaction.atomic
def propose(
    case: Case, *, action: Action, reason: str, actor: User, category: Category
) -> Proposal:
    """Ask a second person to confirm; the case stays open and is free for them.

    Raises: NotAllowed, AlreadyDecided, CaseTaken, MustEscalate, ReasonMissing, InvalidState (one
    waits already).
    """
    require(actor, "moderation.case.decide", case)
    case, now = _locked(case), timezone.now()
    _require_free(case, actor=actor, now=now)
    require_duties(case, action=action, category=category, actor=actor, is_seconded=True)
    if not reason.strip():
        raise ReasonMissing
    if waiting_for(case) is not None:
        raise InvalidState(_("A proposal waits for this case already. Confirm or refuse it."))
    proposal = Proposal.objects.create(
        brand_id=case.brand_id,
        case=case,
        action=action,
        category=category,
        reason=reason.strip(),
        proposed_by=actor,
        proposed_at=now,
    )
    cases.release(case, actor=actor)
    record(
        "moderation.proposal.made",
        proposal,
        actor=actor,
        facts={"action": str(action), "category": str(category), "case": str(case.pk)},
        personal={"reason": proposal.reason},
    )
    return proposal


@transaction.atomic
def confirm(proposal: Proposal, *, actor: User) -> Decision:
    """Carry out what somebody else proposed. The decision is the second person's.

    Raises: NotAllowed, OwnProposal, InvalidState (answered), AlreadyDecided, CaseTaken.
    """
    proposal, case, now = _open(proposal, actor=actor)
    if proposal.proposed_by_id == actor.pk:
        raise OwnProposal
    require_duties(
        case,
        action=proposal.action,
        category=proposal.category,
        actor=actor,
        is_seconded=True,
    )
    decision = decide_message(
        case.message,
        action=Action(proposal.action),
        category=Category(proposal.category),
        reason=proposal.reason,
        facts=_("Proposed by one person and confirmed by a second one."),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=case.assessment_id is not None,
        now=now,
        case=case,
    )
    proposal.decision = decision
    _answer(proposal, ProposalState.CONFIRMED, actor=actor, now=now)
    return decision


@transaction.atomic
def refuse(proposal: Proposal, *, actor: User) -> Proposal:
    """Say no to somebody's proposal, or take back one's own. The case waits for a decision again.

    Raises: NotAllowed, InvalidState, AlreadyDecided, CaseTaken.
    """
    proposal, _case, now = _open(proposal, actor=actor)
    is_own = proposal.proposed_by_id == actor.pk
    state = ProposalState.WITHDRAWN if is_own else ProposalState.REFUSED
    return _answer(proposal, state, actor=actor, now=now)


def waiting_for(case: Case) -> Proposal | None:
    """The proposal that waits for a second person."""
    return case.proposals.filter(state=ProposalState.WAITING).first()


def proposed_before(decision: Decision, person: User) -> bool:
    """Whether the person proposed what the decision did: they took part in it too."""
    return Proposal.objects.filter(decision=decision, proposed_by=person).exists()


def _open(proposal: Proposal, *, actor: User) -> tuple[Proposal, Case, datetime]:
    require(actor, "moderation.case.decide", proposal.case)
    now = timezone.now()
    case = _locked(proposal.case)
    proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if proposal.state != ProposalState.WAITING:
        raise InvalidState(_("This proposal has been answered already."))
    _require_free(case, actor=actor, now=now)
    return proposal, case, now


def _answer(proposal: Proposal, state: ProposalState, *, actor: User, now: datetime) -> Proposal:
    proposal.state, proposal.answered_by, proposal.answered_at = state, actor, now
    proposal.save(update_fields=["state", "answered_by", "answered_at", "decision"])
    record(
        f"moderation.proposal.{state.value}",
        proposal,
        actor=actor,
        facts={"action": proposal.action, "case": str(proposal.case_id)},
    )
    return proposal


def _locked(case: Case) -> Case:
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("message__conversation__contact", "lease_by", "brand")
        .get(pk=case.pk)
    )


def _require_free(case: Case, *, actor: User, now: datetime) -> None:
    cases.require_open(case)
    if cases.is_taken(case, by_other_than=actor, now=now):
        raise CaseTaken(_("%s has this case open.") % case.lease_by)
