"""The door: a delivery is checked, stored byte for byte and answered. Nothing is parsed here."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

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
    " (id, agency_id, app_id, channel, body, body_sha256, signature, received_at, state,"
    " attempts, problem) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')"
)


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
    if not CONNECTORS[channel].verify_signature(body, headers, [app.secret]):
        raise BadSignature
    delivery_id = uuid7()
    # Written past the ORM on purpose: the row-level policy lets anyone hand in, and the scope
    # that reading needs would cost the door two more round trips.
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                delivery_id,
                app.agency_id,
                app.app_id,
                channel,
                body,
                hashlib.sha256(body).hexdigest(),
                headers.get("X-Hub-Signature-256", "")[:200],
                timezone.now(),
                DeliveryState.RECEIVED.value,
            ],
        )
    wake_now("inbox.split_deliveries", agency_id=app.agency_id)
    return delivery_id


def answer_handshake(channel: str, app_id: UUID, *, params: Mapping[str, str]) -> str | None:
    """The challenge to echo, or None if the token is wrong. Raises: UnknownApp."""
    app = find_app(channel, app_id)
    return CONNECTORS[channel].handshake(params, app.verify_token)
