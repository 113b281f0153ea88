"""The base of everything the API shows."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

M = TypeVar("M", bound=Model)


class ReadSerializer(serializers.ModelSerializer[M]):
    """Shows; takes nothing in. Every field is always there, and the schema says so."""

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for field in fields.values():
            field.read_only, field.required = True, False
        return fields
