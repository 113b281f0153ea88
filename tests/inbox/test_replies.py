"""People answer: who may, what is refused in words, and that one click is one message."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import AuditDetail, AuditEvent
from inbox.choices import OutboxAction, OutboxState
from inbox.domain import outbox
from inbox.domain.replies import add_note, approve, reject, send_reply, settle_unclear
from inbox.exceptions import EmptyReply, ReplyTooLong
from inbox.models import ContactHandle, Conversation, Message, OutboxItem
from tenants.actors import PIPELINE
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

NOW = timezone.now()


@pytest.fixture
def in_north(north: Brand) -> Iterator[Brand]:
    with brand_scope(north.pk):
        yield north


@pytest.fixture
def chat(in_north: Brand) -> Conversation:
    conversation = make_conversation(make_account(in_north, "whatsapp", "PN1"))
    make_message(conversation, "Habt ihr Größe 42?")
    return conversation


@pytest.fixture
def thread(in_north: Brand) -> Conversation:
    conversation = make_conversation(make_account(in_north, "facebook", "5551"))
    make_message(conversation, "Noch da?", external_id="c1")
    return conversation


def _kinds() -> list[str]:
    """What was done in the inbox; the set-up of accounts is told by the field history."""
    events = AuditEvent.objects.filter(kind__startswith="inbox.").order_by("id")
    return list(events.values_list("kind", flat=True))


def _codes(item: OutboxItem) -> list[str]:
    return [reason["code"] for reason in item.held_reasons]


def _draft(chat: Conversation, text: str = "Danke für das Lob!", **fields: Any) -> OutboxItem:
    return outbox.put(
        chat,
        action=OutboxAction.MESSAGE,
        idempotency_key=f"draft:{text}",
        actor=PIPELINE,
        now=NOW,
        text=text,
        recipient="x",
        purpose="automation",
        is_automated=True,
        **{"needs_approval": True} | fields,
    )


@pytest.mark.parametrize("who", ["olga", "ada"])
def test_who_may_answer_does(chat: Conversation, who: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)

    item = send_reply(chat, text="  Ja, noch drei Paar.\r\n", actor=actor)

    assert (item.state, item.action, item.text) == ("queued", "message", "Ja, noch drei Paar.")
    assert (item.created_by, item.is_automated) == (actor, False)
    assert item.recipient == ContactHandle.objects.get().external_id
    assert _kinds() == ["inbox.reply.queued"]


@pytest.mark.parametrize("who", ["mo", "aud", "gus", "eve"])
def test_who_may_not_does_not(chat: Conversation, who: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)

    with pytest.raises(NotAllowed):
        send_reply(chat, text="Ja", actor=actor)

    assert not OutboxItem.objects.exists()
    assert _kinds() == []


def test_another_brands_conversation_is_not_there(north: Brand, main: Brand, gus: User) -> None:
    with brand_scope(north.pk):
        theirs = make_conversation(make_account(north, "whatsapp", "PN1"))

    with brand_scope(main.pk):
        assert not Conversation.objects.filter(pk=theirs.pk).exists()
        with pytest.raises(NotAllowed):
            send_reply(theirs, text="Hallo", actor=gus)


def test_a_comment_is_answered_in_public_and_a_message_by_its_id(
    thread: Conversation, ada: User
) -> None:
    first = make_message(thread, "Und in Blau?", external_id="c2")

    latest = send_reply(thread, text="Ja!", actor=ada)
    chosen = send_reply(
        thread, text="Ja!", actor=ada, to_message=Message.objects.get(external_id="c1")
    )

    assert (latest.action, latest.target_external_id) == ("comment_reply", first.external_id)
    assert chosen.target_external_id == "c1"


@pytest.mark.parametrize(
    ("text", "error"),
    [("", EmptyReply), (" \n\x00 ", EmptyReply), ("x" * 4097, ReplyTooLong)],
)
def test_a_text_that_cannot_leave_is_refused_at_once(
    chat: Conversation, ada: User, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        send_reply(chat, text=text, actor=ada)

    assert not OutboxItem.objects.exists()


def test_the_longest_text_leaves(chat: Conversation, ada: User) -> None:
    assert send_reply(chat, text="x" * 4096, actor=ada).state == "queued"


def test_a_public_reply_may_be_longer_than_a_private_one(thread: Conversation, ada: User) -> None:
    long = "x" * 2001

    assert send_reply(thread, text=long, actor=ada).state == "queued"
    with pytest.raises(ReplyTooLong, match="2000"):
        send_reply(thread, text=long, actor=ada, action=OutboxAction.PRIVATE_REPLY)


def test_where_nobody_wrote_there_is_nothing_to_answer(in_north: Brand, ada: User) -> None:
    silent = make_conversation(make_account(in_north, "whatsapp", "PN1"))

    with pytest.raises(InvalidInput, match="nothing here to answer"):
        send_reply(silent, text="Hallo?", actor=ada)


def test_a_removed_comment_cannot_be_answered(thread: Conversation, ada: User) -> None:
    Message.objects.update(visibility="removed")

    with pytest.raises(InvalidInput, match="removed"):
        send_reply(thread, text="Ja!", actor=ada)


def test_a_double_click_is_one_reply(chat: Conversation, ada: User) -> None:
    first = send_reply(chat, text="Ja", actor=ada, idempotency_key="k1")
    second = send_reply(chat, text="Ja", actor=ada, idempotency_key="k1")
    other = send_reply(chat, text="Ja", actor=ada, idempotency_key="k2")

    assert first.pk == second.pk != other.pk
    assert _kinds() == ["inbox.reply.queued"] * 2


def test_who_answers_takes_over_from_automation(chat: Conversation, ada: User) -> None:
    send_reply(chat, text="Ja", actor=ada)

    chat.refresh_from_db()
    assert (chat.automation_paused, chat.pause_reason) == (True, "person_answered")


def test_what_was_said_is_readable_in_the_ledger_and_not_in_its_leaf(
    chat: Conversation, ada: User
) -> None:
    send_reply(chat, text="Sehr geheim", actor=ada)

    event = AuditEvent.objects.get(kind="inbox.reply.queued")
    assert "geheim" not in event.body
    said = {d.name: d.readable for d in AuditDetail.objects.filter(event=event)}
    assert said["text"] == "Sehr geheim"


# Notes


def test_a_note_never_leaves(chat: Conversation, mo: User) -> None:
    note = add_note(chat, text="Kundin ist sauer", actor=mo)

    assert (note.direction, note.sent_by, note.external_id) == ("note", mo, None)
    assert not OutboxItem.objects.exists()
    assert _kinds() == ["inbox.note.added"]


@pytest.mark.parametrize("who", ["aud", "gus", "eve"])
def test_a_note_needs_the_right_to_work_here(
    chat: Conversation, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)

    with pytest.raises(NotAllowed):
        add_note(chat, text="Hallo", actor=actor)
    assert not Message.objects.filter(direction="note").exists()


def test_an_empty_note_is_none(chat: Conversation, ada: User) -> None:
    with pytest.raises(EmptyReply):
        add_note(chat, text=" \x00", actor=ada)


# Held drafts


def test_a_draft_leaves_when_a_person_has_seen_it(chat: Conversation, ada: User) -> None:
    draft = _draft(chat)
    assert (draft.state, _codes(draft)) == ("held", ["draft"])

    released = approve(draft, actor=ada, text="Danke, das freut uns!")

    assert (released.state, released.held_reasons) == ("queued", [])
    assert (released.text, released.approved_by) == ("Danke, das freut uns!", ada)
    assert _kinds() == ["inbox.reply.held", "inbox.reply.approved", "inbox.reply.queued"]
    edit = AuditEvent.objects.get(kind="inbox.reply.approved")
    said = {d.name: d.readable for d in AuditDetail.objects.filter(event=edit)}
    assert said == {"before.text": "Danke für das Lob!", "after.text": "Danke, das freut uns!"}


def test_prices_are_released_by_who_may_approve(chat: Conversation, ada: User, olga: User) -> None:
    draft = _draft(chat, "Das kostet 49,90 €.", needs_approval=False)
    assert _codes(draft) == ["sensitive"]

    with pytest.raises(NotAllowed):
        approve(draft, actor=ada)
    assert approve(draft, actor=olga).state == "queued"


def test_approval_does_not_open_the_other_gates(chat: Conversation, ada: User) -> None:
    draft = _draft(chat)
    chat.account.sending_stopped_at = NOW
    chat.account.save()

    held = approve(draft, actor=ada)

    assert (held.state, _codes(held)) == ("held", ["stopped_account"])


@pytest.mark.parametrize("state", [s for s in OutboxState if s != OutboxState.HELD])
def test_what_is_not_held_cannot_be_released(chat: Conversation, ada: User, state: str) -> None:
    draft = _draft(chat)
    OutboxItem.objects.update(state=state)

    with pytest.raises(InvalidState):
        approve(draft, actor=ada)


def test_a_rejected_draft_keeps_the_reason(chat: Conversation, ada: User) -> None:
    draft = _draft(chat)
    with pytest.raises(InvalidInput):
        reject(draft, actor=ada, reason=" ")

    dropped = reject(draft, actor=ada, reason="Falscher Ton")

    assert dropped.state == "cancelled"
    event = AuditEvent.objects.get(kind="inbox.reply.rejected")
    assert AuditDetail.objects.get(event=event).readable == "Falscher Ton"


@pytest.mark.parametrize(
    ("state", "may"),
    [
        (OutboxState.QUEUED, True),
        (OutboxState.SENDING, False),
        (OutboxState.SENT, False),
        (OutboxState.UNKNOWN, False),
    ],
)
def test_a_reply_can_be_called_back_until_it_leaves(
    chat: Conversation, ada: User, state: str, may: bool
) -> None:
    item = send_reply(chat, text="Ja", actor=ada)
    OutboxItem.objects.update(state=state)

    if may:
        assert reject(item, actor=ada, reason="Tippfehler").state == "cancelled"
    else:
        with pytest.raises(InvalidState):
            reject(item, actor=ada, reason="Tippfehler")


@pytest.mark.parametrize("who", ["mo", "aud", "gus"])
def test_drafts_are_not_for_everybody(
    chat: Conversation, who: str, request: pytest.FixtureRequest
) -> None:
    actor, draft = request.getfixturevalue(who), _draft(chat)

    with pytest.raises(NotAllowed):
        approve(draft, actor=actor)
    with pytest.raises(NotAllowed):
        reject(draft, actor=actor, reason="x")
    draft.refresh_from_db()
    assert draft.state == "held"


# Unclear sends


@pytest.mark.parametrize(("was_sent", "state"), [(True, "sent"), (False, "queued")])
def test_a_person_settles_what_the_network_does_not_tell(
    chat: Conversation, ada: User, was_sent: bool, state: str
) -> None:
    item = send_reply(chat, text="Ja", actor=ada)
    OutboxItem.objects.update(state=OutboxState.UNKNOWN, first_attempt_at=NOW)

    settled = settle_unclear(item, was_sent=was_sent, actor=ada)

    assert settled.state == state
    assert Message.objects.filter(direction="out").count() == int(was_sent)
    with pytest.raises(InvalidState):
        settle_unclear(item, was_sent=was_sent, actor=ada)


def test_settling_needs_the_right_to_answer(chat: Conversation, ada: User, mo: User) -> None:
    item = send_reply(chat, text="Ja", actor=ada)
    OutboxItem.objects.update(state=OutboxState.UNKNOWN)

    with pytest.raises(NotAllowed):
        settle_unclear(item, was_sent=True, actor=mo)
