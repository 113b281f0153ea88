"""The inbox's stages in ``settings.INBOX_STAGES``: each reads the item and adds what it found."""

from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import (
    OPT_OUT_PURPOSES,
    confirm_once,
    grant,
    not_confirmed,
    standing,
    withdraw,
)
from inbox.choices import (
    AutomationLevel,
    ClockKind,
    ConversationKind,
    OutboxAction,
    OutboxState,
    Priority,
)
from inbox.domain import ahead
from inbox.domain import consent_words as words
from inbox.domain.automation import PEOPLE_ONLY, level_of
from inbox.domain.clocks import minutes_of, start_clock
from inbox.domain.items import Item
from inbox.domain.outbox import queue_automatic
from inbox.domain.texts import consent_reply
from inbox.domain.triage import classify
from inbox.models import AnswerTemplate, OutboxItem, Triage
from tenants.actors import PIPELINE, SystemActor
from tenants.choices import BrandState

_SHORT_ANSWER = 12
_PERSON_WORDS = {"agent", "mensch", "human", "person", "mitarbeiter"}


def consent_words(item: Item) -> None:
    """STOP, START, HELP and "send me my data" are heard before anything else may speak.

    Only in direct messages: a public comment is no channel to opt out of. Unclear words stop
    automation and leave the question to a person.
    """
    if item.conversation.kind != ConversationKind.DIRECT or not item.message.text:
        return
    item.heard = words.hear(item.message.text)
    if item.heard.kind is None and len(item.message.text) <= _SHORT_ANSWER:
        item.heard = words.hear(item.message.text, opted_out=_has_opted_out(item))
    heard = item.heard.kind
    if heard == "stop":
        _withdraw(item)
    elif heard == "start":
        if grant(**_consent(item)):
            item.conversation.automation_paused = False
            item.conversation.pause_reason = ""
            _answer(item, "start", Purpose.CONFIRMATION)
        item.stop_automation("start_word")
    elif heard == "help" and words.normalise(item.heard.matched) in _PERSON_WORDS:
        item.conversation.priority = max(item.conversation.priority, Priority.HIGH.value)
        pause(item, "person_requested")
    elif heard == "help":
        _answer(item, "help", Purpose.AUTOMATION)
        item.stop_automation("help_word")
    elif heard in {"data_request", "unclear"}:
        pause(item, f"heard_{heard}")
    if heard != "data_request" and "data_request" in item.heard.also:
        pause(item, "heard_data_request")


def _has_opted_out(item: Item) -> bool:
    """A bare "yes" means "start again" only to someone who had stopped."""
    word = standing(
        item.account.brand_id, channel=item.account.channel, address=item.handle.external_id
    ).get(Purpose.AUTOMATION)
    return word is not None and word.state == ConsentState.WITHDRAWN


def _withdraw(item: Item) -> None:
    withdraw(**_consent(item))
    item.stop_automation("opted_out")
    if confirm_once(
        item.account.brand_id,
        channel=item.account.channel,
        address=item.handle.external_id,
        at=item.now,
    ):
        answer = _answer(item, "stop", Purpose.CONFIRMATION)
        if answer.state == OutboxState.HELD:
            not_confirmed(
                item.account.brand_id,
                channel=item.account.channel,
                address=item.handle.external_id,
            )


class _Consent(TypedDict):
    brand_id: UUID
    channel: str
    address: str
    purposes: tuple[str, ...]
    source: str
    evidence: str
    actor: SystemActor
    at: datetime


def _consent(item: Item) -> _Consent:
    return {
        "brand_id": item.account.brand_id,
        "channel": item.account.channel,
        "address": item.handle.external_id,
        "purposes": OPT_OUT_PURPOSES,
        "source": "message",
        "evidence": str(item.message.pk),
        "actor": PIPELINE,
        "at": item.message.occurred_at,
    }


def _answer(item: Item, which: str, purpose: Purpose) -> OutboxItem:
    # "STOP" is the same word in both languages, so what was spoken before counts first.
    known = item.conversation.language or item.contact.language
    language = known or (item.heard.language if item.heard and which != "stop" else "")
    return queue_automatic(
        item,
        action=OutboxAction.MESSAGE,
        text=consent_reply(which, language if language in {"de", "en"} else _brand_language(item)),
        purpose=purpose,
        actor=SystemActor("rule", f"consent_words.{which}", words.version()),
        key=f"{which}:{item.message.pk}",
    )


def _brand_language(item: Item) -> str:
    return item.conversation.language or item.contact.language or item.account.brand.language


def pause(item: Item, why: str) -> None:
    """From here on a person answers, until a person says otherwise."""
    item.stop_automation(why)
    item.conversation.automation_paused = True
    item.conversation.pause_reason = why[:200]


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
        "language": _brand_language(item),
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
