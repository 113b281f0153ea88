"""Events in batches: what holds for one event holds for all of a batch, and none harms another."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from compliance.domain.audit import record, recorded_together
from compliance.models import AuditEvent, AuditPending
from inbox.domain import lists, stages
from inbox.domain.items import Item
from inbox.domain.outbox import queue_automatic
from inbox.models import Contact, Conversation, InboundEvent, Message, SlaClock, Triage
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.inbox.stage import Stage

SETUP = SystemActor("system", "tests")
LENA = {"id": "49170000", "name": "Lena Beispiel", "phone": "49170000"}


def said(stage: Stage, *texts: str) -> None:
    """Each text from a person of its own, all waiting before anybody works."""
    for number, text in enumerate(texts):
        person = {"id": f"4917100{number}", "name": f"P{number}", "phone": f"4917100{number}"}
        stage.sandbox.say(stage.number, "text", person=person, text=text)


def use_stages(monkeypatch: pytest.MonkeyPatch, *walk: Callable[[Item], None]) -> None:
    monkeypatch.setattr("inbox.domain.receiving.inbox_stages", lambda: walk)


def test_one_bad_event_costs_the_others_of_its_batch_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(item: Item) -> None:
        if item.message.text == "bad":
            raise ValueError("a stage with a bug")

    use_stages(monkeypatch, *lists.inbox_stages(), stumble)
    said(stage, "Hallo", "bad", "Guten Tag", "Moin")

    stage.work()

    with stage.scope():
        done = sorted(Message.objects.values_list("text", flat=True))
        (bad,) = InboundEvent.objects.filter(state="pending")
        told = AuditEvent.objects.filter(kind="inbox.message.received").count()
        assert done == ["Guten Tag", "Hallo", "Moin"]
        assert (bad.attempts, bad.problem) == (1, "ValueError while processing")
        assert (Contact.objects.count(), Triage.objects.count(), told) == (3, 3, 3)


def test_a_new_person_who_writes_three_times_is_one_contact_with_one_thread(stage: Stage) -> None:
    for text in ("Hallo", "Ist da jemand?", "Ich warte auf mein Paket 48213"):
        stage.sandbox.say(stage.number, "text", person=LENA, text=text)

    stage.work()

    with stage.scope():
        (conversation,) = Conversation.objects.all()
        assert Contact.objects.get().name == "Lena Beispiel"
        assert Contact.objects.get().language == conversation.language == "de"
        assert conversation.messages.filter(direction="in").count() == 3
        assert conversation.unanswered_count == 3
        assert conversation.preview == "Ich warte auf mein Paket 48213"
        assert SlaClock.objects.get().due_at == conversation.due_at


def test_every_event_of_a_batch_is_in_the_ledger_and_waits_to_be_sealed(stage: Stage) -> None:
    said(stage, *(f"Frage {number}?" for number in range(30)))

    stage.work()

    with stage.scope():
        told = AuditEvent.objects.filter(kind="inbox.message.received")
        told_of = sorted(told.values_list("object_ref", flat=True))
        assert told_of == sorted(str(pk) for pk in Message.objects.values_list("pk", flat=True))
        assert len(told_of) == 30
        assert AuditPending.objects.count() == AuditEvent.objects.count()


def test_an_automatic_answer_in_a_batch_is_queued_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_twice(item: Item) -> None:
        found = [
            queue_automatic(
                item,
                action="message",  # type: ignore[arg-type]  # as stored
                text="Danke!",
                purpose="automation",  # type: ignore[arg-type]  # as stored
                actor=SETUP,
                key=f"twice:{item.message.pk}",
            )
            for _time in range(2)
        ]
        assert found[0].pk == found[1].pk

    use_stages(monkeypatch, stages.triage, answer_twice)
    said(stage, "Hallo", "Moin")

    stage.work()

    out = [one for one in stage.sandbox.state()["messages"] if one["direction"] == "out"]
    assert len(out) == 2


def test_events_recorded_together_are_written_at_the_end(in_north: Brand) -> None:
    before = AuditEvent.objects.count()

    with recorded_together():
        record("inbox.reply.sent", in_north, actor=SETUP, personal={"text": "Hallo"})
        record("inbox.reply.sent", in_north, actor=SETUP)
        assert AuditEvent.objects.count() == before

    assert AuditEvent.objects.count() == before + 2
    assert AuditPending.objects.count() == AuditEvent.objects.count()


def test_what_an_inner_savepoint_took_back_is_not_recorded(in_north: Brand) -> None:
    before = AuditEvent.objects.count()

    with recorded_together():
        record("inbox.reply.sent", in_north, actor=SETUP)
        with transaction.atomic():
            record("inbox.reply.held", in_north, actor=SETUP)
            transaction.set_rollback(True)

    kinds = list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds[before:] == ["inbox.reply.sent"]


def _record_two_in_a_batch(brand: Brand, *values: dict[str, object]) -> None:
    with recorded_together():
        for one in values:
            record("inbox.reply.sent", brand, actor=SETUP, personal=one)


def test_a_batch_that_fails_records_nothing(in_north: Brand) -> None:
    before = AuditEvent.objects.count()

    with pytest.raises(TypeError):
        _record_two_in_a_batch(in_north, {"n": 1}, {"n": object()})

    assert AuditEvent.objects.count() == before


@pytest.fixture
def in_north(north: Brand) -> Any:
    with brand_scope(north.pk):
        yield north
