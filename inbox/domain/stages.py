"""The inbox's stages in ``settings.INBOX_STAGES``: each reads the item and adds what it found."""

from datetime import timedelta

from compliance.choices import Purpose
from inbox.choices import (
    AutomationLevel,
    ClockKind,
    ConversationKind,
    OutboxAction,
    Priority,
)
from inbox.domain import ahead
from inbox.domain.automation import PEOPLE_ONLY, level_of
from inbox.domain.clocks import minutes_of, start_clock
from inbox.domain.consent_stage import brand_language, pause
from inbox.domain.consent_stage import consent_words as consent_words
from inbox.domain.items import Item
from inbox.domain.outbox import queue_automatic
from inbox.domain.triage import classify
from inbox.models import AnswerTemplate, Triage
from tenants.actors import SystemActor
from tenants.choices import BrandState


def triage(item: Item) -> None:
    """Language, intents, sentiment, urgency: with evidence, confidence and version."""
    found = classify(item.message.text, locale_hint=item.conversation.language)
    item.triage = found
    row = Triage(
        brand_id=item.message.brand_id,
        message=item.message,
        revision=item.message.revision,
        language=found.language,
        intents=[
            {
                "name": intent.name,
                "confidence": round(intent.confidence, 3),
                "evidence": [
                    {"start": span.start, "end": span.end, "term": span.term}
                    for span in intent.evidence[:20]
                ],
            }
            for intent in found.intents
        ],
        sentiment=found.sentiment.score,
        urgency=found.urgency,
        order_numbers=list(found.order_numbers)[:20],
        model_version=found.version,
        created_at=item.now,
    )
    ahead.add(row)
    if found.language != "und":
        item.conversation.language = found.language
        if item.contact.language != found.language:
            item.contact.language = found.language
            item.contact_changes.add("language")
    item.conversation.intent = item.intent
    if found.urgency >= 3 or item.intent == "safety":
        item.conversation.priority = Priority.URGENT
        pause(item, "safety")
    elif found.urgency == 2 or item.contact.is_vip or found.sentiment.score <= -0.5:
        item.conversation.priority = max(item.conversation.priority, Priority.HIGH.value)


def sla(item: Item) -> None:
    """Start or tighten the clock of the conversation, from the network's own time."""
    if item.intent == "spam" or item.verdict == "auto_hide":
        return
    kind, at = clock_kind(item), item.message.occurred_at
    due_at = item.conversation.due_at
    if due_at is None or at + timedelta(minutes=minutes_of(item.account.brand_id)[kind]) < due_at:
        may_run = not item.is_first_contact
        start_clock(item.conversation, kind=kind, at=at, now=item.now, may_run=may_run)


def clock_kind(item: Item) -> ClockKind:
    """The service class of a message; the most urgent that applies."""
    if item.conversation.priority == Priority.URGENT:
        return ClockKind.SAFETY
    if item.contact.is_vip or item.intent == "collaboration":
        return ClockKind.VIP
    if item.intent in {"lead", "purchase"}:
        return ClockKind.LEAD
    if item.intent in {"refund", "complaint", "support", "order_status", "data_request"}:
        return ClockKind.SUPPORT
    if item.conversation.kind == ConversationKind.DIRECT:
        return ClockKind.DIRECT
    return ClockKind.COMMENT


def route(item: Item) -> None:
    """Let automation answer or draft where it may; everything else waits for a person."""
    if item.intent in PEOPLE_ONLY:
        item.stop_automation("intent_wants_person")
    if item.verdict not in {"", "pass"}:
        item.stop_automation("under_moderation")
    if item.conversation.automation_paused:
        item.stop_automation("paused")
    if item.account.brand.state == BrandState.FROZEN:
        item.stop_automation("brand_frozen")
    late = item.now - item.message.occurred_at > timedelta(hours=24)
    if late or not item.may_automate or item.triage is None:
        return
    best = item.triage.intent
    wanted = {
        "intent": best.name,
        "conversation_kind": item.conversation.kind,
        "language": brand_language(item),
    }
    template = ahead.once(
        ("template", *wanted.values()),
        AnswerTemplate.objects.filter(**wanted, is_active=True).order_by("id").first,
    )
    if template is None or best.confidence * 100 < template.min_confidence_pct:
        return
    level = level_of(best.name, brand_id=item.account.brand_id)
    if level == AutomationLevel.NEVER:
        item.stop_automation("intent_wants_person")
        return
    direct = item.conversation.kind == ConversationKind.DIRECT
    queue_automatic(
        item,
        action=OutboxAction.MESSAGE if direct else OutboxAction.COMMENT_REPLY,
        text=template.text,
        purpose=Purpose.AUTOMATION,
        needs_approval=not template.sends_itself or level == AutomationLevel.DRAFT,
        actor=SystemActor("rule", f"template.{template.shortcut}"[:60], "1"),
        key=f"auto:{item.message.pk}:{item.message.revision}",
    )
