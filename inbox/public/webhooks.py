"""Where networks deliver. No session, no CSRF token: the signature is the key."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from inbox.domain.intake import answer_handshake, receive
from inbox.exceptions import BadSignature, BodyTooLarge, UnknownApp


@csrf_exempt
def webhook(request: HttpRequest, channel: str, app_id: UUID) -> HttpResponse:
    """GET: the network's handshake. POST: one delivery, answered 200 once it is stored."""
    try:
        if request.method == "GET":
            challenge = answer_handshake(channel, app_id, params=request.GET.dict())
            if challenge is None:
                return _plain("the verify token does not match", 403)
            return _plain(challenge, 200)
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "GET, POST"})
        receive(channel, app_id, body=_body(request), headers=request.headers)
    except UnknownApp:
        return _plain("no such webhook", 404)
    except BadSignature:
        return _plain("the signature does not match the body", 401)
    except BodyTooLarge:
        return _plain(f"the body exceeds {settings.WEBHOOK_MAX_BYTES} bytes", 413)
    except (RawPostDataException, UnreadablePostError):
        return _plain("the body could not be read", 400)
    return _plain("ok", 200)


def _body(request: HttpRequest) -> bytes:
    """The raw bytes, never more than the limit and one. Raises: BodyTooLarge."""
    limit = settings.WEBHOOK_MAX_BYTES
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise BodyTooLarge
    # Django reads no body without a length; the server has taken a chunked one apart for us.
    is_chunked = "CONTENT_LENGTH" not in request.META and request.META.get("wsgi.input_terminated")
    source: Any = request.META["wsgi.input"] if is_chunked else request
    body: bytes = source.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLarge
    return body


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
