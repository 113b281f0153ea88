"""Refusals are in the ledger although the refused request is rolled back, and cannot flood it."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from compliance.domain.refusals import KIND, MOST_PER_MINUTE, record_refusals
from compliance.models import AuditEvent
from inbox.models import Conversation
from tenants.domain.directory import find_workspace
from tenants.models import Brand, User
from tenants.refusals import MOST, Refused, note_refusal, refusals
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

CONVERSATION = "/w/acme/north/admin/inbox/conversation/"


@pytest.fixture
def thread(north: Brand) -> Conversation:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north, "whatsapp"))
        make_message(conversation, "Wo bleibt mein Paket?")
    return conversation


def refused_in(brand: Brand) -> list[tuple[str, str, str]]:
    with brand_scope(brand.pk):
        rows = AuditEvent.objects.filter(kind=KIND).order_by("at", "pk")
        return [(row.actor_ref, row.reason, row.object_ref) for row in rows]


def test_a_refused_verb_is_told_once_per_minute(
    client: Client, north: Brand, aud: User, thread: Conversation
) -> None:
    client.force_login(aud)
    for _turn in range(3):
        answer = client.post(
            f"{CONVERSATION}{thread.pk}/close/", headers={"accept": "application/json"}
        )
        assert answer.status_code == 403

    assert refused_in(north) == [(str(aud.pk), "inbox.conversation.work", str(thread.pk))]


def test_a_hostile_client_cannot_flood_the_ledger(north: Brand, ada: User) -> None:
    workspace = find_workspace(ada, "acme", "north")
    assert workspace is not None
    for number in range(MOST_PER_MINUTE + 10):
        obj = Conversation(pk=uuid4(), brand=north)
        record_refusals(
            [Refused(ada, f"inbox.thing.do{number}", obj)],
            workspace,
            route="r",
            method="POST",
            status=403,
        )

    assert len(refused_in(north)) == MOST_PER_MINUTE


def test_it_outlives_the_transaction_of_the_request(north: Brand, ada: User) -> None:
    workspace = find_workspace(ada, "acme", "north")
    assert workspace is not None
    with refusals() as found, transaction.atomic():
        note_refusal(ada, "inbox.reply.send", north)
        transaction.set_rollback(True)
    record_refusals(found, workspace, route="", method="POST", status=403)

    assert refused_in(north) == [(str(ada.pk), "inbox.reply.send", str(north.pk))]


def test_an_object_of_another_brand_is_not_named(north: Brand, south: Brand, ada: User) -> None:
    workspace = find_workspace(ada, "acme", "north")
    assert workspace is not None
    record_refusals(
        [Refused(ada, "inbox.reply.send", Conversation(pk=uuid4(), brand=south))],
        workspace,
        route="",
        method="POST",
        status=403,
    )

    assert refused_in(north) == [(str(ada.pk), "inbox.reply.send", str(north.pk))]
    assert refused_in(south) == []


def test_no_more_than_a_few_are_kept(ada: User) -> None:
    with refusals() as found:
        for number in range(MOST + 5):
            note_refusal(ada, f"a.b.c{number}")
    note_refusal(ada, "a.b.c")

    assert len(found) == MOST


def test_a_page_without_the_right_is_told_by_its_route(
    client: Client, north: Brand, ada: User
) -> None:
    client.force_login(ada)
    answer = client.get("/w/acme/north/admin/compliance/auditexport/add/")
    with brand_scope(north.pk):
        bodies: list[Any] = [row.body for row in AuditEvent.objects.filter(kind=KIND)]

    assert answer.status_code == 403
    assert len(bodies) == 1
    assert "compliance_auditexport_add" in bodies[0]
