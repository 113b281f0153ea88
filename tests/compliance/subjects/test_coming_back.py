"""What the networks, the queue or a backup send again of an erased person brings nothing back."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from compliance.domain.holds import place_hold
from compliance.domain.subjects import erased_list
from compliance.models import AuditEvent, ErasedAddress, SubjectErasure
from inbox.choices import DeliveryState, EventState
from inbox.models import (
    Contact,
    ContactHandle,
    Conversation,
    InboundEvent,
    Message,
    ReceivedDelivery,
)
from tests.compliance.subjects.stage import (
    LENA,
    MAX,
    REFERENCE,
    Stage,
    comment,
    page_message,
    whatsapp_status,
    whatsapp_stop,
    whatsapp_text,
)
from tests.compliance.subjects.test_erasing import everything

LONG_AGO = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture
def erased(stage: Stage) -> Stage:
    stage.erase(stage.subject(LENA))
    return stage


def nothing_is_back(stage: Stage) -> None:
    assert everything(stage, LENA.word) == []
    assert everything(stage, LENA.number) == everything(stage, LENA.user_id) == []
    with stage.scope():
        assert Contact.objects.filter(erased_at=None).count() == 2  # the other person's


@pytest.mark.parametrize(
    ("channel", "body"),
    [
        ("whatsapp", whatsapp_text(LENA, "Wo ist Zorblatt 48213?", key="a7f11", at=LONG_AGO)),
        ("whatsapp", whatsapp_text(LENA, "Zorblatt, nie gesehen", key="never", at=LONG_AGO)),
        ("whatsapp", whatsapp_stop(LENA, at=LONG_AGO)),
        ("whatsapp", whatsapp_status(LENA, key="a7f11")),
        ("facebook", comment(LENA, "Zorblatt, auch nie gesehen", key="8", at=LONG_AGO)),
        ("facebook", page_message(LENA, "Hallo Zorblatt", key="a7f13", at=LONG_AGO)),
        ("facebook", page_message(LENA, "Lieber Zorblatt", key="never", at=LONG_AGO, echo=True)),
        ("facebook", comment(LENA, "Zorblatt war hier", key="a7f15", verb="edited")),
        ("facebook", comment(LENA, "Zorblatt", key="a7f15", verb="remove")),
    ],
    ids=[
        "replay", "backfill", "preference", "receipt", "comment", "page-replay", "echo", "edit",
        "removal",
    ],
)  # fmt: skip
def test_what_is_old_is_dropped(erased: Stage, channel: str, body: dict[str, object]) -> None:
    for _time in (1, 2):
        erased.deliver(channel, body)

    nothing_is_back(erased)
    with erased.scope():
        assert ReceivedDelivery.objects.filter(state=DeliveryState.SPLIT).count() >= 2
        assert InboundEvent.objects.exclude(state=EventState.DONE).count() == 0
        told = AuditEvent.objects.filter(kind="inbox.event.dropped")
        assert told.count() == 2
        assert {event.reason for event in told} == {"of_an_erased_person"}


def test_somebody_new_under_the_old_address(erased: Stage) -> None:
    later = datetime.now(UTC) + timedelta(minutes=1)

    erased.deliver("whatsapp", whatsapp_text(LENA, "Ich bin wieder da", key="new", at=later))

    with erased.scope():
        fresh = ContactHandle.objects.get(external_id=LENA.user_id).contact
        assert fresh.erased_at is None
        assert fresh.name == LENA.name
        message = Message.objects.get(text="Ich bin wieder da")
        assert message.conversation.contact == fresh
    # Erasing the old one again does not touch the new one.
    subject = erased.subject(MAX)
    with erased.scope():
        old = Contact.objects.exclude(erased_at=None).values_list("pk", flat=True)
        again = type(subject)(erased.brand.pk, frozenset(old))
    assert erased.erase(again).complete
    with erased.scope():
        assert Message.objects.filter(text="Ich bin wieder da").exists()
        assert InboundEvent.objects.filter(payload__text="Ich bin wieder da").exists()


def test_a_call_that_carries_another_person_too_loses_only_its_bytes(erased: Stage) -> None:
    body = comment(MAX, "Ich auch", key="77")
    body["entry"] += comment(LENA, "Zorblatt alt", key="78", at=LONG_AGO)["entry"]

    erased.deliver("facebook", body)

    nothing_is_back(erased)
    with erased.scope():
        assert Message.objects.get(external_id="700_77").text == "Ich auch"
        newest = ReceivedDelivery.objects.order_by("-received_at")[0]
        assert bytes(newest.body) == b""


def test_events_that_wait_while_the_person_is_erased(stage: Stage) -> None:
    subject = stage.subject(LENA)
    with stage.scope():
        known = Message.objects.count()
    stage.deliver("whatsapp", whatsapp_text(LENA, "Zorblatt wartet", key="wait"), work=False)
    from inbox.domain.splitting import split_waiting

    split_waiting(stage.brand.agency_id)

    stage.erase(subject)
    stage.work()

    nothing_is_back(stage)
    with stage.scope():
        assert Message.objects.count() == known


def snapshot(stage: Stage) -> list[tuple[type, list[object]]]:
    with stage.scope():
        return [
            (model, list(model.objects.all()))
            for model in (Contact, ContactHandle, Conversation, Message, InboundEvent)
        ]


def restore(stage: Stage, kept: list[tuple[type, list[object]]]) -> None:
    """What a restored backup is: the rows as they were, and no word of the erasure."""
    with stage.scope():
        SubjectErasure.objects.all().delete()
        ErasedAddress.objects.all().delete()
        for model, rows in kept:
            for row in rows:
                row._state.adding = not model.objects.filter(pk=row.pk).exists()  # type: ignore[attr-defined]
                row.save()  # type: ignore[attr-defined]


def test_a_restored_backup_is_told_again(stage: Stage) -> None:
    kept = snapshot(stage)
    stage.erase(stage.subject(LENA))
    restore(stage, kept)
    assert "inbox.contact.name" in everything(stage, LENA.word)
    out = io.StringIO()

    call_command("reapply_erasures", stdout=out)

    nothing_is_back(stage)
    assert f"acme/north  {REFERENCE}  persons 2" in out.getvalue()
    stage.deliver("whatsapp", whatsapp_text(LENA, "Zorblatt, alt", key="x", at=LONG_AGO))
    nothing_is_back(stage)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM compliance_subjecterasure")
        assert cursor.fetchone() is not None
    again = io.StringIO()
    call_command("reapply_erasures", workspace="acme/north", stdout=again)
    assert "rows 0  blocked 0" in again.getvalue()


def test_a_hold_stands_in_the_way_of_telling_it_again(stage: Stage, olga: object) -> None:
    kept = snapshot(stage)
    stage.erase(stage.subject(LENA))
    restore(stage, kept)
    with stage.scope():
        place_hold(stage.brand, reason="Lawsuit", actor=olga)  # type: ignore[arg-type]

    with pytest.raises(CommandError, match="could not be erased"):
        call_command("reapply_erasures", stdout=io.StringIO())

    assert "inbox.contact.name" in everything(stage, LENA.word)


def test_no_such_workspace(db: None) -> None:
    with pytest.raises(CommandError, match="no workspace acme/nowhere"):
        call_command("reapply_erasures", workspace="acme/nowhere")


def test_the_file_holds_hashes_and_survives_a_cut_off_line(erased: Stage) -> None:
    path = erased_list.erasures_file(erased.brand.pk)
    text = path.read_text()
    assert LENA.word not in text
    assert LENA.number not in text
    path.write_text(text + '{"v": 1, "refer')

    (line,) = erased_list.lines_in_file(erased.brand.pk)

    assert line["reference"] == REFERENCE
    assert len(line["addresses"]) == 3


def test_the_list_answers_by_time_and_address(erased: Stage) -> None:
    with erased.scope():
        at = ErasedAddress.objects.values_list("erased_at", flat=True)[0]

        def asked(address: str, when: datetime) -> bool:
            return erased_list.was_erased(erased.brand.pk, "whatsapp", address, when)

        assert asked(LENA.user_id, at)
        assert asked(LENA.number, at - timedelta(days=1))
        assert not asked(LENA.number, at + timedelta(seconds=1))
        assert not asked(MAX.number, at)
        assert not asked("", at)
