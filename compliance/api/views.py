"""The audit trail, read only."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view

from compliance.api.filters import AuditEventFilter
from compliance.api.serializers import AuditEventDetailSerializer, AuditEventSerializer
from compliance.models import AuditEvent
from compliance.permissions import VIEW_AUDIT
from tenants.api.views import BrandViewSet, DetailMixin, ListMixin


@extend_schema_view(
    list=extend_schema(
        summary="List audit events",
        description=f"Keys and codes only, no personal data. Needs `{VIEW_AUDIT}`.",
    ),
    retrieve=extend_schema(
        summary="Read an audit event",
        description=f"With its readable values. Needs `{VIEW_AUDIT}`. The reading is recorded.",
    ),
)
class AuditEventViewSet(ListMixin, DetailMixin, BrandViewSet):
    """Who did what, when and why."""

    queryset = AuditEvent.objects.select_related("leaf")
    serializer_class = AuditEventSerializer
    detail_serializer_class = AuditEventDetailSerializer
    filterset_class = AuditEventFilter
    read_kind = "compliance.event.read"
    capabilities: ClassVar[dict[str, str]] = {"list": VIEW_AUDIT, "retrieve": VIEW_AUDIT}

    def get_queryset(self) -> QuerySet[Any]:
        found = super().get_queryset()
        return found.prefetch_related("details") if self.action == "retrieve" else found
