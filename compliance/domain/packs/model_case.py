"""A case that is one row of a model: its fields, what belongs to it, the events about all of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from compliance.domain.relatives import with_relatives
from compliance.registries import Evidence, EvidenceTable, ObjectKey


def shown(value: Any) -> str:
    """A value as a report shows it: instants in UTC, a dash for nothing."""
    match value:
        case None | "":
            return "–"
        case bool():
            return str(_("yes")) if value else str(_("no"))
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S} UTC"
        case date():
            return value.isoformat()
        case dict():
            return "\n".join(f"{key}: {item}" for key, item in sorted(value.items())) or "–"
        case list() | tuple() | set() | frozenset():
            return ", ".join(str(item) for item in value) or "–"
    return str(value)


def facts_of(row: Model, names: Iterable[str]) -> list[tuple[str, str]]:
    """Name and value of these fields, in the active language."""
    found = []
    for name in names:
        field: Any = row._meta.get_field(name)
        if field.choices:
            value = getattr(row, f"get_{name}_display")()
        elif field.is_relation:
            value = getattr(row, field.attname)
        else:
            value = getattr(row, name)
        found.append((capfirst(str(field.verbose_name)), shown(value)))
    return found


def table_of(title: str, rows: Iterable[Model], names: Sequence[str]) -> EvidenceTable:
    """Rows of one model with these fields as columns, in the active language."""
    lines, head = [], [capfirst(name.replace("_", " ")) for name in names]
    for row in rows:
        facts = facts_of(row, names)
        head = [name for name, _value in facts]
        lines.append([value for _name, value in facts])
    return EvidenceTable(title, head, lines)


type Related = Callable[[Any], Iterable[ObjectKey]]
type Tables = Callable[[Any], Sequence[EvidenceTable]]
type Files = Callable[[Any], dict[str, str]]


def _nothing(_row: Any) -> Any:
    return ()


def _no_files(_row: Any) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class ModelCase:
    """``fields`` name nobody, ``personal`` are left out when personal data are masked. ``related``:
    further objects whose events belong to the case, besides those every app knows."""

    key: str
    title: StrOrPromise
    label: str
    capability: str
    fields: Sequence[str]
    personal: Sequence[str] = ()
    related: Related = _nothing
    tables: Tables = _nothing
    files: Files = _no_files

    def collect(self, obj: Any) -> Evidence:
        objects = dict.fromkeys([*with_relatives(self.label, str(obj.pk)), *self.related(obj)])
        return Evidence(
            title=str(self.title),
            facts=facts_of(obj, self.fields),
            personal=facts_of(obj, self.personal),
            objects=list(objects),
            tables=self.tables(obj),
            files=self.files(obj),
        )
