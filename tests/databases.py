"""The tests' own PostgreSQL: one embedded server for the run, one database per worker.

The schema is made once as the owner and copied; the tests then run as the app role, under the same
row-level security and rights as in production.
"""

import fcntl
import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from engage.startup.postgres import EmbeddedPostgres

TEMPLATE = "test_template"
MANY_BYTES = 1 << 20
_ENV = {name: f"ENGAGE_TEST_{name}_URL" for name in ("SUPERUSER", "OWNER", "APP", "BROKER")}


class TestServer:
    """Started by the controlling process; its workers find the addresses in the environment."""

    __test__ = False

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="engage-test-pg-"))
        self.server = EmbeddedPostgres(self.directory / "data", durable=False)

    def start(self) -> None:
        self.server.start()
        urls = self.server.servers
        os.environ[_ENV["SUPERUSER"]] = urls.superuser_url
        os.environ[_ENV["OWNER"]] = urls.owner_url
        os.environ[_ENV["APP"]] = urls.app_url
        os.environ[_ENV["BROKER"]] = urls.broker_url

    def stop(self) -> None:
        self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        for name in _ENV.values():
            os.environ.pop(name, None)


def url(name: str, database: str = "") -> str:
    """Address as SUPERUSER, OWNER, APP or BROKER, perhaps of another database."""
    found = os.environ[_ENV[name]]
    return found if not database else found.rpartition("/")[0] + "/" + database


def is_running() -> bool:
    return _ENV["SUPERUSER"] in os.environ


def use(role: str, database: str) -> None:
    """Point Django's connection at a database of the test server, as the given role."""
    connection = connections["default"]
    connection.close()
    parts = urlsplit(url(role, database))
    wanted: dict[str, Any] = {
        "NAME": database,
        "USER": parts.username,
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port,
    }
    connection.settings_dict.update(wanted)
    connections.settings["default"].update(wanted)


def make_database(name: str) -> None:
    """A fresh copy of the migrated schema; the first worker that comes migrates it."""
    lock = Path(tempfile.gettempdir()) / f"engage-test-{urlsplit(url('SUPERUSER')).port}.lock"
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with psycopg.connect(url("SUPERUSER"), autocommit=True) as admin:
            exists = admin.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]
            ).fetchone()
            if not exists:
                _create(admin, TEMPLATE, "template0")
                _migrate(TEMPLATE)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            _create(admin, name, TEMPLATE)


def _create(admin: psycopg.Connection, name: str, template: str) -> None:
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER engage_owner TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )


def _migrate(name: str) -> None:
    use("OWNER", name)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("grant_app_role", stdout=io.StringIO())
    connections["default"].close()


def empty(database: str) -> None:
    """Take out every row, past the triggers that forbid it: only the superuser can.

    Row by row where there are few: TRUNCATE makes new files for every table and index, thousands of
    them, and every session has to learn all tables anew. The locks wait for whoever still writes.
    """
    with psycopg.connect(url("SUPERUSER", database), autocommit=True) as admin, admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        tables = admin.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN"
            " ('django_migrations', 'django_content_type', 'auth_permission')"
        ).fetchall()
        names = [sql.Identifier(row[0]) for row in tables]
        admin.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))
        filled = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, pg_relation_size({}) WHERE EXISTS (SELECT FROM {})").format(
                sql.Literal(row[0]), sql.Literal(row[0]), sql.Identifier(row[0])
            )
            for row in tables
        )
        for name, size in admin.execute(filled).fetchall():
            remove = "DELETE FROM {}" if size < MANY_BYTES else "TRUNCATE {} CASCADE"
            admin.execute(sql.SQL(remove).format(sql.Identifier(name)))
