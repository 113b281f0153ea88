"""Gives each request its correlation id and tells the field history who is acting."""

from collections.abc import Callable

from auditlog.context import set_actor
from django.http import HttpRequest, HttpResponseBase

from compliance.domain.context import AuditContext, current
from tenants.models import User, uuid7


class AuditContextMiddleware:
    """The id is made here. A client's header is never believed, so nothing of it can break a write."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = current.set(AuditContext(uuid7()))
        try:
            # Reads make no field history, so only requests that may write look the person up.
            if request.method in {"GET", "HEAD", "OPTIONS"} or not isinstance(request.user, User):
                return self.get_response(request)
            with set_actor(request.user):
                return self.get_response(request)
        finally:
            current.reset(token)
