"""Moderation's stage in ``settings.INBOX_STAGES``."""

from datetime import timedelta

from django.utils.translation import gettext as _

from inbox.choices import ConversationKind, ConversationState
from inbox.domain import ahead
from inbox.domain.items import Item
from inbox.models import Message
from moderation.choices import Action, Automation, CaseState, Category, Effect, Severity
from moderation.domain.assessment import Assessment as Found
from moderation.domain.assessment import assess_text, model_scores, text_key
from moderation.domain.assessment.brand_lists import sure_language
from moderation.domain.cases import open_case
from moderation.domain.decisions import decide_message
from moderation.domain.licence.ruling import rule_on
from moderation.domain.lists_in_use import lists_in_use
from moderation.domain.policies import preset_of, rule_for, urgency_of
from moderation.domain.surroundings import background_of
from moderation.models import Assessment, Case
from tenants.actors import SystemActor


def assess(item: Item) -> None:
    """Every public comment is assessed before any automation may answer it.

    Certain spam is hidden by itself as far as the brand's licence goes, with a decision and its
    reasons; what a person must see gets a case in this very transaction; the rest passes.
    """
    if item.conversation.kind != ConversationKind.COMMENT:
        return
    message = item.message
    if message.revision > 1:
        Case.objects.filter(message=message, state=CaseState.OPEN).update(state=CaseState.MOOT)
    key = text_key(message.text, brand_id=message.brand_id)
    language = item.triage.language if item.triage else ""
    found = assess_text(
        message.text,
        known=background_of(item, key=key),
        lists=lists_in_use(message.brand_id),
        language=sure_language(language, item.triage.language_confidence if item.triage else 0.0),
        model=model_scores(message.text, language, brand_id=message.brand_id),
    )
    effect = rule_on(item, found, found.category)
    is_certain = found.verdict == "auto_hide" and effect != Effect.HIDDEN
    item.verdict = "queue" if is_certain else found.verdict
    row = Assessment(
        brand_id=message.brand_id,
        message=message,
        revision=message.revision,
        verdict=found.verdict,
        effect=effect or "",
        category=found.category if found.verdict != "pass" else "",
        scores=_scores(found),
        reasons=list(found.reasons),
        model_version=found.version,
        versions=found.versions,
        text_key=key,
        created_at=item.now,
    )
    ahead.add(row)
    if found.verdict == "pass":
        return
    item.facts["category"] = found.category
    item.stop_automation("under_moderation")
    rule = ahead.once(
        ("rule", found.category), lambda: rule_for(found.category, brand_id=message.brand_id)
    )
    if effect == Effect.HIDDEN:
        item.conversation.state = ConversationState.CLOSED
        item.store()  # the verb reads the conversation again
        decide_message(
            message,
            action=Action.HIDE,
            category=Category(found.category),
            reason=rule.text(item.conversation.language or item.account.brand.language),
            facts=_facts(found, found.category),
            actor=SystemActor("rule", f"assess.{found.category}", found.version),
            automation=Automation.FULLY,
            detected_automatically=True,
            now=item.now,
        )
        return
    severity, minutes = urgency_of(preset_of(rule), own=rule.category, category=found.category)
    if found.verdict == "queue_first":
        severity = max(severity, Severity.HIGH)
    open_case(
        message,
        assessment=row,
        category=found.category,
        severity=severity,
        now=item.now,
        due_at=message.occurred_at + timedelta(minutes=minutes),
    )


def drop_cases(message: Message) -> None:
    """In ``settings.INBOX_ON_REMOVAL``: what is gone needs no decision any more."""
    Case.objects.filter(message=message, state=CaseState.OPEN).update(
        state=CaseState.MOOT, lease_by=None, lease_until=None
    )


def _scores(found: Found) -> dict[str, object]:
    return {
        score.category: {
            "score": round(score.score, 3),
            "signals": list(score.signals),
            "circumstances": list(score.circumstances),
            "evidence": [
                {"start": e.start, "end": e.end, "term": e.term, "signal": e.signal}
                | ({"source": e.source} if e.source else {})
                for e in score.evidence[:20]
            ],
        }
        for score in found.scores
        if score.score > 0
    }


def _facts(found: Found, category: str) -> str:
    score = next(s for s in found.scores if s.category == category)
    sources = dict.fromkeys(e.source for e in score.evidence if e.source)
    return _("Detected automatically. Signals: %s.") % ", ".join((*score.signals, *sources))
