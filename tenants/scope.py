"""The one place that decides which brand's rows code may touch.

Fails closed twice. A query on a brand-owned table may be defined anywhere but runs only inside
``brand_scope``; and the same scope is told to PostgreSQL, whose row-level security refuses what a
forgotten filter would leak. A scope is a transaction: the setting lives and ends with it, so a
connection pool can never carry one brand's scope into another's request.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Lookup, Q, sql
from django.db.models.sql.where import AND


class NoBrandActive(RuntimeError):
    """A brand-owned table was used outside ``brand_scope``."""


class WrongBrand(RuntimeError):
    """A write aimed at a brand outside the active scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the running code may see. ``agency_ids``: only in the agency's workspace and in jobs."""

    brand_ids: frozenset[UUID]
    agency_ids: frozenset[UUID] = field(default_factory=frozenset)


_active: ContextVar[Scope | None] = ContextVar("active_scope", default=None)
correlation: ContextVar[str] = ContextVar("correlation", default="")
"""Id of the request or job, told to the database with the scope."""


def active_scope() -> Scope | None:
    return _active.get()


def active_brand_ids() -> frozenset[UUID]:
    """Brands the running code may touch. Raises: NoBrandActive."""
    scope = _active.get()
    if scope is None:
        raise NoBrandActive("enter brand_scope() first")
    return scope.brand_ids


def active_brand_id() -> UUID | None:
    """The brand, if exactly one is in scope; None in an agency's workspace or outside any scope."""
    scope = _active.get()
    if scope is None or len(scope.brand_ids) != 1:
        return None
    return next(iter(scope.brand_ids))


def _tell_database(scope: Scope | None) -> None:
    brand_ids = ",".join(sorted(map(str, scope.brand_ids))) if scope else ""
    agency_ids = ",".join(sorted(map(str, scope.agency_ids))) if scope else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('engage.brand_ids', %s, true),"
            " set_config('engage.agency_ids', %s, true),"
            " set_config('engage.correlation_id', %s, true)",
            [brand_ids, agency_ids, correlation.get()],
        )


@contextmanager
def _enter(scope: Scope) -> Iterator[None]:
    outer = _active.get()
    if outer == scope and connection.in_atomic_block:
        yield
        return
    nested = connection.in_atomic_block
    with transaction.atomic():
        token = _active.set(scope)
        try:
            _tell_database(scope)
            yield
            # The end of a transaction forgets the setting by itself; an inner scope must not
            # leave its own behind. A rollback to the savepoint brings the outer one back.
            if nested and not connection.needs_rollback:
                _tell_database(outer)
        finally:
            _active.reset(token)


@contextmanager
def brand_scope(
    brands: UUID | Iterable[UUID], *, agency_ids: Iterable[UUID] = ()
) -> Iterator[None]:
    """Open a transaction in which exactly these brands' rows exist.

    Entered by the workspace middleware, the task bodies and the management commands. Inside
    another scope it may only narrow.

    Raises: WrongBrand if it would widen the scope that is already active.
    """
    brand_ids = frozenset([brands]) if isinstance(brands, UUID) else frozenset(brands)
    outer = _active.get()
    if outer is not None and not brand_ids <= outer.brand_ids:
        raise WrongBrand("a scope inside a scope may only narrow it")
    with _enter(Scope(brand_ids, frozenset(agency_ids))):
        yield


@contextmanager
def all_brands(*, reason: str) -> Iterator[None]:
    """Every brand of the directory. Platform jobs only; ``reason`` tells the reader why.

    No power of its own in the database: the scope simply lists all brands.
    """
    if not reason:
        raise ValueError("all_brands needs a reason")
    from tenants.models import Agency, Brand  # noqa: PLC0415 -- models import this module

    with _enter(
        Scope(
            frozenset(Brand.including_agencies.values_list("pk", flat=True)),
            frozenset(Agency.objects.values_list("pk", flat=True)),
        )
    ):
        yield


@contextmanager
def own_scope(own_brand_id: UUID) -> Iterator[None]:
    """Only the agency's own rows among the brand-owned tables: its ledger.

    For an act about the whole agency told from inside one of its brands. The one place where an
    inner scope does not narrow the outer one; it takes the outer one's place until it ends.
    """
    with _enter(Scope(frozenset([own_brand_id]))):
        yield


@contextmanager
def new_brand_scope(brand_id: UUID) -> Iterator[None]:
    """Only the brand that this very transaction has made: no scope could hold it before.

    Takes the place of the outer scope until it ends. Outside a transaction there is no such brand.

    Raises: NoBrandActive outside a transaction.
    """
    if not connection.in_atomic_block:
        raise NoBrandActive("a brand is made in a transaction")
    with _enter(Scope(frozenset([brand_id]))):
        yield


@contextmanager
def agency_scope(agency_id: UUID) -> Iterator[None]:
    """Only the agency's own rows (received deliveries), no brand's. For the intake worker."""
    with _enter(Scope(frozenset(), frozenset([agency_id]))):
        yield


_FEW = 16


@lru_cache(maxsize=32)
def _as_array(ids: frozenset[UUID]) -> str:
    return "{" + ",".join(sorted(map(str, ids))) + "}"


class _OneOf(Lookup):
    """``column = ANY (array)``: one parameter for a thousand brands, where IN would bind each."""

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """SQL and its parameters."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::uuid[])", [*params, _as_array(self.rhs)]


class ScopedQuery(sql.Query):
    """Adds the scope when the query runs, not when it is built.

    A queryset may therefore be a class attribute of a view, form or filter and still never runs
    for the wrong brand or without one.
    """

    scope_field = "brand_id"

    def visible_ids(self, scope: Scope) -> frozenset[UUID]:
        return scope.brand_ids

    def bound(self) -> sql.Query:
        """A plain query limited to the active scope. Raises: NoBrandActive."""
        query: sql.Query = self.clone()
        query.__class__ = sql.Query
        if self.is_empty():
            return query
        scope = _active.get()
        if scope is None:
            raise NoBrandActive(f"{self.get_meta().label}: enter brand_scope() first")
        ids = self.visible_ids(scope)
        if len(ids) == 1:
            query.add_q(Q(**{self.scope_field: next(iter(ids))}))
        elif len(ids) <= _FEW:
            query.add_q(Q(**{f"{self.scope_field}__in": sorted(ids)}))
        else:
            owner = query.get_meta().get_field(self.scope_field.removesuffix("_id"))
            column = owner.get_col(query.get_initial_alias())  # type: ignore[union-attr]  # a key
            query.where.add(_OneOf(column, ids), AND)
        return query

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        return self.bound().get_compiler(*args, **kwargs)

    def chain(self, klass: type[sql.Query] | None = None) -> Self:
        if klass is None:
            return super().chain()  # type: ignore[return-value]  # the stubs say Query
        # UPDATE and DELETE change the class here, so they are bound at this point.
        return self.bound().chain(klass)  # type: ignore[return-value]  # another class, by design


class AgencyQuery(ScopedQuery):
    """The same for tables an agency owns."""

    scope_field = "agency_id"

    def visible_ids(self, scope: Scope) -> frozenset[UUID]:
        return scope.agency_ids
