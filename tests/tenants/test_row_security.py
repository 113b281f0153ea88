"""The second line: raw SQL as the app role reads and writes nothing outside the scope."""

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from inbox.models import Contact
from tenants.models import Brand
from tenants.scope import brand_scope

TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    " AND a.attname = %s AND NOT a.attisdropped ORDER BY 1"
)
# Read before a scope exists; the reasons stand in tests/project/test_models.py.
DIRECTORY = {
    "tenants_membership",
    "tenants_apitoken",
    "tenants_brandgrant",
    "tenants_invitation",
    "tenants_supportaccess",
    "inbox_channelroute",
    "inbox_channelapp",
    "inbox_channelaccountgrant",
}


def _query(sql: str, params: list[object] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _owned_tables() -> list[str]:
    found = {str(row[0]) for row in _query(TABLES, ["brand_id"])}
    return sorted(found - DIRECTORY)


@pytest.fixture
def two(north: Brand, south: Brand) -> tuple[Brand, Brand]:
    for brand in (north, south):
        with brand_scope(brand.pk):
            for number in (1, 2):
                Contact.objects.create(
                    brand=brand,
                    name=f"{brand.slug} {number}",
                    first_seen_at=timezone.now(),
                    last_seen_at=timezone.now(),
                )
    return north, south


def test_the_tests_run_as_the_app_role(db: None) -> None:
    (row,) = _query(
        "SELECT current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole"
        " FROM pg_roles WHERE rolname = current_user"
    )

    assert row == ("engage_app", False, False, False, False)


def test_the_app_role_owns_nothing(db: None) -> None:
    assert _query("SELECT relname FROM pg_class WHERE relowner = 'engage_app'::regrole") == []


def test_every_brand_table_of_the_catalogue_forces_row_security(db: None) -> None:
    rows = dict(_query("SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"))
    tables = _owned_tables()

    assert len(tables) >= 25
    assert [name for name in tables if not rows[name]] == []


def test_without_a_scope_every_brand_table_reads_as_empty(two: tuple[Brand, Brand]) -> None:
    with brand_scope(two[0].pk):
        assert _query("SELECT count(*) FROM inbox_contact") == [(2,)]  # there is something

    counts = {name: _query(f"SELECT count(*) FROM {name}")[0][0] for name in _owned_tables()}  # noqa: S608 -- names from the catalogue

    assert set(counts.values()) == {0}


def test_raw_sql_sees_one_brand(two: tuple[Brand, Brand]) -> None:
    north, south = two

    with brand_scope(north.pk):
        names = _query("SELECT name FROM inbox_contact ORDER BY 1")
        foreign = _query("SELECT name FROM inbox_contact WHERE brand_id = %s", [south.pk])
        changed = _query(
            "UPDATE inbox_contact SET name = 'x' WHERE brand_id = %s RETURNING id", [south.pk]
        )
        deleted = _query("DELETE FROM inbox_contact WHERE brand_id = %s RETURNING id", [south.pk])

    assert (names, foreign, changed, deleted) == ([("north 1",), ("north 2",)], [], [], [])


def test_raw_sql_cannot_write_into_another_brand(two: tuple[Brand, Brand]) -> None:
    north, south = two

    with brand_scope(north.pk):
        with pytest.raises(Error, match="row-level security"), transaction.atomic():
            _query("UPDATE inbox_contact SET brand_id = %s RETURNING id", [south.pk])
        assert _query("SELECT count(*) FROM inbox_contact") == [(2,)]


def test_the_setting_does_not_outlive_an_inner_scope(two: tuple[Brand, Brand]) -> None:
    with brand_scope(two[0].pk):
        assert _query("SELECT count(*) FROM inbox_contact") == [(2,)]

    assert _query("SELECT count(*) FROM inbox_contact") == [(0,)]


@pytest.mark.parametrize("table", ["compliance_auditevent", "compliance_auditleaf"])
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET brand_id = brand_id", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_the_app_role_may_not_change_the_ledger(db: None, table: str, verb: str) -> None:
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        _query(verb.format(table))


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE inbox_contact DISABLE ROW LEVEL SECURITY",
        "DROP POLICY in_scope ON inbox_contact",
        "CREATE TABLE stolen (id int)",
        "SET ROLE engage_owner",
        "SET session_replication_role = replica",
    ],
)
def test_the_app_role_cannot_lift_the_guard(db: None, sql: str) -> None:
    with pytest.raises(Error), transaction.atomic():
        _query(sql)
