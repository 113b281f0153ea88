"""A run erases what is due, leaves what must stay, and says so. Requirements C4, C5."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.choices import RunState
from compliance.domain.audit import record
from compliance.domain.holds import Coverage, place_hold
from compliance.domain.retention.categories import PERIODS
from compliance.domain.retention.in_effect import Line
from compliance.domain.retention.periods import Keeping, due_at
from compliance.domain.retention.preview import preview
from compliance.domain.retention.receipts import hash_of, read_receipt
from compliance.domain.retention.runs import request_run
from compliance.domain.retention.terms import terms_of
from compliance.models import AuditDetail, AuditEvent, DataRequest, RetentionRun
from inbox.domain.retention import due_conversations
from inbox.models import (
    ChannelAccount,
    Contact,
    ContactHandle,
    Conversation,
    InboundEvent,
    Message,
    MessageRevision,
    OutboxItem,
    ReceivedDelivery,
    Triage,
)
from moderation.models import Appeal, Decision, StatementOfReasons
from tenants.actors import SystemActor
from tenants.domain.freezing import freeze_brand
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.retention.stage import (
    carry_out,
    give_policy,
    old_event,
    seen,
    texts,
    whole,
)
from tests.factories.inbox import make_message
from tests.factories.moderation import make_decision, make_statement

MONTH = timedelta(days=31)
ONE = {
    "inbox.conversation": 1,
    "inbox.message": 2,
    "inbox.messagerevision": 1,
    "inbox.triage": 1,
    "inbox.outboxitem": 1,
    "inbox.contact": 1,
    "inbox.contacthandle": 1,
}
Aged = Callable[..., Conversation]


def test_what_is_due_goes_with_all_that_hangs_on_it(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User
) -> None:
    gone, stays = aged(7), aged(5)
    shown = seen(north)
    assert shown.counts == ONE
    assert shown.total.oldest == gone.last_message_at

    run = carry_out(north, actor=olga)

    with brand_scope(north.pk):
        assert list(Conversation.objects.all()) == [stays]
        assert Message.objects.count() == 2
        assert set(Contact.objects.values_list("pk", flat=True)) == {stays.contact_id}
        assert run.state == RunState.DONE
        assert run.counts == run.planned == ONE
        assert run.rows_done == sum(run.counts.values()) == run.rows_total
        told = read_receipt(run.receipt)
        assert told["tables"] == run.counts
        assert told["criteria"]["categories"]["general_conversation"]["months"] == 6
        event = AuditEvent.objects.get(kind="compliance.retention_run.finished")
        assert f'"receipt":"{run.receipt_sha256}"' in event.body
        assert len(run.digest) == 64
    assert hash_of(json.loads(run.receipt)["receipt"]) == run.receipt_sha256


@pytest.mark.parametrize(
    ("fields", "order", "months", "goes"),
    [
        ({}, False, 7, True),
        ({"intent": "order_status"}, False, 7, False),
        ({"intent": "order_status"}, False, 13, True),
        ({}, True, 7, False),
        ({"retention_category": "commercial_letter"}, False, 13, False),
        ({"retention_category": "commercial_letter"}, False, 90, True),
        # A person has said it is small talk, whatever numbers stand in it.
        ({"retention_category": "general_conversation", "intent": "refund"}, True, 7, True),
        # No line in the policy: nothing is erased.
        ({"retention_category": "voucher"}, False, 200, False),
    ],
)
def test_the_category_decides(
    north: Brand,
    policy: dict[str, Line],
    aged: Aged,
    fields: dict[str, Any],
    order: bool,
    months: int,
    goes: bool,
) -> None:
    conversation = aged(months, **fields)
    with whole(north):
        if order:
            Triage.objects.update(order_numbers=["4711"])
        due = set(due_conversations(terms_of(north)).values_list("pk", flat=True))

    assert due == ({conversation.pk} if goes else set())


def test_the_query_and_the_arithmetic_agree(
    north: Brand, policy: dict[str, Line], aged: Aged, account: ChannelAccount
) -> None:
    """Day by day around each edge."""
    now = datetime(2026, 11, 22, 5, tzinfo=UTC)
    conversation = aged(1)
    with whole(north):
        terms = terms_of(north, as_of=now)
        for category in ("general_conversation", "commercial_letter"):
            edge = terms.cutoff(category)
            assert edge is not None
            for hours in (-49, -25, -24, -1, 0, 1, 24, 25):
                at = edge + timedelta(hours=hours)
                Conversation.objects.update(last_message_at=at, retention_category=category)
                span = PERIODS[category].span(policy[category].months)
                due = due_at(at, Keeping(span), terms.zone)
                assert due is not None
                assert due_conversations(terms).filter(pk=conversation.pk).exists() == (due <= now)


def test_anonymised_conversations_keep_figures_only(north: Brand, aged: Aged, olga: User) -> None:
    give_policy(north, actor=olga, general_conversation=Line(6, "anonymise"))
    conversation = aged(7)

    run = carry_out(north, actor=olga)

    with brand_scope(north.pk):
        conversation.refresh_from_db()
        assert conversation.emptied_at is not None
        assert (conversation.preview, conversation.retention_category) == (
            "",
            "general_conversation",
        )
        assert Message.objects.count() == 2
        assert not MessageRevision.objects.exists()
        assert not Triage.objects.exists()
        assert OutboxItem.objects.get().text == ""
        assert Contact.objects.get().name == ""
        assert not ContactHandle.objects.exists()
        assert run.state == RunState.DONE
    assert texts(north) == []
    assert seen(north).rows == 0


def test_a_decision_within_its_time_keeps_the_bare_message(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User
) -> None:
    conversation = aged(7)
    with whole(north):
        judged = Message.objects.first()
        assert judged is not None
        decision = make_decision(judged, text_snapshot="Zorblatt", facts="f")
        make_statement(decision)

    carry_out(north, actor=olga)

    with whole(north):
        assert [(m.pk, m.text) for m in Message.objects.all()] == [(judged.pk, "")]
        conversation.refresh_from_db()
        assert conversation.emptied_at is not None
        decision.refresh_from_db()
        assert decision.text_snapshot == "Zorblatt"
        # A year later nobody needs either.
        old = timezone.now() - 13 * MONTH
        Decision.objects.update(decided_at=old)
        StatementOfReasons.objects.update(created_at=old)
    carry_out(north, actor=olga)
    with whole(north):
        assert not Decision.objects.exists()
        assert not StatementOfReasons.objects.exists()
        assert not Message.objects.exists()
        assert not Conversation.objects.exists()


def test_an_open_appeal_keeps_its_conversation(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User
) -> None:
    conversation = aged(30)
    with whole(north):
        message = Message.objects.filter(conversation=conversation).first()
        assert message is not None
        old = timezone.now() - 20 * MONTH
        decision = make_decision(message, decided_at=old)
        appeal = Appeal.objects.create(
            brand=north, decision=decision, text="No", language="de", received_at=old, due_at=old
        )
    shown = seen(north)
    assert (shown.rows, shown.total.open) == (0, 2)

    with whole(north):
        appeal.state, appeal.decided_at = "withdrawn", old
        appeal.save()
    assert seen(north).rows > 0
    carry_out(north, actor=olga)
    with whole(north):
        assert not Conversation.objects.exists()


def test_an_open_data_request_keeps_the_contact(
    north: Brand, policy: dict[str, Line], aged: Aged
) -> None:
    conversation = aged(7)
    today = timezone.now().date()
    with whole(north):
        request = DataRequest.objects.create(
            brand=north, number=1, kind="access", source="staff", received_at=timezone.now(),
            received_on=today, due_on=today, contact_refs=[conversation.contact_id],
        )  # fmt: skip
    shown = seen(north)
    assert (shown.rows, shown.total.open) == (0, 1)

    with whole(north):
        request.ended_at = timezone.now()
        request.save()
    assert seen(north).rows > 0


@pytest.mark.parametrize("scope", ["brand", "contact", "conversation", "period"])
def test_a_hold_wins(
    north: Brand, policy: dict[str, Line], aged: Aged, aud: User, olga: User, scope: str
) -> None:
    held, free = aged(80, retention_category="commercial_letter"), aged(100)
    with whole(north):
        old_event(held.account, held.last_message_at, lane=f"5551:{held.thread_key}")
    covers = {
        "brand": Coverage(),
        "contact": Coverage(contact_ref=held.contact_id),
        "conversation": Coverage(conversation_ref=held.pk),
        "period": Coverage(since=held.last_message_at, until=held.last_message_at),
    }[scope]
    with brand_scope(north.pk):
        place_hold(north, reason="Case 7", actor=aud, covers=covers)
    shown = seen(north)
    assert shown.total.held >= 1

    if scope == "brand":
        assert shown.rows == 0
        with brand_scope(north.pk), pytest.raises(InvalidState, match="Nothing is due"):
            request_run(north, typed="0", actor=olga)
        return
    carry_out(north, actor=olga)
    with whole(north):
        assert list(Conversation.objects.all()) == [held]
        assert Message.objects.filter(conversation=held).count() == 2
        assert InboundEvent.objects.count() == 1
        assert bytes(ReceivedDelivery.objects.get().body) != b""
        assert not Conversation.objects.filter(pk=free.pk).exists()


def test_copies_go_with_the_shortest_time(
    north: Brand, policy: dict[str, Line], account: ChannelAccount, olga: User
) -> None:
    now = timezone.now()
    with whole(north):
        old_event(account, now - 7 * MONTH)
        young = old_event(account, now - 5 * MONTH)

    run = carry_out(north, actor=olga)

    with whole(north):
        assert list(InboundEvent.objects.all()) == [young]
        bodies = {bytes(d.body) for d in ReceivedDelivery.objects.order_by("received_at")}
        assert bodies == {b"", b'{"text": "Zorblatt"}'}
    assert run.counts == {"inbox.inboundevent": 1, "inbox.receiveddelivery": 1}


def test_a_channels_rule_empties_what_was_received(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User
) -> None:
    plain, letter = aged(0.1), aged(0.1, retention_category="commercial_letter")
    with whole(north):
        ChannelAccount.objects.update(channel="linkedin")
        make_message(plain, "Our answer", direction="out")
        assert Message.objects.count() == 5

    carry_out(north, actor=olga)

    with whole(north):
        left = Message.objects.filter(conversation=plain).values_list("text", flat=True)
        assert sorted(left) == ["", "", "Our answer"]
        assert Message.objects.filter(conversation=letter).exclude(text="").count() == 2
        plain.refresh_from_db()
        assert plain.preview == ""
    assert seen(north).rows == 0


def test_readable_values_of_the_ledger_end_after_their_time(
    north: Brand, policy: dict[str, Line], olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = SystemActor("system", "tests")
    old = timezone.now() - 38 * MONTH
    with whole(north):
        with monkeypatch.context() as patch:
            patch.setattr("compliance.domain.audit.timezone.now", lambda: old)
            record("inbox.note.added", north, actor=actor, personal={"text": "Zorblatt"})
        record("inbox.note.added", north, actor=actor, personal={"text": "younger"})

    run = carry_out(north, actor=olga)

    with whole(north):
        values = AuditDetail.objects.filter(name="text").order_by("event__at")
        assert [d.value for d in values] == [None, '"younger"']
        assert values[0].erased_reference == f"retention.{run.pk}"
        assert AuditEvent.objects.filter(kind="inbox.note.added").count() == 2


def test_only_the_right_number_starts_a_run(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User, ada: User
) -> None:
    aged(7)
    with brand_scope(north.pk):
        rows = preview(north).rows
        with pytest.raises(NotAllowed):
            request_run(north, typed=str(rows), actor=ada)
        for typed in ("", "0", str(rows - 1), "all", f"-{rows}"):
            with pytest.raises(InvalidInput, match=str(rows)):
                request_run(north, typed=typed, actor=olga)
        assert not RetentionRun.objects.exists()
        request_run(north, typed=f" {rows} ", actor=olga)
        with pytest.raises(InvalidState, match="on its way"):
            request_run(north, typed=str(rows), actor=olga)


def test_a_frozen_brand_is_left_alone(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User
) -> None:
    aged(7)
    with brand_scope(north.pk):
        rows = preview(north).rows
        freeze_brand(north, reason="x", actor=olga)
        north.refresh_from_db()
        with pytest.raises(InvalidState, match="frozen"):
            request_run(north, typed=str(rows), actor=olga)
