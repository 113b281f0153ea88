"""Roles and databases of the product on a PostgreSQL server.

Three identities: the owner (migrations), the app role (web and worker; owns nothing, cannot pass
row-level security) and the broker role with a database of its own.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from engage.startup import broker
from engage.startup.keys import Secrets

OWNER_ROLE = "engage_owner"
APP_ROLE = "engage_app"
BROKER_ROLE = "engage_broker"
DATABASE = "engage"
BROKER_DATABASE = "engage_broker"

# What every login role of ours must not be able to do, whatever it was made with before.
HARMLESS = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION")


@dataclass(frozen=True, slots=True)
class ServerAddresses:
    """Connection URLs on the embedded server."""

    host: str
    port: int
    secrets: Secrets

    def url(self, role: str, password: str, database: str) -> str:
        """A ``postgresql://`` URL for one role and database."""
        return f"postgresql://{role}:{quote(password, safe='')}@{self.host}:{self.port}/{database}"

    @property
    def superuser_url(self) -> str:
        """The server's superuser; for set-up and for making test databases."""
        return self.url("postgres", self.secrets.postgres_password, "postgres")

    @property
    def owner_url(self) -> str:
        """Owner of the product's tables; value of ``DATABASE_OWNER_URL``."""
        return self.url(OWNER_ROLE, self.secrets.owner_password, DATABASE)

    @property
    def app_url(self) -> str:
        """The role of web and worker; value of ``DATABASE_URL``."""
        return self.url(APP_ROLE, self.secrets.app_password, DATABASE)

    @property
    def broker_url(self) -> str:
        """Celery's broker; value of ``CELERY_BROKER_URL``."""
        address = self.url(BROKER_ROLE, self.secrets.broker_password, BROKER_DATABASE)
        return address.replace("postgresql://", "pgmq://", 1)

    def env(self) -> dict[str, str]:
        """The addresses under the names the settings read."""
        return {
            "DATABASE_URL": self.app_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "CELERY_BROKER_URL": self.broker_url,
        }


def ensure(servers: ServerAddresses) -> None:
    """Make what is missing of roles, databases and broker tables. Idempotent, about 50 ms."""
    secrets = servers.secrets
    with psycopg.connect(servers.superuser_url, autocommit=True) as connection:
        ensure_role(connection, OWNER_ROLE, secrets.owner_password)
        ensure_role(connection, APP_ROLE, secrets.app_password)
        ensure_role(connection, BROKER_ROLE, secrets.broker_password)
        ensure_database(connection, DATABASE, OWNER_ROLE)
        ensure_database(connection, BROKER_DATABASE, BROKER_ROLE)
        close_database(connection, DATABASE, OWNER_ROLE, APP_ROLE)
        close_database(connection, BROKER_DATABASE, BROKER_ROLE)
    broker.prepare(servers.broker_url)


def ensure_role(connection: psycopg.Connection, name: str, password: str) -> None:
    """Make or reset a login role without any power over the server."""
    verb = "ALTER" if role_exists(connection, name) else "CREATE"
    connection.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            sql.SQL(verb), sql.Identifier(name), HARMLESS, sql.Literal(password)
        )
    )


def role_exists(connection: psycopg.Connection, name: str) -> bool:
    """Whether the server knows the role."""
    row = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    return row is not None


def ensure_database(connection: psycopg.Connection, name: str, owner: str | None) -> bool:
    """Make a database from the bare template; return whether it was made now."""
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if found:
        return False
    query = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
        sql.Identifier(name)
    )
    if owner:
        query += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
    connection.execute(query)
    return True


def close_database(connection: psycopg.Connection, name: str, *allowed: str) -> None:
    """Let only the named roles connect to a database; PostgreSQL lets everybody in by default."""
    connection.execute(
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
    )
    for role in allowed:
        grant_connect(connection, name, role)


def grant_connect(connection: psycopg.Connection, name: str, role: str) -> None:
    """Let a role connect to a database and make temporary tables there."""
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
            sql.Identifier(name), sql.Identifier(role)
        )
    )


def with_identity(url: str, *, role: str, password: str, database: str | None = None) -> str:
    """The same server address for another role (and another database)."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(role, safe='')}:{quote(password, safe='')}@{host}"
    path = f"/{quote(database)}" if database else parts.path
    return urlunsplit((parts.scheme, netloc, path, parts.query, ""))
