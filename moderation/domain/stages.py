"""Moderation's stage in ``settings.INBOX_STAGES``."""

from datetime import timedelta

from django.utils.translation import gettext as _

from inbox.choices import ConversationKind, ConversationState, Direction
from inbox.domain import ahead
from inbox.domain.acts import may_machine_hide
from inbox.domain.items import Item
from inbox.models import Conversation, Message
from moderation.choices import Action, Automation, CaseState, Category, Severity
from moderation.domain.assessment import Assessment as Found
from moderation.domain.assessment import assess_text
from moderation.domain.decisions import decide_message
from moderation.domain.policies import rule_for
from moderation.models import Assessment, Case
from tenants.actors import SystemActor


def assess(item: Item) -> None:
    """Every public comment is assessed before any automation may answer it.

    Certain spam is hidden by itself, with a decision and its reasons; what a person must see gets
    a case in this very transaction; the rest passes.
    """
    if item.conversation.kind != ConversationKind.COMMENT:
        return
    message = item.message
    if message.revision > 1:
        Case.objects.filter(message=message, state=CaseState.OPEN).update(state=CaseState.MOOT)
    found = assess_text(
        message.text,
        author_is_known=not item.is_first_contact and _is_known(item),
        has_order_number=bool(item.triage and item.triage.order_numbers),
        recent_same_text=0 if item.is_first_contact else _same_text_elsewhere(item),
    )
    item.verdict = found.verdict
    top = max(found.scores, key=lambda score: score.score)
    row = Assessment(
        brand_id=message.brand_id,
        message=message,
        revision=message.revision,
        verdict=found.verdict,
        category=top.category if found.verdict != "pass" else "",
        scores=_scores(found),
        reasons=list(found.reasons),
        model_version=found.version,
        created_at=item.now,
    )
    ahead.add(row)
    if found.verdict == "pass":
        return
    item.facts["category"] = top.category
    item.stop_automation("under_moderation")
    rule = ahead.once(
        ("rule", top.category), lambda: rule_for(top.category, brand_id=message.brand_id)
    )
    if found.verdict == "auto_hide" and rule.auto_hide and may_machine_hide(message):
        item.conversation.state = ConversationState.CLOSED
        item.store()  # the verb reads the conversation again
        decide_message(
            message,
            action=Action.HIDE,
            category=Category(top.category),
            reason=rule.text(item.conversation.language or item.account.brand.language),
            facts=_facts(found, top.category),
            actor=SystemActor("rule", f"assess.{top.category}", found.version),
            automation=Automation.FULLY,
            detected_automatically=True,
            now=item.now,
        )
        return
    severity = Severity(rule.severity)
    if found.verdict == "queue_first":
        severity = max(severity, Severity.HIGH)
    Case.objects.create(
        brand_id=message.brand_id,
        message=message,
        revision=message.revision,
        assessment=row,
        category=top.category,
        severity=severity,
        opened_at=item.now,
        due_at=message.occurred_at + timedelta(minutes=rule.decide_within_minutes),
    )


def drop_cases(message: Message) -> None:
    """In ``settings.INBOX_ON_REMOVAL``: what is gone needs no decision any more."""
    Case.objects.filter(message=message, state=CaseState.OPEN).update(
        state=CaseState.MOOT, lease_by=None, lease_until=None
    )


def _is_known(item: Item) -> bool:
    """A customer we have talked to in private, or a VIP."""
    return (
        item.contact.is_vip
        or Conversation.objects.filter(contact=item.contact, kind=ConversationKind.DIRECT).exists()
    )


def _same_text_elsewhere(item: Item) -> int:
    """How often the same author said the same words in the last day, at most 5."""
    if not item.message.text:
        return 0
    return (
        Message.objects.filter(
            conversation__contact_id=item.contact.pk,
            direction=Direction.INBOUND,
            text=item.message.text,
            occurred_at__gt=item.message.occurred_at - timedelta(days=1),
        )
        .exclude(pk=item.message.pk)[:5]
        .count()
    )


def _scores(found: Found) -> dict[str, object]:
    return {
        score.category: {
            "score": round(score.score, 3),
            "signals": list(score.signals),
            "circumstances": list(score.circumstances),
            "evidence": [
                {"start": e.start, "end": e.end, "term": e.term, "signal": e.signal}
                for e in score.evidence[:20]
            ],
        }
        for score in found.scores
        if score.score > 0
    }


def _facts(found: Found, category: str) -> str:
    signals = next(s.signals for s in found.scores if s.category == category)
    return _("Detected automatically. Signals: %s.") % ", ".join(signals)
