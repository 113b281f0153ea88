"""The product's own PostgreSQL and tables for the time of the measurements, durable as in use."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from engage.startup import environment, roles
from engage.startup.postgres import EmbeddedPostgres

SUPERUSER_URL = "BENCH_SUPERUSER_URL"
ROOT = environment.ROOT


class Installation:
    """An embedded server that flushes to disk, and the environment of the product's processes."""

    def __init__(self, directory: Path) -> None:
        self.data_dir = directory / "data"
        self.server = EmbeddedPostgres(self.data_dir)

    def start(self) -> None:
        """Start the server and bring tables and static files up, as ``make run`` does."""
        self.server.start()
        owner = environment.as_owner(self.variables(roles.DATABASE), self._servers())
        subprocess.run(
            [sys.executable, "manage.py", "prepare"],
            env=owner,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        self.server.stop()

    def fresh_database(self, name: str) -> dict[str, str]:
        """Copy the empty tables into a database of its own; the environment that uses it."""
        database = f"bench_{name}"
        with psycopg.connect(self.server.servers.superuser_url, autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    *map(sql.Identifier, (database, roles.OWNER_ROLE, roles.DATABASE))
                )
            )
        return self.variables(database)

    def variables(self, database: str) -> dict[str, str]:
        """Variables of web and worker in the app role, and the superuser's address for set-up."""
        servers = self._servers()
        found = environment.build(
            servers,
            self.server.secrets,
            self.server.data.path,
            public_url="http://127.0.0.1:8000",
            sandbox_url="",
        )
        return found | {
            "DATABASE_URL": _named(servers.app_url, database),
            SUPERUSER_URL: _named(self.server.servers.superuser_url, database),
            "LOG_LEVEL": "WARNING",
        }

    def _servers(self) -> environment.Servers:
        urls = self.server.servers
        return environment.Servers(urls.owner_url, urls.app_url, urls.broker_url)


def _named(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


@contextmanager
def temporary() -> Iterator[Installation]:
    """An installation in a directory of its own, gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="engage-bench-"))
    found = Installation(directory)
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(directory, ignore_errors=True)


def superuser_url() -> str:
    """Address of the measured database for a role that row-level security does not bind."""
    return os.environ[SUPERUSER_URL]
