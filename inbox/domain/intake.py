"""The door: a delivery is checked, stored byte for byte and answered. Nothing is parsed here; one
look at the bytes says in whose queue they wait."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName, UniqueViolation

from inbox.choices import DeliveryState
from inbox.domain.wake import wake_now
from inbox.exceptions import BadSignature, BodyTooLarge, UnknownApp
from inbox.models import ChannelApp
from inbox.providers.connectors import CONNECTORS
from tenants.models import uuid7

_KEEP_APPS_S = 20
_apps: dict[tuple[str, UUID], tuple[float, "AppKey"]] = {}

_INSERT = (
    "INSERT INTO inbox_receiveddelivery"
    " (id, agency_id, app_id, channel, account_hint, body, body_sha256, signature, received_at,"
    " state, attempts, problem) VALUES (%s, %s, %s, %s, %s, %b, %s, %s, %s, %s, 0, '')"
)
_may_prepare = True


@dataclass(frozen=True, slots=True)
class AppKey:
    """What the door needs to know of an app."""

    app_id: UUID
    agency_id: UUID
    secret: str
    verify_token: str


def find_app(channel: str, app_id: UUID) -> AppKey:
    """The app behind a webhook address; remembered for seconds. Raises: UnknownApp."""
    kept = _apps.get((channel, app_id))
    now = time.monotonic()
    if kept is not None and kept[0] > now:
        return kept[1]
    app = ChannelApp.objects.filter(pk=app_id, channel=channel).first()
    if app is None:
        raise UnknownApp
    key = AppKey(app.pk, app.agency_id, app.app_secret, app.verify_token)
    _apps[(channel, app_id)] = (now + _KEEP_APPS_S, key)
    return key


def receive(channel: str, app_id: UUID, *, body: bytes, headers: Mapping[str, str]) -> UUID:
    """Store one delivery and wake the worker; returns its id.

    One INSERT in its own transaction: when this returns, the delivery survives any crash.

    Raises: UnknownApp, BodyTooLarge, BadSignature.
    """
    app = find_app(channel, app_id)
    if len(body) > settings.WEBHOOK_MAX_BYTES:
        raise BodyTooLarge
    connector = CONNECTORS[channel]
    if not connector.verify_signature(body, headers, [app.secret]):
        raise BadSignature
    delivery_id, hint = uuid7(), connector.account_hint(body)[:100]
    _store(
        (
            delivery_id,
            app.agency_id,
            app.app_id,
            channel,
            hint,
            body,
            hashlib.sha256(body).hexdigest(),
            headers.get("X-Hub-Signature-256", "")[:200],
            timezone.now(),
            DeliveryState.RECEIVED.value,
        )
    )
    wake_now("inbox.split_deliveries", agency_id=app.agency_id, stream=hint)
    return delivery_id


def _store(row: tuple[Any, ...]) -> None:
    """One prepared INSERT, one round trip.

    Past the ORM on purpose: the row-level policy lets anyone hand in, and the scope that reading
    needs would cost the door two more round trips. A kept connection is used without asking first
    whether it lives; if it does not, the same row goes through a new one. Its key makes sure that
    it is stored once, also where the first attempt had reached the server.
    """
    try:
        _insert(row)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        try:
            _insert(row)
        except IntegrityError as error:
            if not isinstance(error.__cause__, UniqueViolation):
                raise
            # The first attempt was committed after all.


def _insert(row: tuple[Any, ...]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        raw = connection.connection
        # Django's own cursors bind on the client and never prepare, so only this one is affected.
        raw.prepare_threshold = 0 if _may_prepare else None
        try:
            psycopg.Cursor(raw).execute(_INSERT, row)
        except (InvalidSqlStatementName, DuplicatePreparedStatement):
            _stop_preparing()
            raw.prepare_threshold = None
            psycopg.Cursor(raw).execute(_INSERT, row)


def _stop_preparing() -> None:
    """An old connection pooler between us and the server mixes up whose statements are whose."""
    global _may_prepare
    _may_prepare = False


def answer_handshake(channel: str, app_id: UUID, *, params: Mapping[str, str]) -> str | None:
    """The challenge to echo, or None if the token is wrong. Raises: UnknownApp."""
    app = find_app(channel, app_id)
    return CONNECTORS[channel].handshake(params, app.verify_token)
