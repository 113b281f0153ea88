"""Every error of the API as a problem. Source: RFC 9457 (application/problem+json)."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, TypedDict

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework.exceptions import APIException, Throttled, ValidationError

from engage.api.authentication import challenge
from tenants.exceptions import DomainError, InvalidInput, InvalidState, NotAllowed, NotFound
from tenants.scope import active_scope

_API_ADDRESS = re.compile(r"^(?:/w/[^/]+(?:/[^/]+)?)?/api(?:/|$)")
_STATUS: dict[type[DomainError], int] = {
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    InvalidState: HTTPStatus.CONFLICT,
    InvalidInput: HTTPStatus.BAD_REQUEST,
}


class FieldProblem(TypedDict):
    """``field``: name of the parameter, header or member (dots lead inwards); "" for the whole."""

    field: str
    code: str
    detail: str


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """The response. ``type`` stays about:blank: ``status`` and ``code`` say what happened."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"} | (headers or {}),
    )


def problem_details(exc: Exception, _context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. Takes back whatever the request has written.

    None for what nobody foresaw: Django logs it and answers by ``server_error``.
    """
    response = _translate(exc)
    if response is not None and active_scope() is not None:
        transaction.set_rollback(True)
    return response


def _translate(exc: Exception) -> HttpResponse | None:
    if isinstance(exc, DomainError):
        status = next(
            (number for kind, number in _STATUS.items() if isinstance(exc, kind)),
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
        field = exc.field if isinstance(exc, InvalidInput) else ""
        message = str(exc.message)
        errors = [FieldProblem(field=field, code=exc.code, detail=message)] if field else []
        return problem(status, code=exc.code, detail=message, errors=errors)
    if isinstance(exc, Http404):
        return _not_found()
    if isinstance(exc, PermissionDenied):
        return _translate(NotAllowed())
    if isinstance(exc, ValidationError):
        return problem(
            HTTPStatus.BAD_REQUEST,
            code="invalid_input",
            detail=_("Some values were refused; see errors."),
            errors=list(_flatten(exc.detail)),
        )
    if isinstance(exc, APIException):
        headers = {}
        if isinstance(exc, Throttled):
            headers["Retry-After"] = str(int(getattr(exc, "wait", None) or 1))
            return problem(
                exc.status_code,
                code="over_quota",
                detail=_("This brand has asked too often in this minute. Try again later."),
                headers=headers,
            )
        if getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]  # set by DRF's view
        return problem(
            exc.status_code,
            code=getattr(exc.detail, "code", None) or exc.default_code,
            detail=str(exc.detail),
            headers=headers,
        )
    return None


def _flatten(detail: Any, path: str = "") -> Iterator[FieldProblem]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            inside = "" if name == "non_field_errors" else str(name)
            yield from _flatten(inner, ".".join(filter(None, (path, inside))))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flatten(inner, path)
    else:
        yield FieldProblem(field=path, code=getattr(detail, "code", "invalid"), detail=str(detail))


def _not_found() -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, code=NotFound.code, detail=str(NotFound.default_message))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``. Without credentials every workspace of the API answers 401, there or not."""
    if not _API_ADDRESS.match(request.path):
        return defaults.page_not_found(request, exception)
    has_credentials = "Authorization" in request.headers
    is_known = getattr(request, "api_token", None) is not None or (
        not has_credentials and request.user.is_authenticated
    )
    if is_known:
        return _not_found()
    return problem(
        HTTPStatus.UNAUTHORIZED,
        code="invalid_token" if has_credentials else "not_authenticated",
        detail=_("The token is unknown, has expired or was revoked.")
        if has_credentials
        else _("Send a token: Authorization: Bearer …"),
        headers={"WWW-Authenticate": challenge(has_credentials=has_credentials)},
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``."""
    if not _API_ADDRESS.match(request.path):
        return defaults.bad_request(request, exception)
    return problem(
        HTTPStatus.BAD_REQUEST, code="bad_request", detail=_("The request cannot be read.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``. Says nothing about the cause; the log knows it by the correlation id."""
    if not _API_ADDRESS.match(request.path):
        return defaults.server_error(request)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="server_error",
        detail=_("Something went wrong on our side. Name the X-Correlation-ID when you ask."),
    )
