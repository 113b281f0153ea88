"""Consents and opt-outs as programs see and enter them."""

from typing import Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.choices import ConsentSource, ConsentState, Purpose
from compliance.domain.consent import CONSENT_PURPOSES
from compliance.domain.consent_address import address_hash
from compliance.domain.consent_proof import history_of, rows_of
from compliance.domain.consent_staff import WORDS, CustomerCase, Entered, enter_consent
from compliance.models import Consent, ConsentEntry
from compliance.permissions import MANAGE_CONSENT, VIEW_CONSENT
from tenants.api.filters import BrandFilterSet, MomentFilter
from tenants.api.serializers import ReadSerializer
from tenants.api.views import BrandViewSet, DetailMixin, ListMixin

_SOURCES = [
    (value, label)
    for value, label in ConsentSource.choices
    if value not in {ConsentSource.MESSAGE, ConsentSource.IMPORT}
]


class ConsentFilter(BrandFilterSet):
    channel = filters.CharFilter(max_length=20)
    purpose = filters.ChoiceFilter(choices=Purpose.choices)
    state = filters.ChoiceFilter(choices=ConsentState.choices)
    address_hash = filters.CharFilter(max_length=64)
    since = MomentFilter(field_name="since", lookup_expr="gte")

    class Meta:
        model = Consent
        fields = ()


class ConsentSerializer(ReadSerializer[Consent]):
    """What stands for one address, channel and purpose. The address is a keyed hash."""

    class Meta:
        model = Consent
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "channel",
            "address_hash",
            "purpose",
            "state",
            "basis",
            "since",
            "source",
            "evidence_ref",
            "text_version",
            "text_sha256",
            "is_double_opt_in",
            "is_child",
            "confirmed_at",
            "last_used_at",
        )


class ConsentEntrySerializer(ReadSerializer[ConsentEntry]):
    """One change with its evidence; an empty ``state`` or ``before`` is unknown."""

    facts = serializers.JSONField()

    class Meta:
        model = ConsentEntry
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "purpose",
            "before",
            "state",
            "basis",
            "at",
            "recorded_at",
            "source",
            "evidence_ref",
            "message_ref",
            "conversation_ref",
            "note",
            "facts",
            "text_version",
            "text_sha256",
            "is_double_opt_in",
            "is_child",
            "sha256",
            "event_ref",
        )


class ConsentDetailSerializer(ConsentSerializer):
    """With the history of the address on this channel, newest first."""

    entries = serializers.SerializerMethodField()

    class Meta(ConsentSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*ConsentSerializer.Meta.fields, "entries")

    @extend_schema_field(ConsentEntrySerializer(many=True))
    def get_entries(self, row: Consent) -> Any:
        return ConsentEntrySerializer(history_of(row), many=True).data


class CustomerSerializer(serializers.Serializer[Any]):
    """The four conditions of UWG § 7(3)."""

    sale = serializers.CharField(max_length=300)
    sold_on = serializers.DateField()
    similar = serializers.CharField(max_length=300)
    no_objection = serializers.BooleanField()
    notice = serializers.CharField(max_length=300)


class EnteredSerializer(serializers.Serializer[Any]):
    """A word that came in by another way. ``text`` names a stored wording (``marketing-de-3``),
    ``wording`` gives it as it was read."""

    word = serializers.ChoiceField(choices=WORDS)
    channel = serializers.CharField(max_length=20)
    address = serializers.CharField(max_length=200)
    purposes = serializers.ListField(
        child=serializers.ChoiceField(choices=[p.value for p in CONSENT_PURPOSES]),
        min_length=1,
        max_length=len(CONSENT_PURPOSES),
    )
    source = serializers.ChoiceField(choices=_SOURCES)  # type: ignore[assignment]  # a field of this name
    evidence = serializers.CharField(max_length=100)
    at = serializers.DateTimeField()
    note = serializers.CharField(max_length=1000, required=False, default="")
    text = serializers.CharField(max_length=60, required=False, default="")
    wording = serializers.CharField(max_length=4000, required=False, default="")
    is_double_opt_in = serializers.BooleanField(required=False, default=False)
    age = serializers.IntegerField(min_value=0, max_value=130, required=False, allow_null=True)
    parental = serializers.CharField(max_length=300, required=False, default="")
    customer = CustomerSerializer(required=False)


class ChangedConsentsSerializer(serializers.Serializer[Any]):
    """``changed``: purposes whose state is new; ``consents``: all that stands afterwards."""

    changed = serializers.ListField(child=serializers.CharField())
    consents = ConsentSerializer(many=True)


@extend_schema_view(
    list=extend_schema(
        summary="List consents and opt-outs",
        description=f"Hashes of addresses, never addresses. Needs `{VIEW_CONSENT}`.",
    ),
    retrieve=extend_schema(
        summary="Read a consent with its history",
        description=f"Needs `{VIEW_CONSENT}`. The reading is recorded.",
    ),
)
class ConsentViewSet(ListMixin, DetailMixin, BrandViewSet):
    """Who may be written to, for what, on which channel, by what evidence."""

    queryset = Consent.objects.all()
    serializer_class = ConsentSerializer
    detail_serializer_class = ConsentDetailSerializer
    filterset_class = ConsentFilter
    read_kind = "compliance.consent.read"
    capabilities: ClassVar[dict[str, str]] = {
        "list": VIEW_CONSENT,
        "retrieve": VIEW_CONSENT,
        "create": MANAGE_CONSENT,
    }

    @extend_schema(
        summary="Enter a consent or an opt-out",
        description=(
            f"Every word needs its evidence. Needs `{MANAGE_CONSENT}`. The same word again changes"
            " nothing; a newer opt-out and a suppression stand (409)."
        ),
        request=EnteredSerializer,
        responses={201: ChangedConsentsSerializer},
    )
    def create(self, request: Request) -> Response:
        form = EnteredSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        customer = given.pop("customer", None)
        case = CustomerCase(**customer) if customer else CustomerCase()
        given["age"] = given.get("age")
        entered = Entered(**given, customer=case)
        changed = enter_consent(self.brand, entered, actor=self.actor)
        row = Consent.objects.filter(
            brand=self.brand,
            channel=entered.channel,
            address_hash=address_hash(self.brand.pk, entered.channel, entered.address),
        ).first()
        told = {"changed": changed, "consents": rows_of(row) if row is not None else []}
        return Response(ChangedConsentsSerializer(told).data, status=status.HTTP_201_CREATED)
