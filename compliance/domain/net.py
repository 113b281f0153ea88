"""No silent writes: which tables the database watches, and what it found.

Verbs write their events themselves. What comes past them (bulk statements, cascades, raw SQL) is
noticed by triggers: a transaction that changed rows of a watched table and wrote no event about a
change leaves an ``UnexplainedWrite``. A table, some of its columns or some operations are left out
only with a ground, in the ``unaudited.py`` of an app. See ``migrations/0015_silent_writes.py``.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from psycopg import sql

from compliance.registries import Unaudited, unaudited
from tenants.models import Agency, Brand
from tenants.registry import Registry
from tenants.scope import brand_scope

OPERATIONS = ("insert", "update", "delete")
TRIGGERS = ("told_by_commit", "told_by_commit_update")
_NOT_TOLD = sql.SQL("current_setting('engage.told', true) IS DISTINCT FROM 'y'")


@dataclass(frozen=True, slots=True)
class Watched:
    """A table under the net. ``brand`` and ``agency``: columns that say whose a row is, or empty.

    ``columns``: a change of these counts; empty: of any. ``operations``: of ``OPERATIONS``.
    """

    label: str
    table: str
    brand: str
    agency: str
    columns: tuple[str, ...]
    operations: tuple[str, ...]


def watched_tables(exceptions: Registry[Unaudited] = unaudited) -> Iterator[Watched]:
    """Every table of the product whose rows name a brand or an agency, but for the exceptions."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        label = model._meta.label_lower
        brand, agency = _owner(model)
        known = exceptions[label] if label in exceptions else Unaudited("")
        operations = tuple(one for one in OPERATIONS if one not in known.operations)
        if known.is_whole or not (brand or agency):
            continue
        yield Watched(
            label, model._meta.db_table, brand, agency, _columns(model, known), operations
        )


def owned_by_nobody() -> list[str]:
    """Labels of tables whose rows name neither brand nor agency: the net cannot tell anybody."""
    return sorted(
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and _owner(model) == ("", "")
    )


def _owner(model: type[models.Model]) -> tuple[str, str]:
    if model is Brand:
        return "id", ""
    if model is Agency:
        return "", "id"
    columns = {field.column for field in model._meta.concrete_fields}
    return tuple(name if name in columns else "" for name in ("brand_id", "agency_id"))  # type: ignore[return-value]  # two of them


def _columns(model: type[models.Model], known: Unaudited) -> tuple[str, ...]:
    if not known.columns:
        return ()
    every = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    if unknown := set(known.columns) - every.keys():
        raise LookupError(f"{model._meta.label}: no such column {sorted(unknown)}")
    return tuple(column for name, column in every.items() if name not in known.columns)


def install() -> int:
    """Put the triggers on the tables, take them off those left out; how many are watched.

    As the owner of the tables, after every migration. Idempotent.
    """
    watched = list(watched_tables())
    statements: list[sql.Composed] = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            statements += [
                sql.SQL("DROP TRIGGER IF EXISTS {} ON {}").format(
                    sql.Identifier(name), sql.Identifier(model._meta.db_table)
                )
                for name in TRIGGERS
            ]
    for one in watched:
        statements += _triggers(one)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return len(watched)


def _triggers(one: Watched) -> Iterator[sql.Composed]:
    if rows := [name for name in ("insert", "delete") if name in one.operations]:
        yield _trigger(TRIGGERS[0], " OR ".join(rows), one, _NOT_TOLD)
    if "update" in one.operations:
        changed: sql.Composable = sql.SQL("OLD.* IS DISTINCT FROM NEW.*")
        if one.columns:
            changed = sql.SQL(" OR ").join(
                sql.SQL("OLD.{0} IS DISTINCT FROM NEW.{0}").format(sql.Identifier(column))
                for column in one.columns
            )
        yield _trigger(
            TRIGGERS[1], "update", one, sql.SQL("{} AND ({})").format(_NOT_TOLD, changed)
        )


def _trigger(name: str, event: str, one: Watched, when: sql.Composable) -> sql.Composed:
    return sql.SQL(
        "CREATE CONSTRAINT TRIGGER {} AFTER {} ON {} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN ({}) EXECUTE FUNCTION compliance_told_by_commit({}, {})"
    ).format(
        sql.Identifier(name),
        sql.SQL(event),  # words of OPERATIONS
        sql.Identifier(one.table),
        when,
        sql.Literal(one.brand),
        sql.Literal(one.agency),
    )


@contextmanager
def chunk_scope(
    brands: UUID | Iterable[UUID], *, agency_ids: Iterable[UUID] = (), receipt: str
) -> Iterator[None]:
    """``brand_scope`` for one of many transactions of a run whose last event, ``receipt``, counts
    every row that each of them changed: the net does not ask each for an event of its own."""
    if not receipt:
        raise ValueError("name the event that tells of these rows")
    with brand_scope(brands, agency_ids=agency_ids):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('engage.told', 'y', true)")
        yield
