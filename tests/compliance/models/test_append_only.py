"""The database itself keeps the ledger: raw SQL as the app role and as the owner of the tables."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from compliance.domain.sequencer import seal
from compliance.models import AuditDetail
from tenants.models import Brand
from tenants.scope import brand_scope
from tests import databases
from tests.compliance.ledger import fill

KEPT = ("compliance_auditevent", "compliance_auditleaf", "compliance_checkpoint")
FORBIDDEN = [
    *(f"UPDATE {table} SET brand_id = brand_id" for table in KEPT),  # noqa: S608 -- names above
    *(f"DELETE FROM {table}" for table in KEPT),  # noqa: S608 -- names above
    *(f"TRUNCATE {table} CASCADE" for table in (*KEPT, "compliance_auditdetail")),
    "UPDATE compliance_auditdetail SET value = '\"forged\"'",
    "UPDATE compliance_auditdetail SET name = 'x', value = NULL, salt = NULL, erased_at = now()",
    "DELETE FROM compliance_auditdetail",
    "DELETE FROM compliance_audittree",
    "UPDATE compliance_audittree SET size = 0",
    "UPDATE compliance_audittree SET origin = 'other', size = size + 1",
    "TRUNCATE compliance_auditpending",
]
UNSEALED = [
    "DELETE FROM compliance_auditpending",
    "UPDATE compliance_auditpending SET brand_id = brand_id",
]


@pytest.fixture
def sealed(north: Brand) -> Brand:
    fill(north, 2)
    seal(north.pk)
    fill(north, 1)
    return north


@pytest.mark.parametrize("statement", [*FORBIDDEN, *UNSEALED])
def test_app_role_is_refused(sealed: Brand, statement: str):
    with brand_scope(sealed.pk), connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM compliance_auditevent")
        assert cursor.fetchone() == (3,)


@pytest.mark.parametrize("statement", [*FORBIDDEN, *UNSEALED])
def test_owner_is_refused(committed: None, sealed: Brand, statement: str, test_database: str):
    with psycopg.connect(databases.url("OWNER", test_database)) as owner:
        owner.execute("SELECT set_config('engage.brand_ids', %s, true)", [str(sealed.pk)])
        found = owner.execute("SELECT count(*) FROM compliance_auditevent").fetchone()
        assert found == (3,)
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)
        owner.rollback()


def test_erasing_a_value_is_the_one_change_allowed(sealed: Brand):
    with brand_scope(sealed.pk), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE compliance_auditdetail SET value = NULL, salt = NULL, erased_at = now(),"
            " erased_reference = 'art17.1'"
        )
        assert AuditDetail.objects.filter(value=None, erased_reference="art17.1").count() == 3
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("UPDATE compliance_auditdetail SET erased_reference = 'other'")


def test_ledger_of_another_brand_does_not_exist(sealed: Brand, south: Brand):
    tables = (*KEPT, "compliance_auditdetail", "compliance_audittree", "compliance_auditpending")
    with connection.cursor() as cursor:
        for brand, expected in ((sealed, True), (south, False)):
            with brand_scope(brand.pk):
                for table in tables:
                    cursor.execute(f"SELECT count(*) > 0 FROM {table}")  # noqa: S608 -- names above
                    assert (table, cursor.fetchone()) == (table, (expected,))
