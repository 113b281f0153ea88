"""Cases and decisions, read only."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view

from moderation.api.filters import CaseFilter, DecisionFilter, SampleFilter
from moderation.api.serializers import (
    CaseSerializer,
    DecisionDetailSerializer,
    DecisionSerializer,
    LicenceSerializer,
    SampleSerializer,
)
from moderation.models import Case, Decision, HidingLicence, QualitySample
from moderation.permissions import VIEW_QUALITY
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


@extend_schema_view(
    list=extend_schema(summary="List licences to hide", description=f"Needs `{VIEW_QUALITY}`.")
)
class LicenceViewSet(ListMixin, BrandViewSet):
    """How far spam and scam are hidden without a person."""

    queryset = HidingLicence.objects.all()
    serializer_class = LicenceSerializer
    capabilities: ClassVar[dict[str, str]] = {"list": VIEW_QUALITY}


@extend_schema_view(
    list=extend_schema(summary="List reviewed samples", description=f"Needs `{VIEW_QUALITY}`.")
)
class SampleViewSet(ListMixin, BrandViewSet):
    """Samples whose reviews are complete: what still waits is reviewed blind."""

    queryset = QualitySample.objects.filter(reviewed_at__isnull=False)
    serializer_class = SampleSerializer
    filterset_class = SampleFilter
    capabilities: ClassVar[dict[str, str]] = {"list": VIEW_QUALITY}
