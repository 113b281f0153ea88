"""Moderation as programs see it."""

from typing import ClassVar

from rest_framework import serializers

from moderation.models import (
    Case,
    Decision,
    HidingLicence,
    PolicyRule,
    QualitySample,
    StatementOfReasons,
)
from tenants.api.serializers import ReadSerializer


class CaseSerializer(ReadSerializer[Case]):
    """One item of the moderation queue; the text stands in the message it names."""

    conversation = serializers.UUIDField(source="message.conversation_id")

    class Meta:
        model = Case
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "message",
            "conversation",
            "revision",
            "category",
            "severity",
            "state",
            "opened_at",
            "due_at",
            "lease_by",
            "lease_until",
        )


class RuleSerializer(ReadSerializer[PolicyRule]):
    """The rule, in the version that was applied."""

    class Meta:
        model = PolicyRule
        fields: ClassVar[tuple[str, ...]] = ("id", "category", "version", "ground")


class StatementSerializer(ReadSerializer[StatementOfReasons]):
    """What the author was told, word for word."""

    class Meta:
        model = StatementOfReasons
        fields: ClassVar[tuple[str, ...]] = (
            "language",
            "text",
            "appeal_until",
            "delivered_by",
            "why_not_delivered",
            "created_at",
        )


class DecisionSerializer(ReadSerializer[Decision]):
    """What was decided about one revision of a message, by whom and why."""

    class Meta:
        model = Decision
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "message",
            "case",
            "revision",
            "action",
            "category",
            "automation",
            "detected_automatically",
            "actor_ref",
            "decided_by",
            "decided_at",
            "reverses",
        )


class DecisionDetailSerializer(DecisionSerializer):
    """The same with rule, facts, reason, the text as judged and the statement of reasons.

    ``statement`` is null where no restriction was put on the author.
    """

    rule = RuleSerializer()
    statement = StatementSerializer(allow_null=True, default=None)

    class Meta(DecisionSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *DecisionSerializer.Meta.fields,
            "rule",
            "facts",
            "reason",
            "text_snapshot",
            "statement",
        )


class LicenceSerializer(ReadSerializer[HidingLicence]):
    """How far one category is hidden automatically. A category that is not listed is in shadow."""

    class Meta:
        model = HidingLicence
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "category",
            "state",
            "threshold",
            "model_version",
            "evidence_since",
            "changed_at",
        )


class SampleSerializer(ReadSerializer[QualitySample]):
    """One reviewed sample and what the reviews amount to; nobody who reviewed is named."""

    class Meta:
        model = QualitySample
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "message",
            "revision",
            "kind",
            "stratum",
            "category",
            "score",
            "model_version",
            "rule_version",
            "drawn_at",
            "reviewed_at",
            "outcome",
        )
