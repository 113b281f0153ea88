"""The embedded PostgreSQL server, for real."""

import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engage.startup import broker
from engage.startup.errors import CannotStart
from engage.startup.postgres import EmbeddedPostgres
from engage.startup.process_identity import started_at


@pytest.fixture(scope="module")
def server(module_folder: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(module_folder / "data", durable=False) as running:
        yield running


@pytest.fixture
def cluster(server: EmbeddedPostgres, folder: Path) -> EmbeddedPostgres:
    """A stopped installation whose cluster directory only looks like one."""
    stopped = EmbeddedPostgres(folder / "data", durable=False)
    stopped.data.create()
    shutil.copy(server.data.secrets_file, stopped.data.secrets_file)
    stopped.data.postgres.mkdir()
    (stopped.data.postgres / "PG_VERSION").write_text("18\n")
    return stopped


@pytest.mark.parametrize(
    ("role", "database"),
    [("engage_app", "engage"), ("engage_owner", "engage"), ("engage_broker", "engage_broker")],
)
def test_each_role_reaches_its_database_without_power_over_the_server(
    server: EmbeddedPostgres, role: str, database: str
) -> None:
    urls = {
        "engage_app": server.servers.app_url,
        "engage_owner": server.servers.owner_url,
        "engage_broker": broker.database_url(server.servers.broker_url),
    }

    with psycopg.connect(urls[role]) as connection:
        row = connection.execute(
            "SELECT current_user, current_database(), rolsuper, rolbypassrls, rolcreatedb,"
            " rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user"
        ).fetchone()

    assert row == (role, database, False, False, False, False, False)


def test_app_role_owns_nothing_and_makes_no_tables(server: EmbeddedPostgres) -> None:
    with (
        psycopg.connect(server.servers.app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (id int)")


def test_app_role_cannot_enter_the_broker_database(server: EmbeddedPostgres) -> None:
    secrets = server.secrets
    url = server.servers.url("engage_app", secrets.app_password, "engage_broker")

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url)


def test_wrong_password_is_refused(server: EmbeddedPostgres) -> None:
    url = server.servers.url("engage_app", "wrong", "engage")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_failed_statement_leaves_no_personal_data_in_the_log(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.servers.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE phones (phone text PRIMARY KEY)")
        connection.execute("INSERT INTO phones VALUES ('+49 170 1')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO phones VALUES ('+49 170 1')")

    log = (server.data.logs / "postgres.log").read_text()
    assert "duplicate key value violates unique constraint" in log
    assert "+49 170 1" not in log


def test_secrets_are_private(server: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(server.data.secrets_file.stat().st_mode) == 0o600


def test_dropped_broker_schema_is_made_again(server: EmbeddedPostgres) -> None:
    url = server.servers.broker_url
    assert broker.check(url, timeout_s=3)
    assert broker.prepare(url) is False
    with psycopg.connect(broker.database_url(url)) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("DROP SCHEMA pgmq CASCADE")

    assert not broker.check(url, timeout_s=3)
    assert broker.prepare(url) is True
    assert broker.check(url, timeout_s=3)


def test_dropped_queue_table_is_noticed(server: EmbeddedPostgres) -> None:
    url = server.servers.broker_url
    with psycopg.connect(broker.database_url(url)) as connection:
        connection.execute("SELECT pgmq.create('lost')")
        assert broker.is_complete(connection)
        connection.execute("DROP TABLE pgmq.q_lost")

    assert broker.prepare(url) is True
    assert broker.check(url, timeout_s=3)


def test_data_survives_a_restart_even_in_a_deep_directory(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    first = EmbeddedPostgres(deep, durable=False)
    with first, psycopg.connect(first.servers.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Grüße' AS word")

    second = EmbeddedPostgres(deep, durable=False)
    with second, psycopg.connect(second.servers.owner_url) as connection:
        row = connection.execute("SELECT word, upper(word) FROM kept").fetchone()

    assert row == ("Grüße", "GRÜßE")
    assert second.port == first.port
    assert second.secrets == first.secrets


def test_server_of_a_killed_launcher_is_replaced(folder: Path) -> None:
    lost = EmbeddedPostgres(folder / "data", durable=False)
    lost.start()
    lost_pid = lost.pid
    assert lost_pid is not None

    with EmbeddedPostgres(folder / "data", durable=False) as found:
        assert found.pid != lost_pid
        assert lost._process is not None
        lost._process.wait(5)
        assert started_at(lost_pid) is None


def test_killed_server_starts_again_with_its_data(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "data")
    server.start()
    with psycopg.connect(server.servers.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.is_running:
        time.sleep(0.01)

    with server, psycopg.connect(server.servers.owner_url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_missing_version_file_is_one_clear_sentence(cluster: EmbeddedPostgres) -> None:
    (cluster.data.postgres / "PG_VERSION").rename(cluster.data.postgres / "something_else")

    with pytest.raises(CannotStart) as refusal:
        cluster.start()

    assert str(refusal.value) == (
        f"The database directory {cluster.data.postgres} is damaged: PG_VERSION is missing; "
        "restore it from a backup or move it away to start with an empty database."
    )
    assert cluster.pid is None


@pytest.mark.parametrize(
    ("version", "words"),
    [("16\n", "was made by PostgreSQL 16"), ("\x00\x01", "PG_VERSION is unreadable")],
)
def test_unusable_version_file_is_named(
    cluster: EmbeddedPostgres, version: str, words: str
) -> None:
    (cluster.data.postgres / "PG_VERSION").write_text(version)

    with pytest.raises(CannotStart, match=words):
        cluster.start()


def test_cluster_without_content_gives_the_servers_last_words(cluster: EmbeddedPostgres) -> None:
    with pytest.raises(CannotStart, match=r"^PostgreSQL does not start: .*postgresql\.conf"):
        cluster.start()

    assert not cluster.is_running


def test_lost_secrets_are_not_replaced_by_new_ones(cluster: EmbeddedPostgres) -> None:
    cluster.data.secrets_file.unlink()

    with pytest.raises(CannotStart, match=r"secrets\.json is missing although"):
        cluster.start()

    assert not cluster.data.secrets_file.exists()


def test_damaged_secrets_are_named(cluster: EmbeddedPostgres) -> None:
    cluster.data.secrets_file.write_text("{")

    with pytest.raises(CannotStart, match=r"secrets\.json is damaged"):
        cluster.start()


def test_file_in_the_way_of_the_data_directory(folder: Path) -> None:
    (folder / "data").write_text("not a directory")

    with pytest.raises(CannotStart, match="is not a directory"):
        EmbeddedPostgres(folder / "data").start()


def test_broken_off_initdb_leaves_nothing_in_the_way(folder: Path) -> None:
    data = folder / "data"
    (data / "postgres.new" / "base").mkdir(parents=True)
    (data / "postgres.new" / "PG_VERSION").write_text("18\n")

    with EmbeddedPostgres(data, durable=False) as server:
        assert server.is_running

    assert not (data / "postgres.new").exists()
