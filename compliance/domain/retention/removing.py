"""Takes rows away with everything that hangs on them, or empties them as the map says.

Past Django's collector: it reads every row it deletes and tells signals of it.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.deletion import CASCADE, PROTECT

from compliance.domain.closing.tables import file_columns
from compliance.domain.subjects.erased_values import emptied_fields, not_erased, removes_row
from compliance.domain.subjects.rows import erase_history, erase_rows
from compliance.registries import personal_data
from tenants.models import Brand
from tenants.permissions import Actor

type Model = type[models.Model]


@dataclass(frozen=True, slots=True)
class Link:
    """A key of another table that points here."""

    model: Model
    name: str
    is_null: bool
    on_delete: Any


def links_to(model: Model) -> Iterator[Link]:
    """Every key that points at rows of this table, relations without a name of their own too."""
    for relation in model._meta.get_fields(include_hidden=True):
        if (relation.one_to_many or relation.one_to_one) and not relation.concrete:
            key: Any = relation.field  # type: ignore[union-attr]  # the reverse side of a key
            yield Link(key.model, key.name, key.null, key.remote_field.on_delete)


def pinned(model: Model) -> Q:
    """Rows that something else needs: a key that may not be empty protects them."""
    found = Q()
    for link in links_to(model):
        if link.on_delete is PROTECT and not link.is_null:
            found |= Q(Exists(link.model._default_manager.filter(**{link.name: OuterRef("pk")})))
    return found or Q(pk__in=[])


def still_says(model: Model) -> Q:
    """Rows that hold something that the map would empty."""
    return not_erased(model, personal_data[model._meta.label_lower])


def count_tree(rows: QuerySet[Any], *, leaving: Collection[Model] = ()) -> Counter[str]:
    """``{table: rows}`` of these rows and of what would go with them, each row once; tables in
    ``leaving`` and what hangs on those are left out."""
    found: dict[Model, Q] = {}
    _walk(rows, found, leaving)
    counts = {rows.model._meta.label_lower: rows.count()}
    for model, condition in found.items():
        counts[model._meta.label_lower] = model._default_manager.filter(condition).count()
    return +Counter(counts)


def _walk(rows: QuerySet[Any], found: dict[Model, Q], leaving: Collection[Model]) -> None:
    """Table -> which of its rows hang on these."""
    keys = rows.order_by().values("pk")
    for link in links_to(rows.model):
        if link.on_delete is CASCADE and link.model not in leaving:
            condition = Q(**{f"{link.name}__in": keys})
            found[link.model] = found.get(link.model, Q()) | condition
            _walk(link.model._default_manager.filter(condition), found, leaving)


@dataclass(frozen=True, slots=True)
class Step:
    """Rows of one table that go, after those that hang on them; links that may be empty let go."""

    model: Model
    keys: Collection[UUID]
    letting_go: Sequence[Link]


@dataclass(slots=True)
class Remover:
    """Works inside the brand's scope and a transaction; callers pass at most a few hundred keys."""

    brand_id: UUID
    reference: str
    actor: Actor
    trace: list[str] = field(default_factory=list)
    """What was done, a line per table: what, table, SHA-256 of the sorted keys."""
    locks_since: float | None = None
    """By ``time.perf_counter``: from then on others may have to wait for this transaction."""

    def starts_to_lock(self) -> None:
        if self.locks_since is None:
            self.locks_since = time.perf_counter()

    def remove(self, model: Model, keys: Collection[UUID]) -> Counter[str]:
        """Delete the rows and what hangs on them; links that may be empty are emptied, files and
        the readable history go too. ``{table: rows}``."""
        return self.carry_out(self.plan(model, keys))

    def plan(self, model: Model, keys: Collection[UUID]) -> list[Step]:
        """What ``remove`` would do, in its order. Reads only, so that no lock is held meanwhile."""
        steps: list[Step] = []
        letting_go: list[Link] = []
        if not keys:
            return steps
        for link in links_to(model):
            if link.on_delete is CASCADE:
                below = link.model._default_manager.filter(**{f"{link.name}__any_of": keys})
                steps += self.plan(link.model, list(below.values_list("pk", flat=True)))
            elif link.is_null:
                letting_go.append(link)
        return [*steps, Step(model, keys, letting_go)]

    def carry_out(self, steps: Sequence[Step]) -> Counter[str]:
        """``{table: rows}``."""
        counts: Counter[str] = Counter()
        if not steps:
            return counts
        self.starts_to_lock()
        self._erase_history(steps)
        for step in steps:
            for link in step.letting_go:
                below = link.model._default_manager.filter(**{f"{link.name}__any_of": step.keys})
                below.update(**{link.name: None})
            rows = step.model._default_manager.filter(pk__any_of=step.keys)
            self._drop_files(rows)
            self._note("erase", step.model, step.keys)
            counts[step.model._meta.label_lower] += rows._raw_delete(rows.db)
        return +counts

    def anonymise(
        self, model: Model, keys: Collection[UUID], *, leaving: Collection[Model] = ()
    ) -> Counter[str]:
        """Empty the rows, and what hangs on them, as the personal-data map says."""
        counts: Counter[str] = Counter()
        if not keys:
            return counts
        for link in links_to(model):
            if link.on_delete is CASCADE and link.model not in leaving:
                below = link.model._default_manager.filter(**{f"{link.name}__any_of": keys})
                chosen = list(below.values_list("pk", flat=True))
                counts += self.anonymise(link.model, chosen, leaving=leaving)
        entry = personal_data[model._meta.label_lower]
        if removes_row(entry) or emptied_fields(entry):
            self.starts_to_lock()
            self._note("anonymise", model, keys)
            done = erase_rows(
                model, keys, reference=self.reference, actor=self.actor, brand_id=self.brand_id
            )
            counts[model._meta.label_lower] += done.get(model._meta.label_lower, 0)
        return +counts

    def _note(self, what: str, model: Model, keys: Collection[UUID]) -> None:
        told = hashlib.sha256("\n".join(sorted(map(str, keys))).encode()).hexdigest()
        self.trace.append(f"{what} {model._meta.label_lower} {told}")

    def _erase_history(self, steps: Sequence[Step]) -> None:
        about: dict[str, list[UUID]] = {}
        for step in steps:
            about.setdefault(step.model._meta.label_lower, []).extend(step.keys)
        brand = Brand(pk=self.brand_id)
        erase_history(about, brand=brand, reference=self.reference, actor=self.actor)

    @staticmethod
    def _drop_files(rows: QuerySet[Any]) -> None:
        if columns := file_columns(rows.model):
            for row in rows.only("pk", *columns):
                for column in columns:
                    if file := getattr(row, column):
                        file.delete(save=False)
