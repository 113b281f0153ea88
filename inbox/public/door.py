"""The short way for deliveries: what can be taken is taken before Django's machinery starts.

A network that is answered slowly delivers less, so the one request that comes in floods skips
sessions, cookies, policies and headers it has no use for. The rules are those of the view: both
call ``receive``. Whatever is not plainly acceptable (another method, no length, unknown app, wrong
signature, a failing database) goes on to the view with its body intact, and is judged there.
"""

import io
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error, connection

from inbox.domain.intake import receive
from inbox.exceptions import BadSignature, BodyTooLarge, UnknownApp

logger = logging.getLogger(__name__)

_PATH = re.compile(
    r"/webhooks/(whatsapp|facebook|instagram)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/"
)
# Without a body: the web server would hand it to the network separately, at the price of a second
# system call here and at the other side.
_HEADERS = [("Content-Length", "0")]

type Start = Callable[..., Any]
type Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


def with_door(application: Application) -> Application:
    """``application`` with the short way in front of it."""

    def door(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and _is_taken(environ):
            start_response("200 OK", _HEADERS)
            return ()
        return application(environ, start_response)

    return door


def _is_taken(environ: dict[str, Any]) -> bool:
    """Whether the delivery is stored; if not, the request is as it came."""
    match = _PATH.fullmatch(environ.get("PATH_INFO", ""))
    length = environ.get("CONTENT_LENGTH") or ""
    if match is None or not length.isdecimal() or int(length) > settings.WEBHOOK_MAX_BYTES:
        return False
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {"X-Hub-Signature-256": environ.get("HTTP_X_HUB_SIGNATURE_256", "")}
    # What Django does between requests: age and trouble end a kept connection.
    connection.close_if_unusable_or_obsolete()
    try:
        receive(match[1], UUID(match[2]), body=body, headers=headers)
    except (UnknownApp, BadSignature, BodyTooLarge):
        return False
    except Error as error:
        logger.warning("a delivery could not be stored at once (%s)", type(error).__name__)
        return False
    return True
