"""Keys and the base of everything that belongs to a brand or an agency."""

import os
import threading
import time
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import models

from tenants.scope import AgencyQuery, NoBrandActive, ScopedQuery, WrongBrand, active_scope

_lock = threading.Lock()
_last_ms_and_counter = (0, 0)
# A clock that was set back further than this had been wrong: keys would stay ahead of the time.
_SET_BACK_MS = 60_000


def uuid7() -> UUID:
    """A time-ordered key; strictly rising within one process unless its clock is set back by more
    than a minute. Source: RFC 9562 section 5.7, 6.1, 6.2."""
    global _last_ms_and_counter
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        last_ms, counter = _last_ms_and_counter
        if now_ms > last_ms or last_ms - now_ms > _SET_BACK_MS:
            counter = int.from_bytes(os.urandom(2)) & 0x07FF
        else:
            now_ms, counter = last_ms, counter + 1
            if counter > 0x0FFF:
                now_ms, counter = now_ms + 1, 0
        _last_ms_and_counter = (now_ms, counter)
    tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=(now_ms << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | tail)


M = TypeVar("M", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[M]):
    """Reads and writes stay inside the active scope, or do not run."""

    query_class: ClassVar[type[ScopedQuery]] = ScopedQuery
    owner_attname: ClassVar[str] = "brand_id"

    def __init__(self, model: Any = None, query: Any = None, **kwargs: Any) -> None:
        super().__init__(model, query if query is not None else self.query_class(model), **kwargs)

    def _raw_delete(self, using: str | None) -> int:
        if isinstance(self.query, ScopedQuery):
            self.query = self.query.bound()
        return int(super()._raw_delete(using))

    def raw(self, *_args: Any, **_kwargs: Any) -> Any:
        raise NoBrandActive("raw SQL cannot be scoped; write a queryset")

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        rows = list(objs)
        for row in rows:
            check_write(row)
        return super().bulk_create(rows, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        if kwargs.keys() & {self.owner_attname, self.owner_attname.removesuffix("_id")}:
            raise WrongBrand("a row never changes its brand")
        return super().update(**kwargs)


class AgencyQuerySet(ScopedQuerySet[M]):
    query_class = AgencyQuery
    owner_attname = "agency_id"


def check_write(row: "BrandModel | AgencyModel") -> None:
    """Raises: NoBrandActive outside a scope, WrongBrand for a row of another brand or agency."""
    scope = active_scope()
    if scope is None:
        raise NoBrandActive(f"{row._meta.label}: write outside brand_scope()")
    if isinstance(row, AgencyModel):
        inside = row.agency_id in scope.agency_ids
    else:
        inside = row.brand_id in scope.brand_ids
    if not inside:
        raise WrongBrand(f"{row._meta.label}: the row belongs to a brand outside the scope")


class _GuardedModel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        check_write(self)  # type: ignore[arg-type]  # the two subclasses below are the only ones
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        check_write(self)  # type: ignore[arg-type]
        return super().delete(*args, **kwargs)

    def _get_FIELD_display(self, field: Any) -> Any:  # noqa: N802 -- Django's name
        """What ``get_…_display()`` says. Django's own translates every choice to find the one."""
        value = getattr(self, field.attname)
        return next((str(label) for key, label in field.flatchoices if key == value), value)


class BrandModel(_GuardedModel):
    """A row that belongs to one brand. ``grant_app_role`` puts row-level security on its table."""

    brand = models.ForeignKey("tenants.Brand", on_delete=models.PROTECT, related_name="+")

    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class AgencyModel(_GuardedModel):
    """A row that belongs to an agency as a whole and to none of its brands alone."""

    agency = models.ForeignKey("tenants.Agency", on_delete=models.PROTECT, related_name="+")

    objects = models.Manager.from_queryset(AgencyQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "objects"
