"""One person is erased by the map; another one of the same brand keeps everything."""

from typing import Any

import pytest
from django.db import models

from compliance.domain.ledger_check import ledger_problems
from compliance.domain.sequencer import seal_all
from compliance.domain.subjects import erasing, package, plans, sources
from compliance.domain.subjects.tables import person_tables
from compliance.models import (
    AuditDetail,
    AuditEvent,
    Consent,
    ConsentEntry,
    ErasedAddress,
    SubjectErasure,
)
from inbox.models import (
    Contact,
    ContactHandle,
    Conversation,
    InboundEvent,
    Message,
    ReceivedDelivery,
)
from tests.compliance.subjects.stage import LENA, MAX, REFERENCE, SETUP, Stage


def everything(stage: Stage, word: str) -> list[str]:
    """Rows of the brand whose columns hold the word, as ``table.column``."""
    found = []
    with stage.scope():
        tables = {table.model for table in person_tables()} | {
            InboundEvent, ReceivedDelivery, AuditDetail, AuditEvent, Consent, ConsentEntry,
        }  # fmt: skip
        for model in tables:
            for row in model._default_manager.all():
                found += [
                    f"{model._meta.label_lower}.{field.name}"
                    for field in model._meta.local_fields
                    if word.casefold() in _text(row, field).casefold()
                ]
    return sorted(set(found))


def _text(row: models.Model, field: Any) -> str:
    value = getattr(row, field.attname)
    return (
        bytes(value).decode(errors="replace")
        if isinstance(value, bytes | memoryview)
        else str(value)
    )


def test_nothing_of_the_person_is_left_and_everything_of_the_other(stage: Stage) -> None:
    before = everything(stage, MAX.word)
    assert everything(stage, LENA.word)
    subject = stage.subject(LENA)

    results = stage.erase(subject)

    assert results.blocked == {}
    assert everything(stage, LENA.word) == []
    assert everything(stage, LENA.number) == everything(stage, LENA.user_id) == []
    # Raw calls that carried both of them are emptied as a whole; here there are none.
    assert everything(stage, MAX.word) == before
    with stage.scope():
        assert ContactHandle.objects.filter(contact__in=subject.contact_ids).count() == 0
        erased = Contact.objects.filter(pk__in=subject.contact_ids)
        assert {contact.erased_at is not None for contact in erased} == {True}
        assert ErasedAddress.objects.count() == 3
        run = SubjectErasure.objects.get()
        assert (run.traces, run.finished_at is not None) == ("", True)
        assert run.outcomes == results.sources


def test_the_ledger_still_verifies_and_tells_of_the_erasure(stage: Stage) -> None:
    stage.erase(stage.subject(LENA))
    seal_all(stage.brand.pk)

    assert list(ledger_problems(stage.brand.pk)) == []
    with stage.scope():
        kinds = set(AuditEvent.objects.values_list("kind", flat=True))
        assert {
            "compliance.subject.let_go",
            "compliance.rows.erased",
            "compliance.subject.erased",
        } <= kinds


def test_the_same_data_give_the_same_plan_and_new_data_another(stage: Stage) -> None:
    subject = stage.subject(LENA)

    first, second = plans.make_plan(subject), plans.make_plan(subject)

    assert plans.plan_hash(first) == plans.plan_hash(second)
    assert plans.subject_of_plan(first) == subject
    by_key = {source["key"]: source for source in first["sources"]}
    assert by_key["inbox.message"]["rows"] == 6
    assert by_key["inbox.message"]["action"] == "redacted"
    assert by_key["inbox.contacthandle"]["action"] == "erased"
    with stage.scope():
        Message.objects.filter(text__contains=LENA.word).first().delete()  # type: ignore[union-attr]
    assert plans.plan_hash(plans.make_plan(subject)) != plans.plan_hash(first)


def test_counts_of_the_plan_are_what_is_done(stage: Stage) -> None:
    subject = stage.subject(LENA)
    plan = plans.make_plan(subject)

    results = erasing.execute(plan, subject, reference=REFERENCE, actor=SETUP, limit=2)

    done = {key: told["rows"] for key, told in results.sources.items()}
    planned = {source["key"]: source["rows"] for source in plan["sources"]}
    # What the erasure itself writes comes on top, and events of an event are told with its row.
    differing = {key for key in planned if planned[key] != done[key]}
    assert differing <= {"ledger", "compliance.erasedaddress"}, (planned, done)


def test_a_second_run_changes_nothing(stage: Stage) -> None:
    subject = stage.subject(LENA)
    first = stage.erase(subject)
    with stage.scope():
        events = AuditEvent.objects.count()

    second = stage.erase(subject)

    assert second.sources == first.sources
    with stage.scope():
        assert AuditEvent.objects.count() == events


def test_a_reference_stands_for_one_person(stage: Stage) -> None:
    stage.erase(stage.subject(LENA))

    with pytest.raises(erasing.OtherPlan):
        stage.erase(stage.subject(MAX))
    with pytest.raises(erasing.OtherPlan):
        erasing.execute(
            plans.make_plan(stage.subject(LENA)), stage.subject(MAX), reference="x", actor=SETUP
        )


def test_the_package_holds_what_the_person_wrote_and_nothing_of_others(stage: Stage) -> None:
    rows = list(package.rows(stage.subject(LENA)))

    texts = [row["row"]["text"] for row in rows if row["source"] == "inbox.message"]
    assert sorted(texts) == sorted(
        [
            "Wo ist Zorblatt 48213?",
            "Danke, Zorblatt",
            "Toll!! Zorblatt",
            "Mist, Zorblatt",
            "Hallo Zorblatt",
            "Gern, Zorblatt",
        ]
    )
    assert MAX.word not in str(rows)
    assert {"inbox.contact", "inbox.contacthandle", "inbox.inboundevent", "compliance.consent"} <= {
        row["source"] for row in rows
    }


def test_every_table_with_data_about_people_outside_has_a_source() -> None:
    assert list(sources.uncovered_tables()) == []


def test_two_threads_of_one_person_at_one_page_can_both_be_emptied(stage: Stage) -> None:
    subject = stage.subject(LENA)
    stage.erase(subject)

    with stage.scope():
        threads = Conversation.objects.filter(contact__in=subject.contact_ids)
        assert threads.filter(kind="comment").count() == 2
        assert {thread.thread_key[:7] for thread in threads} == {"erased:"}
