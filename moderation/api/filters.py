"""What cases and decisions can be narrowed by."""

from django_filters import rest_framework as filters

from moderation.choices import (
    Action,
    Automation,
    CaseState,
    Category,
    SampleKind,
    SampleOutcome,
    Stratum,
)
from moderation.models import Case, Decision, QualitySample
from tenants.api.filters import ArrivedSinceFilter, BrandFilterSet


class CaseFilter(BrandFilterSet):
    state = filters.ChoiceFilter(choices=CaseState.choices)
    category = filters.ChoiceFilter(choices=Category.choices)
    message = filters.UUIDFilter(field_name="message_id")
    since = ArrivedSinceFilter(
        help_text="Opened at or after this instant (ISO 8601; UTC if no zone is given)."
    )

    class Meta:
        model = Case
        fields = ()


class DecisionFilter(BrandFilterSet):
    action = filters.ChoiceFilter(choices=Action.choices)
    category = filters.ChoiceFilter(choices=Category.choices)
    automation = filters.ChoiceFilter(choices=Automation.choices)
    message = filters.UUIDFilter(field_name="message_id")
    case = filters.UUIDFilter(field_name="case_id")
    since = ArrivedSinceFilter(
        help_text="Decided at or after this instant (ISO 8601; UTC if no zone is given)."
    )

    class Meta:
        model = Decision
        fields = ()


class SampleFilter(BrandFilterSet):
    kind = filters.ChoiceFilter(choices=SampleKind.choices)
    stratum = filters.ChoiceFilter(choices=Stratum.choices)
    category = filters.ChoiceFilter(choices=Category.choices)
    outcome = filters.ChoiceFilter(choices=SampleOutcome.choices)
    since = ArrivedSinceFilter(
        help_text="Drawn at or after this instant (ISO 8601; UTC if no zone is given)."
    )

    class Meta:
        model = QualitySample
        fields = ()
