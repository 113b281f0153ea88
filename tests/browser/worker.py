"""The real Celery worker, as the launcher starts it, beside the web application of a test.

Both meet in a broker of their own inside the test server, so that no other test's worker takes the
wake-ups.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from engage.celery import app, heartbeat
from engage.startup import broker, programs
from engage.startup.environment import ROOT
from tenants.models import ProcessHeartbeat
from tests import databases

START_S = 60


@contextmanager
def running_worker(database: str, log: Path) -> Iterator[None]:
    """A worker on the test's database; ready when the block begins. Needs ``committed``.

    Raises: RuntimeError (it does not start, with the end of its log).
    """
    url = _broker(f"broker_{database}")
    environment = os.environ | {
        "DATABASE_URL": databases.url("APP", database),
        "CELERY_BROKER_URL": url,
        "DJANGO_SETTINGS_MODULE": "engage.settings_test",
    }
    program = programs.worker(environment, before_start=lambda: None)
    with log.open("wb") as output, _publishing(url):
        process = subprocess.Popen(
            program.command, env=environment, cwd=ROOT, stdout=output, stderr=output
        )
        try:
            heartbeat.delay()
            deadline = time.monotonic() + START_S
            while not ProcessHeartbeat.objects.filter(name="worker").exists():
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError(f"the worker does not start: {log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _broker(name: str) -> str:
    """Address of a broker database, which is made if it is missing."""
    url = databases.url("BROKER", name)
    with psycopg.connect(databases.url("SUPERUSER"), autocommit=True) as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER engage_broker TEMPLATE template0").format(
                    sql.Identifier(name)
                )
            )
    broker.prepare(url)
    return url


@contextmanager
def _publishing(url: str) -> Iterator[None]:
    """The application in this process sends its wake-ups there."""
    options = app.conf.broker_transport_options
    before = os.environ["CELERY_BROKER_URL"]  # Celery itself reads it, before its settings
    os.environ["CELERY_BROKER_URL"] = url
    app.conf.broker_transport_options = broker.transport_options(url)
    app._after_fork()  # it keeps connections to the broker of before
    try:
        yield
    finally:
        os.environ["CELERY_BROKER_URL"] = before
        app.conf.broker_transport_options = options
        app._after_fork()
