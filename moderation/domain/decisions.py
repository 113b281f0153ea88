"""Deciding about a comment: one decision, its reasons, its effect at the network, its way back."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import ConversationKind, OutboxAction, OutboxState, Visibility
from inbox.domain.acts import check_act, why_final
from inbox.domain.outbox import put_action
from inbox.models import Message, OutboxItem
from moderation.choices import Action, Automation, CaseState, Category, Severity
from moderation.domain.policies import rule_for
from moderation.domain.statements import state_reasons
from moderation.exceptions import AlreadyDecided, CannotActHere, ReasonMissing
from moderation.models import Case, Decision
from tenants.actors import SystemActor
from tenants.exceptions import InvalidState
from tenants.models import User
from tenants.permissions import Actor, require

LEASE = timedelta(seconds=90)


@transaction.atomic
def decide(
    case: Case, *, action: Action, reason: str, actor: User, category: Category | None = None
) -> Decision:
    """Decide one case of the queue.

    Raises: NotAllowed, AlreadyDecided, ReasonMissing (hide without one), CannotActHere.
    """
    require(actor, "moderation.case.decide", case)
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("message", "assessment")
        .get(pk=case.pk)
    )
    if case.state != CaseState.OPEN:
        last = case.decisions.order_by("-decided_at").select_related("decided_by").first()
        raise AlreadyDecided(
            _("%(who)s decided this already: %(what)s.")
            % {"who": last.decided_by or last.actor_ref, "what": last.get_action_display()}
            if last
            else _("This case is closed: the comment is gone or was edited.")
        )
    return decide_message(
        case.message,
        action=action,
        category=category or Category(case.category),
        reason=reason,
        facts=_("Reported by the automatic assessment and reviewed by a person.")
        if case.assessment
        else _("Reviewed by a person."),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=case.assessment_id is not None,
        now=timezone.now(),
        case=case,
    )


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
) -> Decision:
    """Record a decision about a comment and bring it about.

    Hiding writes a statement of reasons with a way to appeal. ``automation`` and
    ``detected_automatically`` are told by the code path that decides, never guessed later.

    Raises: NotAllowed, ReasonMissing, CannotActHere (no public comment), InvalidState (removed),
    ActNotOffered and ActIsFinal (the network has no such act, or none a machine may do).
    """
    require(actor, "moderation.case.decide", message)
    if action == Action.HIDE and not reason.strip():
        raise ReasonMissing
    message = (
        Message.objects.select_for_update(of=("self",))
        .select_related("conversation__account__brand")
        .get(pk=message.pk)
    )
    if message.visibility == Visibility.REMOVED:
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
        actor_ref=actor.ref if isinstance(actor, SystemActor) else str(actor.pk),
        decided_by=actor if isinstance(actor, User) else None,
        decided_at=now,
        reverses=reverses,
    )
    _bring_about(decision, actor=actor, now=now)
    _settle_case(case, action, now=now)
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
            "message": str(message.pk),
        },
    )
    if action == Action.HIDE:
        state_reasons(decision, now=now)
    return decision


def _bring_about(decision: Decision, *, actor: Actor, now: datetime) -> None:
    if decision.action not in {Action.HIDE, Action.RESTORE}:
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
    )
    decision.outbox_ref = item.pk
    decision.save(update_fields=["outbox_ref"])


def _settle_case(case: Case | None, action: Action, *, now: datetime) -> None:
    if case is None:
        return
    if action == Action.ESCALATE:
        case.severity = Severity.CRITICAL
        case.due_at = min(case.due_at, now + timedelta(minutes=60))
    else:
        case.state = CaseState.DECIDED
    case.lease_by, case.lease_until = None, None
    case.save(update_fields=["severity", "due_at", "state", "lease_by", "lease_until"])


@transaction.atomic
def hide_comment(message: Message, *, category: Category, reason: str, actor: User) -> Decision:
    """A person hides a comment straight from the inbox; an open case of it is decided with it.

    Raises: as ``decide_message``; InvalidState if it is hidden already.
    """
    if message.visibility == Visibility.HIDDEN:
        raise InvalidState(_("The comment is hidden already."))
    case = Case.objects.select_for_update().filter(message=message, state=CaseState.OPEN).first()
    return decide_message(
        message,
        action=Action.HIDE,
        category=category,
        reason=reason,
        facts=_("Reviewed by a person."),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=case is not None and case.assessment_id is not None,
        now=timezone.now(),
        case=case,
    )


@transaction.atomic
def restore(
    decision: Decision, *, reason: str, actor: Actor, now: datetime | None = None
) -> Decision:
    """Take a hiding back: the comment is shown again and the reversal is a decision of its own.

    A hide that has not left yet is called back without a trace at the network.
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
    if decision.outbox_ref is not None:
        OutboxItem.objects.filter(
            pk=decision.outbox_ref, state__in=[OutboxState.QUEUED, OutboxState.HELD]
        ).update(state=OutboxState.CANCELLED)
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


@transaction.atomic
def take(case: Case, *, actor: User) -> Case:
    """Lease a case for 90 seconds so that two people never decide one item.

    Raises: NotAllowed, AlreadyDecided (a colleague has it open).
    """
    require(actor, "moderation.case.decide", case)
    case = Case.objects.select_for_update(of=("self",)).select_related("lease_by").get(pk=case.pk)
    now = timezone.now()
    if case.lease_by_id not in {None, actor.pk} and case.lease_until and case.lease_until > now:
        raise AlreadyDecided(_("%s has this case open.") % case.lease_by)
    case.lease_by, case.lease_until = actor, now + LEASE
    case.save(update_fields=["lease_by", "lease_until"])
    return case
