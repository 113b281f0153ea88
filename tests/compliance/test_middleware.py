"""Hostile headers reach neither the ledger nor break a write."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from compliance.domain.audit import record
from compliance.middleware import AuditContextMiddleware
from compliance.models import AuditEvent
from compliance.scope import audit_context
from tenants.models import Brand, User
from tenants.scope import brand_scope

HOSTILE = {
    "X-Forwarded-For": "not-an-ip, 203.0.113.9",
    "X-Forwarded-Port": "99999999999999999999",
    "X-Correlation-ID": "x" * 300,
}


@pytest.mark.parametrize("headers", [{}, HOSTILE, {"X-Correlation-ID": "chosen-by-the-client"}])
def test_headers_do_not_reach_the_ledger(north: Brand, ada: User, headers: dict[str, str]):
    seen: list[AuditEvent] = []

    def view(request: HttpRequest) -> HttpResponse:
        with brand_scope(north.pk):
            actor = audit_context().find_actor()
            assert actor is not None
            seen.append(record("inbox.reply.sent", north, actor=actor))
        return HttpResponse("ok")

    request = RequestFactory().post("/", headers=headers, REMOTE_ADDR="192.0.2.7")
    request.user = ada
    response = AuditContextMiddleware(view)(request)

    with brand_scope(north.pk):
        details = {detail.name: detail.readable for detail in seen[0].details.all()}
    assert details == {"from.address": "192.0.2.7"}
    assert (len(seen[0].correlation_id), seen[0].actor_ref) == (32, str(ada.pk))
    assert response.headers["X-Correlation-ID"] == seen[0].correlation_id
    assert response.headers["X-Correlation-ID"] not in headers.values()


@pytest.mark.parametrize(
    ("address", "kept"),
    [("", ""), ("unix:", ""), ("999.1.1.1", ""), ("<script>", ""), ("::1%lo\x00", "::1")],
)
def test_malformed_address_is_dropped(rf: RequestFactory, address: str, kept: str):
    found: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        found.append(audit_context().address)
        return HttpResponse("ok")

    AuditContextMiddleware(view)(rf.get("/", REMOTE_ADDR=address))

    assert found == [kept]


def test_nobody_signed_in(rf: RequestFactory):
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(audit_context().find_actor()))

    request = rf.get("/")
    request.user = AnonymousUser()

    assert AuditContextMiddleware(view)(request).content == b"None"


def test_context_ends_with_the_request(rf: RequestFactory):
    def view(request: HttpRequest) -> HttpResponse:
        assert audit_context().correlation_id
        raise RuntimeError("view failed")

    with pytest.raises(RuntimeError):
        AuditContextMiddleware(view)(rf.get("/"))
    assert audit_context().correlation_id == ""
