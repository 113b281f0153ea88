"""The tables that the map's subject paths lead to, and the way from a person to their rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import batched
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from compliance.domain.closing.tables import brand_tables
from compliance.domain.subjects.subject import Subject
from compliance.registries import TableClass, personal_data, subject_finders
from tenants.models import Brand

AT_ONCE = 1000
"""Keys in one query: an index lookup each, whatever else the table holds."""

type Model = type[models.Model]


@dataclass(frozen=True, slots=True)
class PersonTable:
    """``path``: from a row to the person, link by link; empty if the row is the person."""

    label: str
    model: Model
    entry: TableClass
    path: tuple[str, ...]


def person_labels() -> set[str]:
    """Tables whose rows are persons."""
    return {finder.label.lower() for finder in subject_finders}


def path_to_person(entry: TableClass) -> tuple[str, ...] | None:
    """The links from a row of this table to a person; None if it leads elsewhere or nowhere."""
    subject, model = entry.about.subject, apps.get_model(entry.label)
    if not subject:
        return None
    path: list[str] = []
    for name in subject.split("__"):
        if name == "self":
            break
        related = model._meta.get_field(name).related_model
        if not isinstance(related, type):
            return None
        path.append(name)
        model = related
    return tuple(path) if model._meta.label_lower in person_labels() else None


@lru_cache(maxsize=1)
def person_tables() -> tuple[PersonTable, ...]:
    """All of them, those that others point to last: the order in which rows can be erased."""
    found = []
    for table in brand_tables():
        if table.label not in personal_data:  # ``personal_data.problems`` tells of it
            continue
        entry = personal_data[table.label]
        path = path_to_person(entry)
        if path is not None:
            found.append(PersonTable(table.label, table.model, entry, path))
    return tuple(found)


def person_table(label: str) -> PersonTable:
    """Raises: KeyError for a table that no subject path leads from."""
    return {table.label: table for table in person_tables()}[label.lower()]


class Walk:
    """From one person to the keys of their rows, table by table, a step along the path at a time.

    Each step looks rows up by an indexed link, so its cost depends on this person's rows alone.
    Keys are remembered with the subject; nothing else of the rows is held.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def keys(self, table: PersonTable) -> list[UUID]:
        """Keys of the person's rows, sorted."""
        return self._keys(table.model, table.path)

    def _keys(self, model: Model, path: tuple[str, ...]) -> list[UUID]:
        place = (model._meta.label_lower, path)
        return self._subject.once(place, lambda: sorted(self._look_up(model, path)))

    def _look_up(self, model: Model, path: tuple[str, ...]) -> Iterator[UUID]:
        if not path:
            name, above = "pk", sorted(self._subject.contact_ids)
        else:
            link: Any = model._meta.get_field(path[0])
            name, above = path[0], self._keys(link.related_model, path[1:])
        for some in batched(above, AT_ONCE, strict=False):
            rows = model._default_manager.filter(**{f"{name}__any_of": some})
            yield from rows.order_by().values_list("pk", flat=True).iterator()


def readable_rows(
    model: Model, keys: Sequence[Any], names: Sequence[str]
) -> Iterator[models.Model]:
    """The rows under these keys, in their order, read in pieces."""
    for some in batched(keys, AT_ONCE, strict=False):
        rows = model._default_manager.filter(pk__any_of=some).only("pk", *names)
        yield from rows.order_by("pk")


def brand_of(brand_id: UUID) -> Brand:
    """With its agency. Also of agencies' own brands."""
    found: Brand = Brand.including_agencies.select_related("agency").get(pk=brand_id)
    return found
