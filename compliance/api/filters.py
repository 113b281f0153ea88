"""What the ledger can be narrowed by: action, person, object, time, correlation."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from compliance.choices import ActorKind
from compliance.models import AuditEvent
from tenants.api.filters import BrandFilterSet, MomentFilter

_SEALED = (("true", "true"), ("false", "false"))


class AuditEventFilter(BrandFilterSet):
    kind = filters.CharFilter(max_length=80, help_text="For example inbox.reply.queued.")
    actor_kind = filters.ChoiceFilter(choices=ActorKind.choices)
    actor = filters.CharFilter(field_name="actor_ref", max_length=120)
    object_type = filters.CharFilter(max_length=80, help_text="For example inbox.message.")
    object = filters.CharFilter(field_name="object_ref", max_length=80)
    correlation_id = filters.CharFilter(max_length=64)
    since = MomentFilter(
        field_name="at",
        lookup_expr="gte",
        help_text="At or after this instant (ISO 8601; UTC if no zone is given).",
    )
    until = MomentFilter(
        field_name="at",
        lookup_expr="lt",
        help_text="Before this instant (ISO 8601; UTC if no zone is given).",
    )
    is_sealed = filters.ChoiceFilter(choices=_SEALED, method="filter_sealed")

    class Meta:
        model = AuditEvent
        fields = ()

    def filter_sealed(self, events: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return events.filter(leaf__isnull=value == "false")
