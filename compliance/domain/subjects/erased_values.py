"""What stands in a column after the map's way of erasing was applied to it."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from compliance.registries import FieldClass, TableClass

KEY_PREFIX = "erased:"
_TRUTH = {"": False, "false": False, "true": True}


class NoErasedValue(TypeError):
    """The map's constant does not fit the column."""


def constant(field: Any, text: str) -> Any:
    """``text`` as a value of the column. Raises: NoErasedValue."""
    try:
        if isinstance(field, models.JSONField):
            return json.loads(text)
        if isinstance(field, models.BinaryField):
            return text.encode()
        if isinstance(field, models.BooleanField):
            return _TRUTH[text]
        if isinstance(field, models.CharField | models.TextField):
            return text
        return field.to_python(text)
    except (KeyError, ValueError, ValidationError) as error:
        raise NoErasedValue(f"{field}: {text!r} is no value of this column") from error


def removes_row(entry: TableClass) -> bool:
    """Whether the row as a whole goes."""
    return any(one.erase == "row" for one in entry.fields.values())


def emptied_fields(entry: TableClass) -> dict[str, FieldClass]:
    """The fields that are emptied where the row stays."""
    kept = ("keep", "retain", "row")
    return {name: one for name, one in entry.fields.items() if one.erase not in kept}


def file_fields(entry: TableClass) -> list[str]:
    return [name for name, one in entry.fields.items() if one.erase == "file"]


def new_values(model: type[models.Model], entry: TableClass) -> dict[str, Any]:
    """Column -> what an UPDATE sets. Files are deleted beforehand."""
    values: dict[str, Any] = {}
    for name, one in emptied_fields(entry).items():
        values[name] = _value(model._meta.get_field(name), one.erase)
    return values


def _value(field: Any, erase: str) -> Any:
    match erase:
        case "null" | "detach":
            return None
        case "file":
            return ""
        case "key":
            return Concat(Value(KEY_PREFIX), Cast(F("pk"), CharField()))
    return constant(field, erase.removeprefix("const:"))


def not_erased(model: type[models.Model], entry: TableClass) -> Q:
    """Rows that still say something. Encrypted columns are never alike, so an empty text counts."""
    found = Q()
    for name, one in emptied_fields(entry).items():
        field: Any = model._meta.get_field(name)
        match one.erase:
            case "null" | "detach":
                found |= Q(**{f"{name}__isnull": False})
            case "key":
                found |= ~Q(**{f"{name}__startswith": KEY_PREFIX})
            case "file":
                found |= ~Q(**{name: ""})
            case text:
                value = constant(field, text.removeprefix("const:"))
                found |= ~Q(**{name: value})
    return found
