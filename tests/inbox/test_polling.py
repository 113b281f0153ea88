"""Asked accounts: what is found goes the way of all deliveries; units are shared fairly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django.fixtures import Settings

from inbox.choices import OutboxAction
from inbox.domain.outbox import put_action
from inbox.domain.pipeline import process_waiting
from inbox.domain.polling import poll_due, start_polling
from inbox.domain.sending import send_waiting
from inbox.domain.splitting import split_waiting
from inbox.domain.turns import due_polls
from inbox.domain.units import next_day, room_for, spend_units, spent_today
from inbox.models import ChannelAccount, ChannelPoll, Message, OutboxItem, ReceivedDelivery
from inbox.providers.youtube import api
from moderation.domain.policies import install_preset
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_app, make_conversation, make_message
from tests.factories.tenants import make_user
from tests.inbox.providers.youtube_fake import (
    CHANNEL,
    CLIENT,
    REFRESH,
    SECRET,
    START,
    YouTubeFake,
    running_youtube,
)
from tests.inbox.stage import SETUP

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)  # at the network's own place


@pytest.fixture
def fake() -> Iterator[YouTubeFake]:
    api._tokens.clear()
    with running_youtube() as running:
        yield running


@pytest.fixture
def account(committed: None, north: Brand, fake: YouTubeFake) -> ChannelAccount:
    app = make_app(north, "youtube", app_secret=SECRET, client_id=CLIENT)
    with brand_scope(north.pk):
        install_preset(north, actor=SETUP)
        found = make_account(
            north, "youtube", CHANNEL, app=app, base_url=fake.url, access_token=REFRESH
        )
        start_polling(found, now=START)
    return found


def _again(account: ChannelAccount) -> None:
    with brand_scope(account.brand_id):
        ChannelPoll.objects.update(next_at=START)


def _work(account: ChannelAccount) -> None:
    poll_due(account.brand_id)
    split_waiting(account.brand.agency_id)
    process_waiting(account.brand_id)
    send_waiting(account.brand_id)


@time_machine.travel(START + timedelta(hours=3), tick=True)
def test_a_comment_is_found_once_and_an_act_costs_units(
    account: ChannelAccount, fake: YouTubeFake
) -> None:
    fake.say("Ugx1", "Wann kommt Teil 2?")
    assert due_polls(now=timezone.now()) == [account.brand_id]
    _work(account)
    assert due_polls(now=timezone.now()) == []
    _again(account)
    _work(account)

    with brand_scope(account.brand_id):
        message = Message.objects.get()
        assert (message.text, message.visibility) == ("Wann kommt Teil 2?", "visible")
        before = spent_today(account, now=timezone.now())
        assert before == len(fake.calls)
        put_action(
            message,
            action=OutboxAction.HIDE,
            actor=make_user("mo"),
            idempotency_key="h",
            now=timezone.now(),
        )
    send_waiting(account.brand_id)
    with brand_scope(account.brand_id):
        message.refresh_from_db()
        assert (message.visibility, fake.comments["Ugx1"]["status"]) == ("hidden", "heldForReview")
        assert spent_today(account, now=timezone.now()) == before + 50


@time_machine.travel(START + timedelta(hours=3), tick=True)
def test_many_acts_leave_in_one_call_and_one_that_is_gone_holds_no_other(
    account: ChannelAccount, fake: YouTubeFake
) -> None:
    mo = make_user("mo")
    with brand_scope(account.brand_id):
        conversation = make_conversation(account, kind="comment", post_id="v1")
        for number in range(12):
            fake.say(f"Ugx{number}", "x")
            message = make_message(conversation, external_id=f"Ugx{number}")
            put_action(
                message,
                action=OutboxAction.HIDE,
                actor=mo,
                idempotency_key=f"h{number}",
                now=timezone.now(),
            )
    send_waiting(account.brand_id)
    assert [resource for resource, _given in fake.calls] == ["comments/setModerationStatus"]
    with brand_scope(account.brand_id):
        assert set(OutboxItem.objects.values_list("state", flat=True)) == {"sent"}
        assert spent_today(account, now=timezone.now()) == 50
        for number in range(3):
            put_action(
                Message.objects.get(external_id=f"Ugx{number}"),
                action=OutboxAction.UNHIDE,
                actor=mo,
                idempotency_key=f"u{number}",
                now=timezone.now(),
            )
    del fake.comments["Ugx1"]
    send_waiting(account.brand_id)

    with brand_scope(account.brand_id):
        states = OutboxItem.objects.filter(action="unhide").values_list("state", flat=True)
        assert sorted(states) == ["failed", "sent", "sent"]
    assert fake.comments["Ugx2"]["status"] == "published"


@time_machine.travel(START + timedelta(hours=3), tick=True)
def test_a_network_that_is_away_is_asked_more_slowly_and_nothing_is_lost(
    account: ChannelAccount, fake: YouTubeFake
) -> None:
    fake.say("Ugx1", "Hallo?")
    fake.fail = ["backendError"]
    poll_due(account.brand_id)
    with brand_scope(account.brand_id):
        poll = ChannelPoll.objects.get()
        assert (poll.failures, poll.cursor) == (1, {})
        assert poll.problem.startswith("backendError")
        assert poll.next_at > timezone.now() + timedelta(seconds=60)
    with brand_scope(account.brand_id, agency_ids=[account.brand.agency_id]):
        assert not ReceivedDelivery.objects.exists()

    _again(account)
    _work(account)

    with brand_scope(account.brand_id):
        assert Message.objects.get().text == "Hallo?"
        assert ChannelPoll.objects.get().failures == 0


def test_each_account_has_its_part_and_borrows_what_is_left_at_the_end_of_the_day(
    db: None, north: Brand, settings: Settings
) -> None:
    settings.YOUTUBE_DAILY_UNITS = 10_000
    app = make_app(north, "youtube")
    with brand_scope(north.pk):
        first, second = (make_account(north, "youtube", f"UC{n}", app=app) for n in range(2))
        morning = next_day(NOON)
        for account in (first, second):
            spend_units(account, 0, now=morning)
        assert room_for(first, purpose="act", now=morning) == 5_000
        assert room_for(first, purpose="read", now=morning) == 3_000

        spend_units(first, 5_000, now=morning)
        assert room_for(first, purpose="act", now=morning) == 0
        assert room_for(second, purpose="act", now=morning) == 5_000
        evening = morning + timedelta(hours=21, minutes=36)  # a tenth is left
        assert room_for(first, purpose="act", now=evening) == 4_500
        spend_units(second, 5_000, now=evening)
        assert room_for(second, purpose="act", now=evening) == 0
        assert room_for(first, purpose="act", now=next_day(evening)) == 5_000


@time_machine.travel(NOON, tick=True)
def test_without_units_an_act_waits_and_reading_stops(
    account: ChannelAccount, fake: YouTubeFake, settings: Settings
) -> None:
    settings.YOUTUBE_DAILY_UNITS = 40
    with brand_scope(account.brand_id):
        message = make_message(make_conversation(account, kind="comment"), external_id="Ugx1")
        item = put_action(
            message,
            action=OutboxAction.HIDE,
            actor=make_user("mo"),
            idempotency_key="h",
            now=timezone.now(),
        )
        spend_units(account, 35, now=timezone.now())
    send_waiting(account.brand_id)
    poll_due(account.brand_id)

    with brand_scope(account.brand_id):
        item.refresh_from_db()
        assert (item.state, fake.calls) == ("queued", [])
        assert item.held_reasons[0]["code"] == "no_units"
        assert item.not_before > timezone.now()
        assert "allowance" in ChannelPoll.objects.get().problem
