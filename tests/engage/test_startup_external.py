"""Servers of the operator's own: what is made there and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engage.startup import broker, external, keys, roles
from engage.startup.errors import CannotStart
from engage.startup.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def server(module_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server that stands in for the operator's; our own roles are taken off it."""
    with EmbeddedPostgres(module_folder / "data", durable=False) as running:
        yield running


@pytest.fixture
def operator(server: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """The operator's superuser on a server without anything of ours."""
    with psycopg.connect(server.servers.superuser_url, autocommit=True) as connection:
        for name in ("engage", "engage_broker", "shop"):
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        for name in ("engage_app", "engage_broker", "engage_owner", "shopkeeper"):
            connection.execute(f"DROP ROLE IF EXISTS {name}")
        yield connection


def shop(server: EmbeddedPostgres, operator: psycopg.Connection, rights: str) -> str:
    """The address of a database whose owner has ``rights``."""
    operator.execute(f"CREATE ROLE shopkeeper LOGIN PASSWORD 'pw' {rights}")
    operator.execute("CREATE DATABASE shop OWNER shopkeeper")
    return server.servers.url("shopkeeper", "pw", "shop")


def who(url: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT current_user, current_database()").fetchone()


def test_owner_with_rights_gets_app_role_and_broker_database(
    server: EmbeddedPostgres, operator: psycopg.Connection
) -> None:
    url = shop(server, operator, "CREATEROLE CREATEDB")
    secrets = keys.generate()

    servers = external.resolve({"DATABASE_URL": url}, secrets)

    assert servers.owner_url == url
    assert who(servers.app_url) == ("engage_app", "shop")
    assert who(broker.database_url(servers.broker_url)) == ("engage_broker", "engage_broker")
    assert broker.check(servers.broker_url, timeout_s=3)
    assert external.resolve({"DATABASE_URL": url}, secrets) == servers


def test_owner_without_createdb_gets_the_broker_in_the_same_database(
    server: EmbeddedPostgres, operator: psycopg.Connection
) -> None:
    url = shop(server, operator, "CREATEROLE")

    servers = external.resolve({"DATABASE_URL": url}, keys.generate())

    assert who(broker.database_url(servers.broker_url)) == ("engage_broker", "shop")
    assert broker.check(servers.broker_url, timeout_s=3)
    with psycopg.connect(servers.app_url) as connection:
        row = connection.execute(
            "SELECT has_schema_privilege('engage_app', 'pgmq', 'USAGE')"
        ).fetchone()
    assert row == (False,)


def test_owner_without_createrole_is_told_what_to_do(
    server: EmbeddedPostgres, operator: psycopg.Connection
) -> None:
    url = shop(server, operator, "")

    with pytest.raises(CannotStart) as refusal:
        external.resolve({"DATABASE_URL": url}, keys.generate())

    assert str(refusal.value) == (
        "The user of DATABASE_URL may not create the role engage_app; have it created, then set "
        "DATABASE_URL to it and DATABASE_OWNER_URL to the owner."
    )


def test_app_role_of_another_installation_keeps_its_password(
    server: EmbeddedPostgres, operator: psycopg.Connection
) -> None:
    url = shop(server, operator, "CREATEROLE CREATEDB")
    first = external.resolve({"DATABASE_URL": url}, keys.generate())

    with pytest.raises(CannotStart, match="not with the password of this data directory"):
        external.resolve({"DATABASE_URL": url}, keys.generate())

    assert who(first.app_url) == ("engage_app", "shop")


def test_given_addresses_are_used_as_they_are(
    server: EmbeddedPostgres, operator: psycopg.Connection
) -> None:
    url = shop(server, operator, "")
    operator.execute("CREATE ROLE engage_app LOGIN PASSWORD 'mine'")
    environ = {
        "DATABASE_URL": server.servers.url("engage_app", "mine", "shop"),
        "DATABASE_OWNER_URL": url,
        "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    }

    servers = external.resolve(environ, keys.generate())

    assert (servers.app_url, servers.owner_url, servers.broker_url) == (
        environ["DATABASE_URL"],
        url,
        "redis://127.0.0.1:6379/0",
    )


def test_identity_is_replaced_in_an_address_with_options() -> None:
    url = roles.with_identity(
        "postgresql://me:p%40ss@db.example:6432/shop?sslmode=require",
        role="engage_app",
        password="a/b",
        database="other",
    )

    assert url == "postgresql://engage_app:a%2Fb@db.example:6432/other?sslmode=require"
