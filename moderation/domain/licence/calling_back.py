"""A stopped licence: what has not left yet goes to people instead."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from inbox.choices import OutboxState, Visibility
from inbox.models import OutboxItem
from moderation.choices import Action, Automation, Category
from moderation.domain.cases import open_case
from moderation.domain.decisions import decide_message
from moderation.domain.policies import rule_for
from moderation.models import Case, Decision, HidingLicence, StatementOfReasons
from tenants.actors import SystemActor

CALLER_BACK: Final = SystemActor("system", "licence_watch")
_OPEN: Final = (OutboxState.QUEUED, OutboxState.HELD)
_LOOK_BACK: Final = timedelta(days=2)


def call_back(licence: HidingLicence, *, now: datetime) -> int:
    """Take back what was hidden automatically and has not left, and open a case for each.

    The author's statement of reasons does not leave either. What is hidden at the network already
    stays so: it is drawn into the next samples. How many were called back.
    """
    decisions = list(
        Decision.objects.select_for_update(of=("self",))
        .select_related("message")
        .filter(
            brand_id=licence.brand_id,
            category=licence.category,
            action=Action.HIDE,
            automation=Automation.FULLY,
            reversed_by=None,
            decided_at__gte=now - _LOOK_BACK,
            outbox_ref__in=OutboxItem.objects.filter(
                brand_id=licence.brand_id, state__in=_OPEN
            ).values("pk"),
        )
        .exclude(message__visibility=Visibility.REMOVED)
        .order_by("pk")
    )
    for decision in decisions:
        _take_back(decision, now=now)
    return len(decisions)


def _cancel(item: UUID | None) -> bool:
    """Whether it was still waiting."""
    waiting = OutboxItem.objects.filter(pk__in=[item] if item else [], state__in=_OPEN)
    return bool(waiting.update(state=OutboxState.CANCELLED))


def _take_back(decision: Decision, *, now: datetime) -> None:
    if not _cancel(decision.outbox_ref):
        return  # the sender was faster
    statement = StatementOfReasons.objects.filter(decision=decision).first()
    if statement is not None and _cancel(statement.outbox_ref):
        statement.delivered_by = "none"
        statement.why_not_delivered = "the hiding was called back before it left"
        statement.save(update_fields=["delivered_by", "why_not_delivered"])
    decide_message(
        decision.message,
        action=Action.RESTORE,
        category=Category(decision.category),
        reason=_("Automatic hiding was stopped before this had left. A person decides now."),
        facts=_("Nobody has looked at the comment."),
        actor=CALLER_BACK,
        automation=Automation.FULLY,
        detected_automatically=False,
        now=now,
        reverses=decision,
    )
    rule = rule_for(decision.category, brand_id=decision.brand_id)
    if not Case.objects.filter(message=decision.message, revision=decision.revision).exists():
        open_case(
            decision.message,
            category=decision.category,
            severity=rule.severity,
            due_at=now + timedelta(minutes=rule.decide_within_minutes),
            now=now,
        )
