"""Dull rows of moderation. Call inside the brand's scope."""

from typing import Any

from auditlog.context import disable_auditlog
from django.utils import timezone

from inbox.models import Message, OutboxItem
from moderation.domain.assessment import assess_text
from moderation.domain.ranking import rank_at, words_key
from moderation.models import (
    Assessment,
    Case,
    Decision,
    HidingLicence,
    PolicyRule,
    QualitySample,
    StatementOfReasons,
)
from tenants.models import Brand


@disable_auditlog()
def make_rule(message: Message, category: str = "spam") -> PolicyRule:
    found = PolicyRule.objects.filter(category=category, retired_at=None).first()
    return found or PolicyRule.objects.create(
        brand_id=message.brand_id,
        category=category,
        severity=1,
        text_de="Keine Werbung.",
        text_en="No advertising.",
        ground="terms of the page",
        decide_within_minutes=60,
        effective_at=timezone.now(),
    )


def make_case(message: Message, **fields: Any) -> Case:
    """At its rank in the queue, unless ``rank_at`` says otherwise."""
    now = timezone.now()
    values = {"revision": 1, "category": "spam", "severity": 1, "opened_at": now, "due_at": now}
    values |= {"text_key": words_key(message.text)} | fields
    rank = rank_at(
        severity=values["severity"],
        opened_at=values["opened_at"],
        due_at=values["due_at"],
        contact=message.conversation.contact,
    )
    return Case.objects.create(
        brand_id=message.brand_id, message=message, **{"rank_at": rank} | values
    )


def make_decision(message: Message, **fields: Any) -> Decision:
    return Decision.objects.create(
        brand_id=message.brand_id,
        message=message,
        **{
            "revision": 1,
            "action": "hide",
            "category": "spam",
            "rule": make_rule(message),
            "facts": "Three links.",
            "reason": "Advertising.",
            "text_snapshot": message.text,
            "automation": "AUTOMATED_DECISION_FULLY",
            "detected_automatically": True,
            "actor_ref": "spam.links@3",
            "decided_at": timezone.now(),
        }
        | fields,
    )


def make_statement(decision: Decision, **fields: Any) -> StatementOfReasons:
    now = timezone.now()
    return StatementOfReasons.objects.create(
        brand_id=decision.brand_id,
        decision=decision,
        **{
            "language": "en",
            "text": "We hid your comment.",
            "appeal_until": now,
            "delivered_by": "private_reply",
            "created_at": now,
        }
        | fields,
    )


def make_assessment(message: Message, **fields: Any) -> Assessment:
    return Assessment.objects.create(
        brand_id=message.brand_id,
        message=message,
        **{
            "revision": 1,
            "verdict": "auto_hide",
            "effect": "shadow",
            "category": "spam",
            "scores": {"spam": {"score": 0.95}},
            "model_version": "lists-1",
            "created_at": timezone.now(),
        }
        | fields,
    )


def make_sample(message: Message, **fields: Any) -> QualitySample:
    return QualitySample.objects.create(
        brand_id=message.brand_id,
        message=message,
        **{
            "revision": 1,
            "kind": "random",
            "stratum": "would_hide",
            "category": "spam",
            "score": 0.95,
            "model_version": "lists-1",
            "rule_version": 1,
            "drawn_at": timezone.now(),
        }
        | fields,
    )


def make_licence(brand: Brand, category: str = "spam", **fields: Any) -> HidingLicence:
    """One that hides everything the running version is certain of."""
    licence, _is_new = HidingLicence.objects.update_or_create(
        brand=brand,
        category=category,
        defaults={
            "state": "full",
            "model_version": assess_text("").version,
            "changed_at": timezone.now(),
        }
        | fields,
    )
    return licence


def leave(decision: Decision) -> None:
    """The network has heard of the decision and of its statement of reasons."""
    refs = [decision.outbox_ref, decision.statement.outbox_ref]
    OutboxItem.objects.filter(pk__in=[ref for ref in refs if ref]).update(state="sent", attempts=1)
