"""Deciding about a comment: one decision, its reasons, its effect at the network, its way back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import ConversationKind, OutboxAction, OutboxState, Visibility
from inbox.domain.acts import check_act, why_final
from inbox.domain.outbox import put_action
from inbox.models import Message, OutboxItem
from moderation.choices import (
    ADVERSE,
    SANCTIONS,
    Action,
    Automation,
    CaseState,
    Category,
    NoticeState,
    ProposalState,
    Source,
)
from moderation.domain import cases, notice_answers
from moderation.domain.duties import require_duties
from moderation.domain.policies import rule_for
from moderation.domain.queue_settings import settings_of, undo_window
from moderation.domain.statements import state_reasons
from moderation.exceptions import CannotActHere, CaseTaken, LeaseLost, ReasonMissing
from moderation.models import Case, Decision, Proposal, StatementOfReasons
from tenants.actors import SystemActor
from tenants.exceptions import InvalidState
from tenants.models import User
from tenants.permissions import Actor, require


@transaction.atomic
def decide(
    case: Case, *, action: Action, reason: str, actor: User, category: Category | None = None
) -> Decision:
    """Decide one case of the queue. The person has it open: see ``cases.take``.

    Raises: NotAllowed, AlreadyDecided, CaseTaken, LeaseLost, MustEscalate, SecondPersonNeeded,
    ReasonMissing (hide without one), CannotActHere, InvalidState (a proposal waits).
    """
    require(actor, "moderation.case.decide", case)
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("message__conversation__contact", "assessment", "lease_by", "brand")
        .get(pk=case.pk)
    )
    now = timezone.now()
    cases.require_open(case)
    if cases.is_taken(case, by_other_than=actor, now=now):
        raise CaseTaken(_("%s has this case open.") % case.lease_by)
    if not cases.holds(case, person=actor, now=now):
        raise LeaseLost
    named = category or Category(case.category)
    require_duties(case, action=action, category=named, actor=actor)
    if Proposal.objects.filter(case=case, state=ProposalState.WAITING).exists():
        raise InvalidState(_("A proposal waits for this case. Confirm or refuse it first."))
    if action == Action.ESCALATE and case.escalated_at is not None:
        raise InvalidState(_("This case is escalated already."))
    return decide_message(
        case.message,
        action=action,
        category=named,
        reason=reason,
        facts=_facts_of(case),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=case.assessment_id is not None,
        now=now,
        case=case,
    )


def _facts_of(case: Case) -> str:
    if source_of(case) != Source.OWN:
        return _("Reported by a notice from outside and reviewed by a person.")
    if case.assessment:
        return _("Reported by the automatic assessment and reviewed by a person.")
    return _("Reviewed by a person.")


@transaction.atomic
def decide_message(
    message: Message,
    *,
    action: Action,
    category: Category,
    reason: str,
    facts: str,
    actor: Actor,
    automation: Automation,
    detected_automatically: bool,
    now: datetime,
    case: Case | None = None,
    reverses: Decision | None = None,
    source: Source | None = None,
) -> Decision:
    """Record a decision about a comment and bring it about.

    Hiding writes a statement of reasons with a way to appeal; what a person hides leaves after the
    brand's undo window, and the statement with it. ``automation`` and
    ``detected_automatically`` are told by the code path that decides, never guessed later;
    ``source`` is what brought the case into the queue. Who reported the comment hears of it.

    Raises: NotAllowed, ReasonMissing, CannotActHere (no public comment), InvalidState (removed),
    ActNotOffered and ActIsFinal (the network has no such act, or none a machine may do).
    """
    require(actor, "moderation.case.decide", message)
    if action in ADVERSE and not reason.strip():
        raise ReasonMissing
    message = (
        Message.objects.select_for_update(of=("self",))
        .select_related("conversation__account__brand")
        .get(pk=message.pk)
    )
    about_author = action in SANCTIONS or action == Action.LIFT
    if message.visibility == Visibility.REMOVED and not about_author:
        raise InvalidState(_("The comment was removed in the meantime."))
    if message.conversation.kind != ConversationKind.COMMENT:
        raise CannotActHere(_("Only public comments can be hidden."))
    if action == Action.HIDE:
        check_act(message, OutboxAction.HIDE, actor=actor)
    rule = rule_for(category, brand_id=message.brand_id)
    decision = Decision.objects.create(
        brand_id=message.brand_id,
        message=message,
        case=case,
        revision=message.revision,
        action=action,
        category=category,
        rule=rule,
        facts=facts,
        reason=reason.strip() or rule.text(message.conversation.account.brand.language),
        text_snapshot=message.text,
        automation=automation,
        detected_automatically=detected_automatically,
        source=source or source_of(case),
        actor_ref=actor.ref if isinstance(actor, SystemActor) else str(actor.pk),
        decided_by=actor if isinstance(actor, User) else None,
        decided_at=now,
        reverses=reverses,
    )
    leaves_at = now
    if action == Action.HIDE and isinstance(actor, User):
        leaves_at += undo_window(settings_of(message.brand_id))
    _bring_about(decision, actor=actor, now=now, leaves_at=leaves_at)
    _settle_case(decision, actor=actor)
    record(
        "moderation.decision.made",
        decision,
        actor=actor,
        reason=decision.reason,
        facts={
            "action": str(action),
            "category": str(category),
            "rule_version": rule.version,
            "revision": message.revision,
            "automation": {"FULLY": "full", "PARTIALLY": "partial"}.get(automation.name, "none"),
            "source": decision.source.lower(),
            "message": str(message.pk),
        },
    )
    if action == Action.HIDE:
        state_reasons(decision, now=now, leaves_at=leaves_at)
    if case is not None:
        notice_answers.answer_by_decision(
            case, decision, now=now, leaves_at=now + undo_window(settings_of(message.brand_id))
        )
    return decision


def source_of(case: Case | None) -> Source:
    """What put the case into the queue: a notice counts more than what we saw ourselves."""
    if case is None:
        return Source.OWN
    notices = case.notices.exclude(state__in=(NoticeState.UNFOUNDED, NoticeState.SET_ASIDE))
    flagged = set(notices.values_list("is_trusted_flagger", flat=True))
    if not flagged:
        return Source.OWN
    return Source.TRUSTED_FLAGGER if True in flagged else Source.NOTICE


def _bring_about(decision: Decision, *, actor: Actor, now: datetime, leaves_at: datetime) -> None:
    if decision.action not in {Action.HIDE, Action.RESTORE} or _never_left(decision.reverses):
        return
    hide = decision.action == Action.HIDE
    if not hide and why_final(decision.message):
        return  # what was done cannot be taken back there; the decision says that it was wrong
    item = put_action(
        decision.message,
        action=OutboxAction.HIDE if hide else OutboxAction.UNHIDE,
        actor=actor,
        idempotency_key=f"decision:{decision.pk}",
        now=now,
        not_before=leaves_at,
    )
    decision.outbox_ref = item.pk
    decision.save(update_fields=["outbox_ref"])


def _never_left(reversed_one: Decision | None) -> bool:
    """Whether the hiding that is taken back was called back before the network heard of it."""
    if reversed_one is None or reversed_one.outbox_ref is None:
        return False
    return OutboxItem.objects.filter(
        pk=reversed_one.outbox_ref, state=OutboxState.CANCELLED, attempts=0
    ).exists()


def _settle_case(decision: Decision, *, actor: Actor) -> None:
    case = decision.case
    if case is None:
        return
    if decision.action == Action.ESCALATE:
        cases.raise_to_critical(
            case,
            actor=actor if isinstance(actor, User) else None,
            now=decision.decided_at,
        )
    else:
        case.state = CaseState.DECIDED
    case.lease_by, case.lease_until = None, None
    case.save(
        update_fields=[
            "severity",
            "due_at",
            "rank_at",
            "escalated_at",
            "escalated_by",
            "state",
            "lease_by",
            "lease_until",
        ]
    )


@transaction.atomic
def hide_comment(message: Message, *, category: Category, reason: str, actor: User) -> Decision:
    """A person hides a comment straight from the inbox; an open case of it is decided with it.

    Raises: as ``decide_message``; InvalidState if it is hidden already.
    """
    if message.visibility == Visibility.HIDDEN:
        raise InvalidState(_("The comment is hidden already."))
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("lease_by", "brand")
        .filter(message=message, state=CaseState.OPEN)
        .first()
    )
    now = timezone.now()
    if case is not None and cases.is_taken(case, by_other_than=actor, now=now):
        raise CaseTaken(_("%s has this case open.") % case.lease_by)
    asked = case or Case(brand_id=message.brand_id, message=message, category=category)
    require_duties(asked, action=Action.HIDE, category=category, actor=actor)
    return decide_message(
        message,
        action=Action.HIDE,
        category=category,
        reason=reason,
        facts=_("Reviewed by a person."),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=case is not None and case.assessment_id is not None,
        now=now,
        case=case,
    )


@transaction.atomic
def restore(
    decision: Decision, *, reason: str, actor: Actor, now: datetime | None = None
) -> Decision:
    """Take a hiding back: the comment is shown again and the reversal is a decision of its own.

    A hide that has not left yet is called back without a trace at the network: neither the hide
    nor the statement of reasons leaves, and nothing is sent to undo them.
    Raises: NotAllowed, InvalidState (nothing to take back).
    """
    require(actor, "moderation.case.decide", decision)
    now = now or timezone.now()
    decision = (
        Decision.objects.select_for_update(of=("self",))
        .select_related("message")
        .get(pk=decision.pk)
    )
    if decision.action != Action.HIDE or decision.reversed_by.exists():
        raise InvalidState(_("There is nothing to take back."))
    _call_back(decision)
    return decide_message(
        decision.message,
        action=Action.RESTORE,
        category=Category(decision.category),
        reason=reason or _("The decision was taken back."),
        facts=_("Reviewed by a person."),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=False,
        now=now,
        reverses=decision,
    )


def _call_back(decision: Decision) -> None:
    """Keep the hide and its statement from leaving, where they have not. A statement that waits
    while the hide has left would speak of a comment that is shown again."""
    waiting = OutboxItem.objects.filter(state__in=[OutboxState.QUEUED, OutboxState.HELD])
    if decision.outbox_ref is not None:
        waiting.filter(pk=decision.outbox_ref).update(state=OutboxState.CANCELLED)
    statement = StatementOfReasons.objects.filter(decision=decision).first()
    if statement is None or statement.outbox_ref is None:
        return
    if waiting.filter(pk=statement.outbox_ref, attempts=0).update(state=OutboxState.CANCELLED):
        statement.delivered_by = "none"
        statement.why_not_delivered = "taken back before it was sent"
        statement.save(update_fields=["delivered_by", "why_not_delivered"])
