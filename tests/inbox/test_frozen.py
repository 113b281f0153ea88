"""A frozen brand: nothing leaves, everything comes in, nobody is answered by a machine."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from engage.stops import stops_in
from inbox.choices import DeliveryState, OutboxAction, OutboxState
from inbox.domain import outbox, replies
from inbox.domain.pipeline import process_waiting
from inbox.domain.sending import send_waiting
from inbox.domain.splitting import split_waiting
from inbox.models import (
    AnswerTemplate,
    ChannelAccount,
    InboundEvent,
    Message,
    OutboxItem,
    ReceivedDelivery,
)
from moderation.domain.policies import install_preset
from tenants.domain.directory import find_workspace
from tenants.domain.freezing import freeze_brand, stop_intake, thaw_brand
from tenants.models import Brand, User
from tenants.scope import agency_scope, brand_scope
from tests.factories.api import make_token
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.inbox.stage import SETUP

HIDE, COMMENT_REPLY = OutboxAction.HIDE, OutboxAction.COMMENT_REPLY


@pytest.fixture
def page(north: Brand) -> ChannelAccount:
    with brand_scope(north.pk):
        install_preset(north, actor=SETUP)
        return make_account(north, "facebook", "5551")


def _deliver(page: ChannelAccount, text: str, *, page_id: str = "5551") -> ReceivedDelivery:
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": f"9_{len(text)}",
        "post_id": f"{page_id}_1",
        "from": {"id": "77", "name": "Lena"},
        "message": text,
        "created_time": int(timezone.now().timestamp()),
    }
    entry = {"id": page_id, "time": 1, "changes": [{"field": "feed", "value": value}]}
    body = json.dumps({"object": "page", "entry": [entry]})
    with agency_scope(page.app.agency_id):
        return ReceivedDelivery.objects.create(
            agency_id=page.app.agency_id,
            app=page.app,
            channel="facebook",
            body=body.encode(),
            body_sha256="0" * 64,
            received_at=timezone.now(),
        )


def _state(delivery: ReceivedDelivery) -> tuple[str, bytes]:
    with agency_scope(delivery.agency_id):
        row = ReceivedDelivery.objects.get(pk=delivery.pk)
        return row.state, bytes(row.body)


def test_neither_text_nor_hiding_leaves_and_both_wait_for_a_person_after_thawing(
    north: Brand, page: ChannelAccount, olga: User
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(page)
        message = make_message(conversation)
        freeze_brand(north, reason="Contract ends", actor=olga)
        reply = replies.send_reply(conversation, text="Gern!", actor=olga, idempotency_key="k1")
        hide = outbox.put_action(
            message, action=HIDE, actor=SETUP, idempotency_key="h1", now=timezone.now()
        )
        assert [item.state for item in (reply, hide)] == [OutboxState.HELD] * 2
        assert reply.held_reasons[0]["message"] == "North is frozen: Contract ends"
        assert {r["code"] for i in (reply, hide) for r in i.held_reasons} == {"brand_frozen"}
        thaw_brand(north, reason="Goes on", actor=olga)

    assert send_waiting(north.pk) == 0
    with brand_scope(north.pk):
        states = OutboxItem.objects.values_list("state", flat=True)
        assert set(states) == {OutboxState.HELD}
        assert replies.approve(reply, actor=olga).state == OutboxState.QUEUED
        assert replies.approve(hide, actor=olga).state == OutboxState.QUEUED


def test_what_was_queued_before_is_held_when_its_turn_comes(
    north: Brand, page: ChannelAccount, olga: User
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(page)
        make_message(conversation)
        reply = replies.send_reply(conversation, text="Gern!", actor=olga, idempotency_key="k1")
        assert reply.state == OutboxState.QUEUED
        freeze_brand(north, reason="Contract ends", actor=olga)

    send_waiting(north.pk)

    with brand_scope(north.pk):
        reply.refresh_from_db()
        assert (reply.state, reply.attempts) == (OutboxState.HELD, 0)


@pytest.mark.parametrize("frozen", [False, True])
def test_what_comes_in_is_stored_and_triaged_but_not_answered(
    north: Brand, page: ChannelAccount, olga: User, frozen: bool
) -> None:
    with brand_scope(north.pk):
        AnswerTemplate.objects.create(
            brand=north, name="t", shortcut="t", intent="praise", conversation_kind="comment",
            language="de", text="Danke!", sends_itself=True, min_confidence_pct=1,
        )  # fmt: skip
        if frozen:
            freeze_brand(north, reason="x", actor=olga)
    delivery = _deliver(page, "Super Service, vielen Dank, ich bin begeistert!")

    split_waiting(north.agency_id)
    process_waiting(north.pk)

    assert _state(delivery)[0] == DeliveryState.SPLIT
    with brand_scope(north.pk):
        message = Message.objects.get()
        assert message.triages.count() == 1
        assert OutboxItem.objects.count() == (0 if frozen else 1)


def test_a_stopped_intake_answers_and_keeps_nothing(
    north: Brand, south: Brand, page: ChannelAccount, olga: User
) -> None:
    with brand_scope(south.pk):
        make_account(south, "facebook", "777", app=page.app)
    with brand_scope(north.pk):
        freeze_brand(north, reason="x", actor=olga)
        stop_intake(north, reason="x", actor=olga)
    mine = _deliver(page, "Geheimnis von Lena")
    other = _deliver(page, "Frage an Süd", page_id="777")

    split_waiting(north.agency_id)

    assert _state(mine) == (DeliveryState.SPLIT, b"")
    assert _state(other)[0] == DeliveryState.SPLIT
    assert b"Frage" in _state(other)[1]
    with brand_scope(north.pk):
        assert InboundEvent.objects.count() == 0
    with brand_scope(south.pk):
        assert InboundEvent.objects.count() == 1


def test_a_token_of_a_frozen_brand_may_only_read(
    client: Client, north: Brand, page: ChannelAccount, olga: User
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(page)
        make_message(conversation)
        freeze_brand(north, reason="x", actor=olga)
    _token, plain = make_token(north, "inbox.conversation.view", "inbox.conversation.work")
    base = "/w/acme/north/api/v1/conversations/"
    bearer = {"Authorization": f"Bearer {plain}"}

    read = client.get(base, headers=bearer)
    write = client.post(f"{base}{conversation.pk}/close/", headers=bearer)
    with brand_scope(north.pk):
        thaw_brand(north, reason="x", actor=olga)
    again = client.post(f"{base}{conversation.pk}/close/", headers=bearer)

    assert (read.status_code, write.status_code, again.status_code) == (200, 403, 200)
    assert write.json()["code"] == "brand_frozen"
    assert "frozen" in write.json()["detail"]


def test_every_page_of_the_brand_says_so(
    client: Client, north: Brand, south: Brand, olga: User
) -> None:
    with brand_scope(north.pk):
        freeze_brand(north, reason="Contract <ends>", actor=olga)
    client.force_login(olga)

    html = client.get("/w/acme/north/admin/").content.decode()
    other = client.get("/w/acme/south/admin/").content.decode()
    whole = find_workspace(olga, "acme", None)

    assert "North is frozen: nothing is sent." in html
    assert "Contract &lt;ends&gt;" in html
    assert "is frozen" not in other
    assert [(stop.name, stop.is_frozen) for stop in stops_in(whole)] == [("North", True)]
