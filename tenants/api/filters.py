"""Filters of lists. What a client asks for is answered or refused, never silently left out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

PAGING = frozenset({"cursor", "limit"})


class BrandFilterSet(filters.FilterSet):  # type: ignore[misc]  # untyped library
    """The base of every list's filters."""


class StrictFilterBackend(filters.DjangoFilterBackend):  # type: ignore[misc]  # untyped library
    """Refuses parameters that a list does not know, and repeated ones: a mistyped filter would
    otherwise return everything. Does nothing outside lists.

    Raises: ValidationError naming each parameter.
    """

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        if getattr(view, "action", None) != "list":
            return queryset
        filterset = self.get_filterset_class(view, queryset)
        known = PAGING | (filterset.base_filters.keys() if filterset else frozenset())
        problems: dict[str, list[ErrorDetail]] = {}
        for name, values in request.query_params.lists():
            if name not in known:
                problems[name] = [ErrorDetail(_("There is no such parameter."), "unknown")]
            elif len(values) > 1:
                problems[name] = [ErrorDetail(_("Give this parameter once."), "repeated")]
        if problems:
            raise ValidationError(problems)
        return super().filter_queryset(request, queryset, view)


def first_id_at(instant: datetime) -> UUID:
    """The smallest UUIDv7 made in the millisecond of ``instant`` (aware)."""
    milliseconds = min(max(int(instant.timestamp() * 1000), 0), (1 << 48) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0b10 << 62))


class MomentField(IsoDateTimeField):  # type: ignore[misc]  # untyped library
    """An instant within living memory: the ends of the calendar cannot be moved to UTC."""

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        if moment is not None and not 1970 <= moment.year <= 2999:
            raise forms.ValidationError(_("Give a year from 1970 to 2999."), code="invalid")
        return moment


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]  # untyped library
    """ISO 8601, with an offset or in UTC."""

    field_class = MomentField


class ArrivedSinceFilter(MomentFilter):
    """Rows that came into being at or after the instant, told from their UUIDv7.

    The keys are in the order of the pages, so a client that asks for what is new reads no old row.
    """

    def filter(self, qs: QuerySet[Any], value: datetime | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(pk__gte=first_id_at(value))
