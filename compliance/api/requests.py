"""Data requests as programs see them: list, read, and enter one that reached another system."""

from typing import Any, ClassVar, cast

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.choices import Regime, RequestKind, RequestSource, RequestState
from compliance.domain.requests.cases import DETAILS_LIMIT, Asked
from compliance.domain.requests.intake import enter_request
from compliance.models import DataRequest
from compliance.permissions import HANDLE_REQUESTS, VIEW_REQUESTS
from tenants.api.filters import BrandFilterSet
from tenants.api.serializers import ReadSerializer
from tenants.api.views import BrandViewSet, DetailMixin, ListMixin
from tenants.choices import Language


class DataRequestSerializer(ReadSerializer[DataRequest]):
    """One case. ``due_on`` is the day that counts, the extended one once the person was told."""

    due_on = serializers.DateField(source="last_due_on")

    class Meta:
        model = DataRequest
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "number",
            "kind",
            "regime",
            "source",
            "state",
            "is_blocked",
            "received_at",
            "due_on",
            "confirm_on",
            "extended_at",
            "verified_at",
            "released_at",
            "ended_at",
        )


class DataRequestDetailSerializer(DataRequestSerializer):
    """The same with who asks, and what was found by source."""

    class Meta(DataRequestSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *DataRequestSerializer.Meta.fields,
            "name",
            "email",
            "language",
            "details",
            "contact_refs",
            "joined_count",
            "results",
        )


class NewDataRequestSerializer(serializers.Serializer[Any]):
    """What a program enters. At least one of name, e-mail and contacts says who asks."""

    kind = serializers.ChoiceField(choices=RequestKind.choices)
    regime = serializers.ChoiceField(choices=Regime.choices, default=Regime.GDPR.value)
    language = serializers.ChoiceField(choices=Language.choices, default=Language.GERMAN.value)
    name = serializers.CharField(max_length=200, default="", allow_blank=True)
    email = serializers.EmailField(default="", allow_blank=True)
    details = serializers.CharField(max_length=DETAILS_LIMIT, default="", allow_blank=True)
    for_marketing = serializers.BooleanField(default=False)
    received_at = serializers.DateTimeField(required=False, help_text=_("Now if left out."))
    contacts = serializers.ListField(
        child=serializers.UUIDField(), max_length=50, default=list, help_text=_("Their ids.")
    )


class TakenInSerializer(DataRequestSerializer):
    """``joined``: the person had asked for the same before; this is that case."""

    joined = serializers.SerializerMethodField()

    class Meta(DataRequestSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*DataRequestSerializer.Meta.fields, "joined")

    def get_joined(self, case: DataRequest) -> bool:
        return bool(getattr(case, "joined", False))


class DataRequestFilter(BrandFilterSet):
    kind = filters.ChoiceFilter(choices=RequestKind.choices)
    state = filters.ChoiceFilter(choices=RequestState.choices)
    is_open = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = DataRequest
        fields = ()


@extend_schema_view(
    list=extend_schema(
        summary="List data requests",
        description=f"States and days, nobody's name. Needs `{VIEW_REQUESTS}`.",
    ),
    retrieve=extend_schema(
        summary="Read a data request",
        description=f"With who asks. Needs `{VIEW_REQUESTS}`. The reading is recorded.",
    ),
    create=extend_schema(
        summary="Enter a data request",
        description="One that reached another system. The same person with the same open request"
        f" gets the case that is there, with `joined` true. Needs `{HANDLE_REQUESTS}`.",
        request=NewDataRequestSerializer,
        responses={201: TakenInSerializer, 200: TakenInSerializer},
    ),
)
class DataRequestViewSet(ListMixin, DetailMixin, BrandViewSet):
    """What people ask about their data."""

    queryset = DataRequest.objects.all()
    serializer_class = DataRequestSerializer
    detail_serializer_class = DataRequestDetailSerializer
    filterset_class = DataRequestFilter
    read_kind = "compliance.request.read"
    capabilities: ClassVar[dict[str, str]] = {
        "list": VIEW_REQUESTS,
        "retrieve": VIEW_REQUESTS,
        "create": HANDLE_REQUESTS,
    }

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = NewDataRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = dict(form.validated_data)
        refs = wanted.pop("contacts")
        case, joined = enter_request(
            self.brand,
            Asked(source=RequestSource.API, contact_refs=refs, **wanted),
            actor=self.actor,
        )
        cast(Any, case).joined = joined
        return Response(
            TakenInSerializer(case).data,
            status=status.HTTP_200_OK if joined else status.HTTP_201_CREATED,
            headers={"Location": reverse("api:data-request-detail", args=[case.pk])},
        )
