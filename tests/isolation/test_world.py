"""The world itself: a row in every table, and nothing readable without a scope."""

from django.db import connection

from tests.isolation.world import World


def test_without_a_scope_no_owned_table_shows_a_row(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
        tables = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 -- from the catalogue
            counts[table] = cursor.fetchone()[0]
        planted = {row._meta.db_table for row in world.rows.values()}

    assert set(tables) <= planted | {"compliance_auditpending"}
    assert {table: n for table, n in counts.items() if n} == {}
