"""Damage in the database is found and named: by the operator's check and by the verifier."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from compliance import verify_audit
from compliance.domain.export_job import run_export
from compliance.domain.keys import public_key_text, signing_key
from compliance.domain.ledger_check import ledger_problems
from compliance.domain.sequencer import seal_all
from compliance.models import AuditLeaf
from tenants.models import Brand
from tenants.scope import brand_scope
from tests import databases
from tests.compliance.ledger import export_to, fill, make_export


@contextmanager
def past_every_guard(database: str) -> Iterator[psycopg.Connection]:
    """What only the superuser of the server can do."""
    with psycopg.connect(databases.url("SUPERUSER", database), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def ledger(committed: None, north: Brand, south: Brand) -> Brand:
    for brand in (north, south):
        for _ in range(3):
            fill(brand, 4)
            seal_all(brand.pk)
        fill(brand, 1)
    return north


def leaf(brand: Brand, index: int) -> AuditLeaf:
    with brand_scope(brand.pk):
        return AuditLeaf.objects.get(index=index)


def test_sound_ledger(ledger: Brand):
    out = StringIO()
    call_command("check_ledger", stdout=out)

    assert list(ledger_problems(ledger.pk)) == []
    assert out.getvalue() == "ledger ok, 2 brands\n"


def test_altered_event_is_named(ledger: Brand, south: Brand, test_database: str):
    event = leaf(ledger, 7).event_id
    with past_every_guard(test_database) as sql:
        sql.execute(
            "UPDATE compliance_auditevent SET body = replace(body, '\"n\"', '\"m\"') WHERE id = %s",
            [event],
        )

    assert list(ledger_problems(ledger.pk)) == [f"row 7 (event {event}) was altered"]
    assert list(ledger_problems(south.pk)) == []
    with pytest.raises(CommandError, match="1 problems in 2 ledgers"):
        call_command("check_ledger", stderr=StringIO())


def test_removed_event_is_named(ledger: Brand, test_database: str):
    with past_every_guard(test_database) as sql:
        sql.execute("DELETE FROM compliance_auditleaf WHERE event_id = %s", [leaf(ledger, 7).pk])

    found = list(ledger_problems(ledger.pk))

    assert found[1:] == ["row 7 is missing"]
    assert found[0].endswith("is neither sealed nor waiting")


def test_removed_tail_is_found(ledger: Brand, test_database: str):
    last = leaf(ledger, 11).event_id
    with past_every_guard(test_database) as sql:
        sql.execute("DELETE FROM compliance_auditleaf WHERE event_id = %s", [last])
        sql.execute("DELETE FROM compliance_auditevent WHERE id = %s", [last])

    assert list(ledger_problems(ledger.pk)) == [
        "the tree says 12 events, its leaves are 11 or others"
    ]


def test_event_taken_from_the_queue_is_found(ledger: Brand, test_database: str):
    with past_every_guard(test_database) as sql:
        sql.execute("DELETE FROM compliance_auditpending WHERE brand_id = %s", [ledger.pk])

    assert [text.partition(" is ")[2] for text in ledger_problems(ledger.pk)] == [
        "neither sealed nor waiting"
    ]


def test_rehashed_event_contradicts_the_signed_roots(ledger: Brand, test_database: str):
    with past_every_guard(test_database) as sql:
        sql.execute(
            "UPDATE compliance_auditleaf SET hash = sha256('x') WHERE event_id = %s",
            [leaf(ledger, 7).pk],
        )

    found = list(ledger_problems(ledger.pk))

    assert found[0].startswith("row 7 (event ")
    assert [text for text in found if "do not have the signed root" in text] == [
        f"checkpoint of {size} events: the leaves do not have the signed root" for size in (8, 12)
    ]


def test_forged_checkpoint_is_found(ledger: Brand, test_database: str):
    with past_every_guard(test_database) as sql:
        sql.execute(
            "UPDATE compliance_checkpoint SET note = replace(note, E'\\n8\\n', E'\\n9\\n')"
            " WHERE size = 8 AND brand_id = %s",
            [ledger.pk],
        )

    assert list(ledger_problems(ledger.pk)) == [
        "checkpoint of 8 events: the signature of audit.engage.local does not fit the text"
    ]


def test_export_of_a_damaged_tree_fails_in_words(ledger: Brand, test_database: str):
    export = make_export(ledger)
    assert run_export(export.pk, brand_id=ledger.pk) is None, "it is done"
    with past_every_guard(test_database) as sql:
        sql.execute(
            "UPDATE compliance_auditleaf SET hash = sha256('x') WHERE event_id = %s",
            [leaf(ledger, 7).pk],
        )

    failed = make_export(ledger)

    assert (failed.state, failed.failure) == (
        "failed",
        "the stored leaves do not have the root that was signed",
    )


def test_event_altered_in_the_database_is_named_by_the_verifier(
    ledger: Brand, test_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    event = leaf(ledger, 7).event_id
    with past_every_guard(test_database) as sql:
        sql.execute(
            "UPDATE compliance_auditevent SET body = replace(body, 'spam.links', 'spam.other')"
            " WHERE id = %s",
            [event],
        )
        sql.execute(
            "UPDATE compliance_auditdetail SET value = '\"forged\"' WHERE event_id = %s",
            [leaf(ledger, 3).event_id],
        )
    path = export_to(tmp_path / "x.jsonl", ledger)

    code = verify_audit.main([str(path), "--key", public_key_text(signing_key(), "base64")])

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        "TAMPERED: 2 findings",
        f"- row 3 (event {leaf(ledger, 3).event_id}, line 5): the value of text was altered",
        f"- row 7 (event {event}, line 9): was altered, or was never sealed;"
        " it does not lead to the signed root",
    ]


def test_no_such_workspace(ledger: Brand):
    with pytest.raises(CommandError, match="There is no workspace acme/west"):
        call_command("check_ledger", workspace="acme/west")
