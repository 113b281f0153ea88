"""Row-level security and the app role's rights, derived from the models.

The app role starts with nothing. A table gets its grants in the same statement batch as its
policies, so a table that was forgotten is unreadable rather than unprotected.
"""

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from psycopg import sql

from tenants.models import AgencyModel, BrandModel
from tenants.registries import database_guards

APP_ROLE = "engage_app"


def owned_tables(base: type[models.Model]) -> list[str]:
    """Tables of every concrete model below ``base``, and others that say ``row_security``."""
    wanted = "brand" if base is BrandModel else "agency"
    return sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, base) or getattr(model, "row_security", None) == wanted
    )


def append_only_tables() -> list[str]:
    """Tables whose model says ``append_only = True``: the app role may only add and read."""
    return sorted(
        model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)
    )


def cache_tables() -> list[str]:
    """Tables of the shared cache. They have no model and no owner: keys carry agency or brand."""
    backend = "django.core.cache.backends.db.DatabaseCache"
    return [str(c["LOCATION"]) for c in settings.CACHES.values() if c["BACKEND"] == backend]


def _policies(
    table: str, column: str, setting: str, *, open_insert: bool = False
) -> list[sql.Composed]:
    name, col = sql.Identifier(table), sql.Identifier(column)
    # The sub-select is evaluated once per statement, so the column's index serves the predicate.
    inside = sql.SQL(
        "{col} = ANY ((SELECT string_to_array(nullif(current_setting({setting}, true), ''), ','))"
        "::uuid[])"
    ).format(col=col, setting=sql.Literal(setting))
    statements = [
        sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name),
        sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name),
        sql.SQL("DROP POLICY IF EXISTS in_scope ON {}").format(name),
        sql.SQL("CREATE POLICY in_scope ON {} USING ({}) WITH CHECK ({})").format(
            name, inside, inside
        ),
        sql.SQL("DROP POLICY IF EXISTS hand_in ON {}").format(name),
    ]
    if open_insert:
        statements.append(
            sql.SQL("CREATE POLICY hand_in ON {} FOR INSERT WITH CHECK (true)").format(name)
        )
    return statements


def secure_database(role: str = APP_ROLE) -> dict[str, int]:
    """Put policies and grants in place; run as the owner after every migration. Idempotent.

    Returns counts: ``{"brand": n, "agency": n, "append_only": n, "plain": n}``.
    """
    brand, agency = owned_tables(BrandModel), owned_tables(AgencyModel)
    append_only = set(append_only_tables())
    every = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    app = sql.Identifier(role)
    statements: list[sql.Composed] = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app),
        sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(app),
        sql.SQL("GRANT SELECT ON django_migrations TO {}").format(app),
    ]
    for table in brand:
        statements += _policies(table, "brand_id", "engage.brand_ids")
    for table in agency:
        # Handing in a delivery needs no scope (one INSERT, then the answer); reading it does.
        statements += _policies(table, "agency_id", "engage.agency_ids", open_insert=True)
    for table in sorted(every):
        rights = "INSERT, SELECT" if table in append_only else "INSERT, SELECT, UPDATE, DELETE"
        statements += [
            sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.Identifier(table), app),
            sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), sql.Identifier(table), app),
        ]
    for table in cache_tables():
        name = sql.Identifier(table)
        rights_of_cache = sql.SQL("GRANT INSERT, SELECT, UPDATE, DELETE ON {} TO {}")
        statements.append(rights_of_cache.format(name, app))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    for guard in database_guards:
        guard()
    return {
        "brand": len(brand),
        "agency": len(agency),
        "append_only": len(append_only),
        "plain": len(every) - len(brand) - len(agency),
    }
