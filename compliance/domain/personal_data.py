"""Is every field of every table classified? The gate over all apps' ``privacy.py``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models

from compliance.registries import FieldClass, TableClass, personal_data
from tenants.registry import Registry

ERASURES = ("null", "key", "row", "file", "detach", "retain", "keep")
NOT_OURS = frozenset(
    {
        "django_migrations",
        "engage_cache",  # counters of throttling; values expire within the hour
        "auditlog_logentry",  # made by auditlog's migrations, swapped out, always empty
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """``code`` is stable (``G001``…), ``text`` names model and field."""

    code: str
    text: str


def own_fields(model: type[models.Model]) -> dict[str, Any]:
    """Columns, forward relations and generic keys of the model; no reverse sides."""
    return {
        field.name: field
        for field in model._meta.get_fields(include_hidden=True)
        if not (field.auto_created and field.is_relation and not field.concrete)
    }


def problems(
    among: Iterable[type[models.Model]] | None = None,
    *,
    registry: Registry[TableClass] = personal_data,
) -> tuple[int, list[Problem]]:
    """How many fields were looked at, and what is wrong; over all models unless told ``among``.

    The count lets a caller insist on a floor: a gate that looked at nothing must not be green.
    """
    seen: int = 0
    found: list[Problem] = []
    known: set[str] = set()
    for model in apps.get_models(include_auto_created=True) if among is None else among:
        if model._meta.proxy:
            continue
        label = model._meta.label_lower
        known.add(label)
        have = own_fields(model)
        if label not in registry:
            found.append(Problem("G001", f"{label}: model not classified ({', '.join(have)})"))
            continue
        table = registry[label]
        seen += len(have.keys() & table.fields.keys())
        found += _table_problems(model, table, have)
    if among is None:
        stale = [str(key) for key, _table in registry.items() if key not in known]
        found += [Problem("G003", f"{label}: stale entry, no such model") for label in stale]
    return seen, found


def _table_problems(
    model: type[models.Model], table: TableClass, have: dict[str, Any]
) -> Iterator[Problem]:
    label, fields = table.label, table.fields
    for name in sorted(have.keys() - fields.keys()):
        yield Problem("G002", f"{label}.{name}: field not classified")
    for name in sorted(fields.keys() - have.keys()):
        yield Problem("G003", f"{label}.{name}: stale entry, no such field")
    about = table.about
    if any(entry.kind != "technical" for entry in fields.values()):
        if not about.subject:
            yield Problem("G004", f"{label}: personal data but no path to the person")
        if not (about.purpose and about.basis and about.retention):
            yield Problem("G011", f"{label}: personal data without purpose, basis and retention")
    if about.subject:
        yield from _path_problems(model, label, about.subject)
    for name in sorted(have.keys() & fields.keys()):
        yield from _field_problems(f"{label}.{name}", have[name], fields[name])


def _path_problems(model: type[models.Model], label: str, path: str) -> Iterator[Problem]:
    current: Any = model
    for part in path.split("__"):
        if part == "self":
            return
        try:
            current = current._meta.get_field(part).related_model
        except (FieldDoesNotExist, AttributeError):
            yield Problem("G005", f"{label}: subject path {path!r} breaks at {part!r}")
            return


def _field_problems(where: str, field: Any, entry: FieldClass) -> Iterator[Problem]:
    constant = entry.erase.removeprefix("const:") if entry.erase.startswith("const:") else None
    if constant is None and entry.erase not in ERASURES:
        yield Problem("G012", f"{where}: unknown way to erase {entry.erase!r}")
    if entry.kind == "personal" and entry.erase in ("keep", "retain"):
        yield Problem("G013", f"{where}: personal but not erased; use retained() with its ground")
    if entry.kind != "personal" and not entry.why:
        yield Problem("G014", f"{where}: say why it stays")
    if entry.erase in ("null", "detach") and not getattr(field, "null", True):
        yield Problem("G006", f"{where}: erase={entry.erase} on a NOT NULL column")
    if constant is not None and getattr(field, "unique", False):
        yield Problem("G007", f"{where}: a constant on a unique column")
    max_length = getattr(field, "max_length", None)
    if constant is not None and max_length and len(constant) > max_length:
        yield Problem("G008", f"{where}: the replacement is longer than {max_length}")
    if isinstance(field, models.JSONField) and entry.kind == "personal" and not entry.json:
        yield Problem("G009", f"{where}: JSON needs json='opaque' or a schema")
    if isinstance(field, models.FileField) and entry.kind == "personal" and entry.erase != "file":
        yield Problem("G010", f"{where}: the file must be erased in storage too (erase='file')")


def unknown_tables() -> set[str]:
    """Tables in the database that no model owns: shadow copies, leftovers of removed apps."""
    with connection.cursor() as cursor:
        tables = connection.introspection.get_table_list(cursor)
    owned = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return {table.name for table in tables if table.type == "t"} - owned - NOT_OURS


def check_map(app_configs: Any = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Django system check, seen on a developer's machine with every command.

    A warning, so that a model can be migrated while it is being written; the project test and
    ``manage.py check --fail-level WARNING`` turn it into a failure.
    """
    return [
        checks.Warning(problem.text, id=f"compliance.{problem.code}") for problem in problems()[1]
    ]
