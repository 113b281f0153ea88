"""Servers of the operator's own, named by ``DATABASE_URL`` and ``CELERY_BROKER_URL``."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from engage.startup import broker, roles
from engage.startup.environment import Servers
from engage.startup.errors import CannotStart
from engage.startup.keys import Secrets

CONNECT_TIMEOUT_S = 5


def resolve(environ: Mapping[str, str], secrets: Secrets) -> Servers:
    """The servers to use, with roles and broker tables made where they are missing.

    ``DATABASE_URL`` alone is the owner; the app role is then made on that server with the password
    of this data directory. With ``DATABASE_OWNER_URL`` beside it, ``DATABASE_URL`` is the app role
    and nothing is made. Without ``CELERY_BROKER_URL`` the broker is a database on the same server,
    or a schema in the same database where databases may not be made.

    Raises: CannotStart (not reachable, or lacking a right; the remedy is named).
    """
    given_url = environ["DATABASE_URL"]
    owner_url = environ.get("DATABASE_OWNER_URL") or given_url
    app_url = given_url
    broker_url = environ.get("CELERY_BROKER_URL", "")
    with _connect(owner_url) as connection:
        if not environ.get("DATABASE_OWNER_URL"):
            app_url = roles.with_identity(
                owner_url, role=roles.APP_ROLE, password=secrets.app_password
            )
            _ensure_login(connection, roles.APP_ROLE, secrets.app_password, app_url)
        if not broker_url:
            broker_url = _broker_on(connection, owner_url, secrets)
    try:
        broker.prepare(broker_url)
    except psycopg.Error as error:
        raise CannotStart(
            f"The broker in PostgreSQL cannot be prepared ({_words(error)}); "
            "set CELERY_BROKER_URL to a broker of yours."
        ) from error
    return Servers(owner_url=owner_url, app_url=app_url, broker_url=broker_url)


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
    except psycopg.Error as error:
        raise CannotStart(
            f"The database server of DATABASE_URL does not answer: {_words(error)}"
        ) from error


def _ensure_login(connection: psycopg.Connection, role: str, password: str, url: str) -> None:
    """Make the role if it is missing and prove that it can log in."""
    if not roles.role_exists(connection, role):
        try:
            roles.ensure_role(connection, role, password)
        except psycopg.errors.InsufficientPrivilege as error:
            raise CannotStart(
                f"The user of DATABASE_URL may not create the role {role}; have it created, then "
                "set DATABASE_URL to it and DATABASE_OWNER_URL to the owner."
            ) from error
    database = connection.info.dbname
    roles.grant_connect(connection, database, role)
    try:
        psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S).close()
    except psycopg.OperationalError as error:
        raise CannotStart(
            f"The role {role} exists on the server, but not with the password of this data "
            "directory; set DATABASE_URL to that role and DATABASE_OWNER_URL to the owner."
        ) from error


def _broker_on(connection: psycopg.Connection, owner_url: str, secrets: Secrets) -> str:
    row = connection.execute(
        "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    database = roles.BROKER_DATABASE if row and row[0] else connection.info.dbname
    if database == roles.BROKER_DATABASE:
        roles.ensure_database(connection, database, owner=None)
    url = roles.with_identity(
        owner_url, role=roles.BROKER_ROLE, password=secrets.broker_password, database=database
    )
    _ensure_login_for_broker(connection, secrets, database, url)
    return broker.PREFIX + url.partition("://")[2]


def _ensure_login_for_broker(
    connection: psycopg.Connection, secrets: Secrets, database: str, url: str
) -> None:
    """The broker role may make its own schema, so that it owns the queues and nothing else."""
    if not roles.role_exists(connection, roles.BROKER_ROLE):
        roles.ensure_role(connection, roles.BROKER_ROLE, secrets.broker_password)
    connection.execute(
        sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(
            sql.Identifier(database), sql.Identifier(roles.BROKER_ROLE)
        )
    )
    _ensure_login(connection, roles.BROKER_ROLE, secrets.broker_password, url)


def _words(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
