"""Hostile headers over a real socket, and actors inside actors."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from compliance.domain.audit import record
from compliance.models import AuditEvent
from compliance.scope import acting, audit_context
from inbox.models import Conversation
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.servers import running_web

RULE = SystemActor("rule", "consent_words.stop", "7")
TASK = SystemActor("system", "pipeline")
HOSTILE = [
    ("X-Forwarded-For", "not-an-ip, 203.0.113.9"),
    ("X-Forwarded-For", "203.0.113.9"),
    ("X-Forwarded-For", "\xff" * 400),
    ("X-Real-IP", "203.0.113.9"),
    ("X-Correlation-ID", "x" * 300),
    ("X-Correlation-ID", "chosen-by-the-client"),
    ("X-Correlation-ID", "a%0d%0aX-Injected: 1"),
    ("User-Agent", "<script>alert(1)</script>" * 40),
    ("X-Request-ID", "'; DROP TABLE compliance_auditevent; --"),
]


@pytest.fixture
def web(committed: None) -> Iterator[str]:
    with running_web() as address:
        yield address


@pytest.fixture
def thread(web: str, north: Brand) -> Conversation:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north, "whatsapp"))
        make_message(conversation, "Wo bleibt mein Paket?")
    return conversation


def test_hostile_headers_neither_break_nor_forge(
    web: str, north: Brand, ada: User, thread: Conversation
) -> None:
    signed_in = Client()
    signed_in.force_login(ada)
    cookie = (
        f"{settings.SESSION_COOKIE_NAME}={signed_in.cookies[settings.SESSION_COOKIE_NAME].value}"
    )
    page = f"/w/acme/north/admin/inbox/conversation/{thread.pk}/change/"
    answered = []
    for number, (name, value) in enumerate(HOSTILE):
        connection = http.client.HTTPConnection(urlsplit(web).netloc, timeout=30)
        # A term of its own makes each request's reading an event of its own.
        connection.request(
            "GET", f"{page}?q=Paket&after={number}", headers={"Cookie": cookie, name: value}
        )
        answer = connection.getresponse()
        answered.append((answer.status, answer.getheader("X-Correlation-ID") or ""))
        assert answer.getheader("X-Injected") is None
        connection.close()
    with brand_scope(north.pk):
        events = list(AuditEvent.objects.prefetch_related("details").order_by("at", "pk"))
        addresses = {
            detail.readable
            for event in events
            for detail in event.details.all()
            if detail.name == "from.address"
        }

    assert [status for status, _cid in answered] == [200] * len(HOSTILE)
    assert all(len(cid) == 32 for _status, cid in answered)
    assert len({cid for _status, cid in answered}) == len(HOSTILE)
    reading = [event for event in events if event.kind.startswith("inbox.conversation.")]
    assert {event.actor_ref for event in reading} == {str(ada.pk)}
    assert {event.correlation_id for event in reading} <= {cid for _status, cid in answered}
    assert addresses == {"127.0.0.1"}


def test_person_then_task_then_rule_each_keep_their_own(
    committed: None, north: Brand, ada: User
) -> None:
    def who() -> str:
        return str(getattr(audit_context().find_actor(), "ref", audit_context().find_actor()))

    seen = []
    with acting(ada, reason="asked", correlation_id="outer"):
        seen.append(who())
        with acting(TASK, correlation_id="inner"):
            seen.append(who())
            with acting(RULE):
                seen.append((who(), audit_context().correlation_id))
            seen.append(who())
        seen.append((who(), audit_context().correlation_id))
    seen.append(audit_context().find_actor())

    assert seen == [
        str(ada),
        TASK.ref,
        (RULE.ref, "inner"),
        TASK.ref,
        (str(ada), "outer"),
        None,
    ]


def test_an_automated_act_names_its_kind_and_version(committed: None, north: Brand) -> None:
    with brand_scope(north.pk):
        event = record("inbox.consent.noted", north, actor=RULE)

    assert (event.actor_kind, event.actor_ref) == ("rule", "consent_words.stop@7")
