"""The broker inside PostgreSQL (kombu's ``pgmq`` transport)."""

import psycopg
from pgmq import install_pgmq_from_sql

PREFIX = "pgmq://"

# One number for all processes that might install at the same time; any constant will do.
INSTALL_LOCK = 0x656E6761


def is_pgmq(url: str) -> bool:
    """Whether the broker URL means a PostgreSQL database."""
    return url.startswith(PREFIX)


def database_url(url: str) -> str:
    """The ``postgresql://`` form of a ``pgmq://`` URL."""
    return "postgresql://" + url.removeprefix(PREFIX)


def transport_options(url: str) -> dict[str, object]:
    """Celery's ``broker_transport_options`` for this broker URL; empty for other brokers.

    ``conn_string`` must be given: without it the client takes ``DATABASE_URL`` from the
    environment, which is the product's own database. Waiting is left to LISTEN/NOTIFY
    (``wait_time_seconds`` 0), because polling inside PostgreSQL would hold one queue while another
    has work; ``polling_interval`` (seconds) bounds the delay of a message whose notification was
    held back by the 250 ms throttle. ``pool_timeout`` bounds what a web request waits for a dead
    broker.
    """
    if not is_pgmq(url):
        return {}
    return {
        "conn_string": database_url(url),
        "use_notify": True,
        "init_extension": False,
        "wait_time_seconds": 0,
        "polling_interval": 0.2,
        "visibility_timeout": 300,
        "pool_size": 4,
        "pool_timeout": 5,
    }


def prepare(url: str) -> bool:
    """Install the broker tables if they are missing; return whether that was needed.

    Does nothing for other brokers. A half-dropped schema is replaced: messages are only
    wake-ups, the work itself stands in the product's tables. Safe to call from several processes
    at once.
    """
    if not is_pgmq(url):
        return False
    with psycopg.connect(database_url(url)) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [INSTALL_LOCK])
        if is_complete(connection):
            return False
        connection.execute("SET LOCAL client_min_messages = warning")
        connection.execute("DROP SCHEMA IF EXISTS pgmq CASCADE")
        install_pgmq_from_sql(conn=connection)
    return True


def check(url: str, *, timeout_s: int) -> bool:
    """Whether the broker in PostgreSQL answers and has its tables. Raises: psycopg.Error."""
    with psycopg.connect(database_url(url), connect_timeout=timeout_s) as connection:
        return is_complete(connection)


def is_complete(connection: psycopg.Connection) -> bool:
    """Whether tables and functions are there and every listed queue has its table."""
    row = connection.execute(
        """
        SELECT to_regclass('pgmq.meta') IS NOT NULL
           AND to_regclass('pgmq.topic_bindings') IS NOT NULL
           AND to_regclass('pgmq.notify_insert_throttle') IS NOT NULL
           AND EXISTS (
               SELECT 1 FROM pg_proc AS f JOIN pg_namespace AS n ON n.oid = f.pronamespace
               WHERE n.nspname = 'pgmq' AND f.proname = 'send_topic')
        """
    ).fetchone()
    if row is None or not row[0]:
        return False
    lost = connection.execute(
        "SELECT 1 FROM pgmq.meta WHERE to_regclass(format('pgmq.%I', 'q_' || queue_name)) IS NULL"
    ).fetchone()
    return lost is None
