"""A verb behind a button: the same POST serves a form without script and a key press with it."""

from collections.abc import Callable
from contextlib import nullcontext
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django_stubs_ext import StrOrPromise

from tenants.exceptions import DomainError, InvalidState, NotAllowed, NotFound
from tenants.refusals import note_refusal
from tenants.scope import brand_scope

_STATUS: tuple[tuple[type[DomainError], HTTPStatus], ...] = (
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (InvalidState, HTTPStatus.CONFLICT),
)
_CONFLICT_CODES = frozenset({"already_decided"})


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def status_of(error: DomainError) -> HTTPStatus:
    """403, 404 or 409 where the error says so, else 400."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    if error.code in _CONFLICT_CODES:
        return HTTPStatus.CONFLICT
    return HTTPStatus.BAD_REQUEST


def perform(
    request: HttpRequest,
    verb: Callable[[], Any],
    *,
    done: StrOrPromise,
    back: str,
    brand_id: UUID | None,
    tell: Callable[[Any], dict[str, Any]] | None = None,
) -> HttpResponse:
    """Run ``verb`` in a savepoint and in the scope of the one brand it is about; answer.

    ``brand_id`` None: about no brand alone, the scope stays the workspace's.

    Scripts get JSON: ``{"message", **tell(result)}``, or ``{"error", "code"}`` with a status that
    fits. Forms are sent to ``next`` (own pages only) or ``back`` with a message.
    """
    try:
        with transaction.atomic(), brand_scope(brand_id) if brand_id else nullcontext():
            result = verb()
    except DomainError as error:
        if isinstance(error, NotAllowed):
            note_refusal(request.user, "")
        if wants_json(request):
            return JsonResponse({"error": str(error), "code": error.code}, status=status_of(error))
        messages.error(request, str(error))
        return HttpResponseRedirect(_target(request, back))
    if wants_json(request):
        return JsonResponse({"message": str(done)} | (tell(result) if tell else {}))
    messages.success(request, str(done))
    return HttpResponseRedirect(_target(request, back))


def _target(request: HttpRequest, back: str) -> str:
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, None) else back
