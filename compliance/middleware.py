"""Tells the ledger who is asking."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

from compliance.domain.refusals import record_refusals
from compliance.scope import (
    AuditContext,
    clean_address,
    enter_context,
    new_correlation_id,
)
from tenants.models import ApiToken, User
from tenants.refusals import Refused, refusals

HEADER = "X-Correlation-ID"


class AuditContextMiddleware:
    """Hold the audit context around a request and answer with its correlation id.

    The id is made here and the address is the socket's: what a client's headers say is not
    believed, so nothing in them can forge an entry or break a write. The person is looked up only
    when something is recorded.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        correlation_id = new_correlation_id()
        context = AuditContext(
            partial(_actor_of, request),
            correlation_id=correlation_id,
            address=clean_address(request.META.get("REMOTE_ADDR")),
        )
        with enter_context(context), refusals() as refused:
            response = self.get_response(request)
            if refused or response.status_code == HTTPStatus.FORBIDDEN:
                _tell(request, response.status_code, refused)
        response.headers[HEADER] = correlation_id
        return response


def _tell(request: HttpRequest, status: int, refused: list[Refused]) -> None:
    """After the request's transaction, which is rolled back or never held the refusal. What named
    a capability says more than the bare answer."""
    workspace = getattr(request, "workspace", None)
    actor = _actor_of(request)
    if workspace is None or actor is None:
        return
    match = request.resolver_match
    record_refusals(
        [one for one in refused if one.capability] or refused or [Refused(actor, "", None)],
        workspace,
        route=match.view_name if match else "",
        method=request.method or "",
        status=status,
    )


def _actor_of(request: HttpRequest) -> User | ApiToken | None:
    token = getattr(request, "api_token", None)
    if isinstance(token, ApiToken):
        return token
    user = getattr(request, "user", None)
    # request.user is lazy; its class tells the truth, type() would name the wrapper.
    return user if isinstance(user, User) and user.is_authenticated else None
