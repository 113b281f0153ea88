"""A table that the map's subject path reaches, as a source of a person's data."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import models
from django_stubs_ext import StrOrPromise

from compliance.choices import Outcome
from compliance.domain.canonical import plain
from compliance.domain.subjects.erased_values import emptied_fields, not_erased, removes_row
from compliance.domain.subjects.rows import PointedAt, erase_rows
from compliance.domain.subjects.subject import Done, Found, Subject
from compliance.domain.subjects.tables import AT_ONCE, PersonTable, Walk, readable_rows
from compliance.registries import TableClass
from tenants.permissions import Actor

SAMPLES = 3
SAMPLE_LENGTH = 80


class TableSource:
    """Apps may subclass it for a table that needs more than the map says, and register that."""

    def __init__(self, table: PersonTable) -> None:
        self.table = table
        self.key = table.label
        self.tables: Sequence[str] = (table.label,)
        self.last = not table.path

    @property
    def entry(self) -> TableClass:
        return self.table.entry

    @property
    def title(self) -> StrOrPromise:
        return self.table.title

    @property
    def category(self) -> str:
        """The kinds of data, as the map names them."""
        return categories_of(self.entry)

    @property
    def how(self) -> str:
        return how_of(self.entry)

    @property
    def ground(self) -> StrOrPromise:
        return ground_of(self.entry)

    def fields(self) -> Mapping[str, Mapping[str, str]]:
        return told_fields(self.entry)

    def keys(self, subject: Subject) -> list[UUID]:
        return Walk(subject.contact_ids).keys(self.table)

    def found(self, subject: Subject) -> Found:
        return found_under(self.table.model, self.entry, self.keys(subject))

    def rows(self, subject: Subject) -> Iterator[dict[str, Any]]:
        keys = self.keys(subject)
        names = exported_fields(self.entry, self.table.model)
        links = self.table.path[:1]
        for row in readable_rows(self.table, keys, [*names, *links]):
            yield told_row(row, names, links=links)

    def left(self, keys: Sequence[UUID]) -> Iterator[UUID]:
        """Those of the keys whose rows still say something."""
        for some in batched(keys, AT_ONCE, strict=False):
            rows = self.table.model._default_manager.filter(pk__in=some)
            if not removes_row(self.entry):
                rows = rows.filter(not_erased(self.table.model, self.entry))
            yield from rows.order_by("pk").values_list("pk", flat=True)

    def why_blocked(self, keys: Sequence[UUID]) -> str:
        """In words, if rows under these keys cannot be erased now."""
        return ""

    def erase(self, subject: Subject, *, limit: int, reference: str, actor: Actor) -> Done:
        if self.how == Outcome.RETAINED:
            return Done()
        chosen = _first(self.left(self.keys(subject)), limit)
        return self.erase_keys(chosen, reference=reference, actor=actor)

    def erase_keys(self, chosen: Sequence[UUID], *, reference: str, actor: Actor) -> Done:
        if why := self.why_blocked(chosen):
            return Done(blocked=why)
        try:
            counts = erase_rows(self.table.model, chosen, reference=reference, actor=actor)
        except PointedAt as error:
            return Done(blocked=str(error))
        return Done(counts.get(self.table.label, 0))


def _first(keys: Iterable[UUID], limit: int) -> list[UUID]:
    chosen: list[UUID] = []
    for key in keys:
        chosen.append(key)
        if len(chosen) == limit:
            break
    return chosen


def how_of(entry: TableClass) -> str:
    """What an erasure does to such rows."""
    if removes_row(entry):
        return Outcome.ERASED
    return Outcome.REDACTED if emptied_fields(entry) else Outcome.RETAINED


def ground_of(entry: TableClass) -> str:
    """Why personal fields stay: each ground once, empty if none stays or the row goes."""
    if removes_row(entry):
        return ""
    return "; ".join(
        dict.fromkeys(one.why for one in entry.fields.values() if one.kind == "retained")
    )


def categories_of(entry: TableClass) -> str:
    kinds = (one.category for one in entry.fields.values() if one.kind != "technical")
    return ", ".join(dict.fromkeys(kinds))


def told_fields(entry: TableClass) -> dict[str, dict[str, str]]:
    """Every field that is about the person: what becomes of it, and why it stays."""
    gone = removes_row(entry)
    return {
        name: {"erase": "row"} if gone else {"erase": one.erase, **({"why": one.why} if one.why else {})}
        for name, one in sorted(entry.fields.items())
        if one.kind != "technical"
    }


def exported_fields(entry: TableClass, model: type[models.Model]) -> list[str]:
    """What a person is handed of a row, in the order of the model; no files, no secrets."""
    wanted = {name for name, one in entry.fields.items() if one.kind != "technical" and one.export}
    return [f.name for f in model._meta.local_fields if f.name in wanted and not f.is_relation]


def told_row(
    row: models.Model, names: Sequence[str], *, links: Sequence[str] = ()
) -> dict[str, Any]:
    """Key, links to the person's other rows, and the values in JSON types."""
    return {
        "key": str(row.pk),
        **{name: str(getattr(row, f"{name}_id")) for name in links},
        **{name: plain(getattr(row, name)) for name in names},
    }


def found_under(model: type[models.Model], entry: TableClass, keys: Sequence[UUID]) -> Found:
    """Count, digest of the keys, and the first few readable values."""
    digest = hashlib.sha256("\n".join(map(str, keys)).encode()).hexdigest() if keys else ""
    return Found(len(keys), tuple(_samples(model, entry, keys[-SAMPLES:])), digest)


def _samples(
    model: type[models.Model], entry: TableClass, keys: Sequence[UUID]
) -> Iterator[str]:
    names = exported_fields(entry, model)
    for row in model._default_manager.filter(pk__in=keys).only("pk", *names) if keys else ():
        texts = (getattr(row, name) for name in names)
        first = next((text for text in texts if isinstance(text, str) and text.strip()), "")
        if first:
            yield " ".join(first.split())[:SAMPLE_LENGTH]
