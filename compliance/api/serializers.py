"""The ledger as programs see it."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from compliance.choices import ActorKind
from compliance.models import AuditDetail, AuditEvent
from tenants.api.serializers import ReadSerializer


class ActorSerializer(serializers.Serializer[AuditEvent]):
    """Who acted: a key, never a name."""

    kind = serializers.ChoiceField(choices=ActorKind.choices, source="actor_kind")
    ref = serializers.CharField(source="actor_ref")


class ObjectSerializer(serializers.Serializer[AuditEvent]):
    """What it was about: a key, never a name."""

    type = serializers.CharField(source="object_type")
    ref = serializers.CharField(source="object_ref")


class AuditEventSerializer(ReadSerializer[AuditEvent]):
    """One event of the ledger.

    ``is_sealed``: it has its place (``leaf_index``, from 0) in the brand's tree and a signed
    checkpoint covers it. Until then the index is null.
    """

    actor = ActorSerializer(source="*")
    object = ObjectSerializer(source="*")
    leaf_hash = serializers.SerializerMethodField()
    leaf_index = serializers.SerializerMethodField()
    is_sealed = serializers.SerializerMethodField()

    class Meta:
        model = AuditEvent
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "at",
            "kind",
            "actor",
            "object",
            "reason",
            "correlation_id",
            "leaf_hash",
            "leaf_index",
            "is_sealed",
        )

    def get_leaf_hash(self, event: AuditEvent) -> str:
        """SHA-256 of the leaf in hexadecimal. Source: RFC 9162 section 2.1.1."""
        return bytes(event.leaf_hash).hex()

    def get_leaf_index(self, event: AuditEvent) -> int | None:
        leaf = getattr(event, "leaf", None)
        return None if leaf is None else int(leaf.index)

    def get_is_sealed(self, event: AuditEvent) -> bool:
        return getattr(event, "leaf", None) is not None


class DetailSerializer(ReadSerializer[AuditDetail]):
    """A readable value of the event; null once erased, with the ground."""

    value = serializers.SerializerMethodField("get_readable")

    class Meta:
        model = AuditDetail
        fields: ClassVar[tuple[str, ...]] = ("name", "value", "erased_at", "erased_reference")

    @extend_schema_field(OpenApiTypes.ANY)
    def get_readable(self, detail: AuditDetail) -> Any:
        return detail.readable


class AuditEventDetailSerializer(AuditEventSerializer):
    """The same with the readable values and ``body``, the canonical JSON that the leaf hashes."""

    details = DetailSerializer(many=True)

    class Meta(AuditEventSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*AuditEventSerializer.Meta.fields, "body", "details")
