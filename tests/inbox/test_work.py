"""Work on conversations: who may, what it does, and that it is written down."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import AuditDetail, AuditEvent, FieldChange
from inbox.choices import ClockKind
from inbox.domain import channels, work
from inbox.domain.clocks import start_clock
from inbox.exceptions import AccountTaken
from inbox.models import ChannelAccount, ChannelRoute, Conversation, SlaClock
from tenants.exceptions import InvalidInput, NotAllowed, NotFound
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_app, make_conversation

NOW = timezone.now()
VERBS: dict[str, Callable[..., Conversation]] = {
    "assign": lambda c, actor: work.assign(c, to=None, actor=actor),
    "close": work.close,
    "reopen": work.reopen,
    "hand_to_automation": work.hand_to_automation,
}


@pytest.fixture
def chat(north: Brand) -> Iterator[Conversation]:
    with brand_scope(north.pk):
        account = make_account(north, "whatsapp", "PN1")
        yield make_conversation(account, automation_paused=True, pause_reason="safety")


def _kinds() -> list[str]:
    """What was done in the inbox; the set-up of accounts is told by the field history."""
    events = AuditEvent.objects.filter(kind__startswith="inbox.").order_by("id")
    return list(events.values_list("kind", flat=True))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["olga", "ada", "mo"])
def test_who_works_here_may(
    chat: Conversation, who: str, verb: str, request: pytest.FixtureRequest
) -> None:
    assert VERBS[verb](chat, actor=request.getfixturevalue(who)).pk == chat.pk


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["aud", "gus", "eve"])
def test_who_only_reads_or_works_elsewhere_may_not(
    chat: Conversation, who: str, verb: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)

    with pytest.raises(NotAllowed):
        VERBS[verb](chat, actor=actor)

    assert _kinds() == []


def test_assigning_names_both_in_the_ledger(chat: Conversation, ada: User, mo: User) -> None:
    work.assign(chat, to=mo, actor=ada)
    work.assign(chat, to=mo, actor=ada)
    work.assign(chat, to=ada, actor=mo)

    chat.refresh_from_db()
    assert chat.assignee == ada
    assert _kinds() == ["inbox.conversation.assigned"] * 2
    last = AuditEvent.objects.order_by("id").last()
    said = {d.name: d.readable for d in AuditDetail.objects.filter(event=last)}
    assert (said["before.assignee"], said["after.assignee"]) == (str(mo.pk), str(ada.pk))


def test_nothing_is_given_to_who_could_not_work_on_it(
    chat: Conversation, ada: User, aud: User, gus: User
) -> None:
    for stranger in (aud, gus):
        with pytest.raises(InvalidInput, match="does not work for the brand"):
            work.assign(chat, to=stranger, actor=ada)

    chat.refresh_from_db()
    assert chat.assignee is None


def test_closing_stops_the_clock_and_reopening_starts_none(chat: Conversation, ada: User) -> None:
    start_clock(chat, kind=ClockKind.DIRECT, at=NOW, now=NOW)
    chat.unanswered_count = 3
    chat.save()

    closed = work.close(chat, actor=ada)
    work.close(chat, actor=ada)
    assert (closed.state, closed.due_at, closed.unanswered_count) == ("closed", None, 0)
    assert not SlaClock.objects.filter(stopped_at=None).exists()

    assert work.reopen(chat, actor=ada).state == "open"
    work.reopen(chat, actor=ada)
    assert _kinds() == ["inbox.conversation.closed", "inbox.conversation.reopened"]


def test_only_a_person_hands_back_to_automation(chat: Conversation, ada: User) -> None:
    work.hand_to_automation(chat, actor=ada)
    work.hand_to_automation(chat, actor=ada)

    chat.refresh_from_db()
    assert (chat.automation_paused, chat.pause_reason) == (False, "")
    assert _kinds() == ["inbox.conversation.handed_to_automation"]


# The kill switch


@pytest.mark.parametrize(("who", "may"), [("olga", True), ("aud", True), ("ada", False),
                                          ("mo", False), ("gus", False)])  # fmt: skip
def test_who_may_stop_sending(
    chat: Conversation, north: Brand, who: str, may: bool, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)

    for target in (north, chat.account):
        if may:
            channels.stop_sending(target, actor=actor, reason="Shitstorm")
        else:
            with pytest.raises(NotAllowed):
                channels.stop_sending(target, actor=actor, reason="Shitstorm")
        assert (target.sending_stopped_at is not None) == may


def test_stopping_needs_a_reason_and_both_ways_are_written_down(
    chat: Conversation, north: Brand, olga: User
) -> None:
    with pytest.raises(InvalidInput):
        channels.stop_sending(north, actor=olga, reason="  ")
    channels.stop_sending(north, actor=olga, reason="Shitstorm")
    channels.resume_sending(north, actor=olga)

    north.refresh_from_db()
    assert (north.sending_stopped_at, north.sending_stopped_reason) == (None, "")
    assert _kinds() == ["inbox.sending.stopped", "inbox.sending.resumed"]


# Connecting


def _connect(brand: Brand, app: Any, actor: User, external_id: str = "777") -> ChannelAccount:
    return channels.connect_account(
        brand,
        app=app,
        external_id=external_id,
        name="Page",
        base_url="https://graph.facebook.com",
        access_token="secret-token",
        actor=actor,
    )


def test_a_connected_account_has_a_route_and_an_event_without_secrets(
    north: Brand, olga: User
) -> None:
    with brand_scope(north.pk):
        account = _connect(north, make_app(north), olga)

        route = ChannelRoute.objects.get(channel="facebook", external_id="777")
        bodies = AuditEvent.objects.values_list("body", flat=True)
        assert (route.brand, route.account_ref) == (north, account.pk)
        assert _kinds() == ["inbox.channel.connected"]
        assert "secret-token" not in " ".join(bodies)
        assert FieldChange.objects.count() == 1
        assert "secret-token" not in str(FieldChange.objects.values())
        assert not AuditDetail.objects.filter(value__contains="secret-token").exists()


def test_one_account_serves_one_brand(north: Brand, south: Brand, olga: User) -> None:
    app = make_app(north)
    with brand_scope(north.pk):
        _connect(north, app, olga)

    with brand_scope(south.pk), pytest.raises(AccountTaken):
        _connect(south, app, olga)

    assert ChannelRoute.objects.get().brand == north


def test_another_agencys_app_does_not_exist(north: Brand, main: Brand, olga: User) -> None:
    with brand_scope(north.pk), pytest.raises(NotFound):
        _connect(north, make_app(main), olga)


@pytest.mark.parametrize("who", ["ada", "mo", "aud", "gus"])
def test_who_does_not_manage_channels_connects_none(
    north: Brand, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)

    with brand_scope(north.pk), pytest.raises(NotAllowed):
        _connect(north, make_app(north), actor)
    assert not ChannelRoute.objects.exists()
