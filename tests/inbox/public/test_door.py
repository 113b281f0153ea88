"""The short way of a delivery past Django, and what it leaves to the view."""

import io
from typing import Any

import psycopg
import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection

from inbox.models import ChannelApp, ReceivedDelivery
from inbox.providers.meta import signature
from inbox.public.door import with_door
from tenants.models import Brand
from tenants.scope import agency_scope
from tests import databases
from tests.factories.inbox import make_app

BODY = b'{"object":"page","entry":[]}\xff'


@pytest.fixture
def app(committed: None, north: Brand) -> ChannelApp:
    return make_app(north)


def post(app: ChannelApp, body: bytes = BODY, **changes: str) -> tuple[str, bytes]:
    """Status and body of the answer."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": app.webhook_path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_HUB_SIGNATURE_256": signature(body, app.app_secret),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    } | changes
    said: list[str] = []
    answer = with_door(get_wsgi_application())(
        environ, lambda status, _headers: said.append(status)
    )
    return said[0], b"".join(answer)


def stored(app: ChannelApp) -> list[bytes]:
    with agency_scope(app.agency_id):
        return [bytes(one.body) for one in ReceivedDelivery.objects.order_by("id")]


def test_a_signed_delivery_is_stored_byte_for_byte(app: ChannelApp) -> None:
    assert post(app) == ("200 OK", b"")

    with agency_scope(app.agency_id):
        row = ReceivedDelivery.objects.get()
    assert (bytes(row.body), row.channel, row.app_id, row.state, row.signature) == (
        BODY,
        "facebook",
        app.pk,
        "received",
        signature(BODY, app.app_secret),
    )


def test_a_wrong_signature_is_refused_by_the_view_and_nothing_stored(app: ChannelApp) -> None:
    wrong = signature(BODY, "other")

    status, text = post(app, HTTP_X_HUB_SIGNATURE_256=wrong)

    assert (status, text) == ("401 Unauthorized", b"the signature does not match the body")
    assert stored(app) == []


def test_too_long_a_body_is_refused(app: ChannelApp, settings: Any) -> None:
    settings.WEBHOOK_MAX_BYTES = len(BODY) - 1

    assert post(app)[0].startswith("413")
    assert stored(app) == []


def test_an_unknown_app_is_answered_by_the_view(app: ChannelApp) -> None:
    path = app.webhook_path.replace(str(app.pk), "00000000-0000-7000-8000-000000000000")

    assert post(app, PATH_INFO=path)[0] == "404 Not Found"


def test_a_connection_that_died_is_replaced_and_the_delivery_stored_once(
    app: ChannelApp, test_database: str
) -> None:
    post(app)
    pid = connection.connection.info.backend_pid
    with psycopg.connect(databases.url("SUPERUSER"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    assert post(app, b"second") == ("200 OK", b"")

    assert stored(app) == [BODY, b"second"]
    assert connection.connection.info.backend_pid != pid
