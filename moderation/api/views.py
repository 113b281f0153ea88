"""Cases and decisions, read only."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view

from moderation.api.filters import CaseFilter, DecisionFilter
from moderation.api.serializers import (
    CaseSerializer,
    DecisionDetailSerializer,
    DecisionSerializer,
)
from moderation.models import Case, Decision
from tenants.api.views import BrandViewSet, DetailMixin, ListMixin

_VIEW = "moderation.case.view"


@extend_schema_view(
    list=extend_schema(summary="List cases", description=f"Needs `{_VIEW}`."),
    retrieve=extend_schema(summary="Read a case", description=f"Needs `{_VIEW}`."),
)
class CaseViewSet(ListMixin, DetailMixin, BrandViewSet):
    """The moderation queue, past and present."""

    queryset = Case.objects.select_related("message")
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    capabilities: ClassVar[dict[str, str]] = {"list": _VIEW, "retrieve": _VIEW}


@extend_schema_view(
    list=extend_schema(summary="List decisions", description=f"Needs `{_VIEW}`."),
    retrieve=extend_schema(
        summary="Read a decision",
        description="With the text as judged and the statement of reasons."
        f" Needs `{_VIEW}`. The reading is recorded.",
    ),
)
class DecisionViewSet(ListMixin, DetailMixin, BrandViewSet):
    """What was decided, by whom and why."""

    queryset = Decision.objects.all()
    serializer_class = DecisionSerializer
    detail_serializer_class = DecisionDetailSerializer
    filterset_class = DecisionFilter
    read_kind = "moderation.decision.read"
    capabilities: ClassVar[dict[str, str]] = {"list": _VIEW, "retrieve": _VIEW}

    def get_queryset(self) -> QuerySet[Any]:
        found = super().get_queryset()
        return found.select_related("rule", "statement") if self.action == "retrieve" else found
