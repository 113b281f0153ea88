"""Tables as sources of a person's data, treated as the personal-data map says."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import batched, islice
from typing import Any

from django.apps import apps
from django.db import models
from django_stubs_ext import StrOrPromise

from compliance.choices import Outcome
from compliance.domain.canonical import plain
from compliance.domain.subjects.erased_values import emptied_fields, not_erased, removes_row
from compliance.domain.subjects.rows import erase_rows
from compliance.domain.subjects.subject import Done, Found, Subject
from compliance.domain.subjects.tables import (
    AT_ONCE,
    PersonTable,
    Walk,
    person_table,
    readable_rows,
)
from compliance.registries import TableClass, personal_data
from tenants.permissions import Actor

SAMPLES = 3
SAMPLE_LENGTH = 80


class MapSource:
    """Rows of one table, treated as the map says. Who inherits says which rows are the person's."""

    links: Sequence[str] = ()
    last = False

    def __init__(self, label: str) -> None:
        self.key = label.lower()
        self.tables: Sequence[str] = (self.key,)

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.key)

    @property
    def entry(self) -> TableClass:
        return personal_data[self.key]

    @property
    def title(self) -> StrOrPromise:
        return str(self.model._meta.verbose_name_plural)

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

    def keys(self, subject: Subject) -> list[Any]:
        """Keys of the person's rows, sorted."""
        raise NotImplementedError

    def found(self, subject: Subject) -> Found:
        return found_under(self.model, self.entry, self.keys(subject))

    def rows(self, subject: Subject) -> Iterator[dict[str, Any]]:
        names = exported_fields(self.entry, self.model)
        if not names:
            return
        for row in readable_rows(self.model, self.keys(subject), [*names, *self.links]):
            yield told_row(row, names, links=self.links)

    def left(self, keys: Sequence[Any]) -> Iterator[Any]:
        """Those of the keys whose rows still say something."""
        for some in batched(keys, AT_ONCE, strict=False):
            rows = self.model._default_manager.filter(pk__any_of=some)
            if not removes_row(self.entry):
                rows = rows.filter(not_erased(self.model, self.entry))
            yield from rows.order_by("pk").values_list("pk", flat=True)

    def why_blocked(self, keys: Sequence[Any]) -> str:
        """In words, if rows under these keys cannot be erased now."""
        return ""

    def erase(self, subject: Subject, *, limit: int, reference: str, actor: Actor) -> Done:
        if self.how == Outcome.RETAINED:
            return Done()
        chosen = list(islice(self.left(self.keys(subject)), limit))
        return self.erase_keys(chosen, subject, reference=reference, actor=actor)

    def erase_keys(
        self, chosen: Sequence[Any], subject: Subject, *, reference: str, actor: Actor
    ) -> Done:
        if why := self.why_blocked(chosen):
            return Done(blocked=why)
        counts = erase_rows(
            self.model, chosen, reference=reference, actor=actor, brand_id=subject.brand_id
        )
        return Done(counts.get(self.key, 0))


class TableSource(MapSource):
    """A table that the map's subject path reaches.

    Apps may subclass it for a table that needs more than the map says, and register that.
    """

    def __init__(self, label: str) -> None:
        super().__init__(label)

    @property
    def table(self) -> PersonTable:
        return person_table(self.key)

    @property
    def links(self) -> Sequence[str]:  # type: ignore[override]  # computed here
        return self.table.path[:1]

    @property
    def last(self) -> bool:  # type: ignore[override]  # computed here
        return not self.table.path

    def keys(self, subject: Subject) -> list[Any]:
        return Walk(subject).keys(self.table)


class ReferenceSource(MapSource):
    """A table that names a person's rows by a bare key, not by a link the database knows.

    ``column`` holds keys of rows of ``of``, a table that the map reaches.
    """

    def __init__(self, label: str, *, column: str, of: str) -> None:
        super().__init__(label)
        self.column, self.of = column, of

    def keys(self, subject: Subject) -> list[Any]:
        refs = Walk(subject).keys(person_table(self.of))
        found: set[Any] = set()
        for some in batched(refs, AT_ONCE, strict=False):
            rows = self.model._default_manager.filter(**{f"{self.column}__any_of": some})
            found.update(rows.values_list("pk", flat=True))
        return sorted(found)


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
        name: {"erase": "row"}
        if gone
        else {"erase": one.erase, **({"why": one.why} if one.why else {})}
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


def found_under(model: type[models.Model], entry: TableClass, keys: Sequence[Any]) -> Found:
    """Count, digest of the keys, and the first few readable values."""
    digest = hashlib.sha256("\n".join(map(str, keys)).encode()).hexdigest() if keys else ""
    return Found(len(keys), tuple(_samples(model, entry, keys[-SAMPLES:])), digest)


def _samples(model: type[models.Model], entry: TableClass, keys: Sequence[Any]) -> Iterator[str]:
    names = exported_fields(entry, model)
    for row in model._default_manager.filter(pk__in=keys).only("pk", *names) if keys else ():
        texts = (getattr(row, name) for name in names)
        first = next((text for text in texts if isinstance(text, str) and text.strip()), "")
        if first:
            yield " ".join(first.split())[:SAMPLE_LENGTH]
