"""What the product is held against: psycopg alone, on the same server, role and table."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo

from inbox.models import ChannelApp
from tenants.models import uuid7

INSERT = (
    "INSERT INTO inbox_receiveddelivery"
    " (id, agency_id, app_id, channel, body, body_sha256, signature, received_at, state,"
    " attempts, problem) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')"
)


def address() -> str:
    """Of the measured database, as the app role."""
    found = settings.DATABASES["default"]
    return make_conninfo(
        host=found["HOST"],
        port=found["PORT"],
        dbname=found["NAME"],
        user=found["USER"],
        password=found["PASSWORD"],
    )


def delivery_row(app: ChannelApp, body: bytes, *, state: str) -> list[Any]:
    """The parameters of ``INSERT``, all but the id in front."""
    digest = hashlib.sha256(body).hexdigest()
    now = datetime.now(UTC)
    return [app.agency_id, app.pk, app.channel, body, digest, f"sha256={digest}", now, state]


def insert(connection: psycopg.Connection, row: list[Any]) -> None:
    """One prepared INSERT and, on an autocommit connection, its commit."""
    connection.execute(INSERT, [uuid7(), *row], prepare=True)
