"""One person is erased by the map; another one of the same brand keeps everything."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import models

from compliance.domain.audit import record
from compliance.domain.export_job import run_export
from compliance.domain.exports import request_export
from compliance.domain.ledger_check import ledger_problems
from compliance.domain.sequencer import seal_all
from compliance.domain.subjects import erasing, package, plans, sources
from compliance.domain.subjects.finding import find_candidates
from compliance.domain.subjects.rows import erase_rows
from compliance.domain.subjects.tables import person_tables
from compliance.exceptions import NotPlainFact
from compliance.models import (
    AuditDetail,
    AuditEvent,
    Consent,
    ConsentEntry,
    ErasedAddress,
    SubjectErasure,
)
from compliance.scope import AuditContext, enter_context
from inbox.domain.replies import add_note, send_reply
from inbox.models import (
    Contact,
    ContactHandle,
    Conversation,
    InboundEvent,
    Message,
    MessageRevision,
    ReceivedDelivery,
)
from tenants.actors import PUBLIC_AUTHOR
from tenants.exceptions import InvalidInput
from tenants.models import User
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


def test_the_address_of_a_person_goes_and_that_of_staff_stays(stage: Stage, ada: User) -> None:
    """Both are values of events about the person's rows; only one is about the person."""
    subject = stage.subject(LENA)
    with stage.scope():
        message = Message.objects.filter(text__contains=LENA.word).order_by("pk")[0]
        for actor, address in ((ada, "192.0.2.10"), (PUBLIC_AUTHOR, "198.51.100.7")):
            with enter_context(AuditContext(lambda: None, address=address)):
                record("inbox.message.edited", message, actor=actor, personal={"w": LENA.word})

    stage.erase(subject)

    with stage.scope():
        kept = AuditDetail.objects.filter(name="from.address", erased_at=None)
        assert [detail.readable for detail in kept] == ["192.0.2.10"]
        assert {d.erased_reference for d in AuditDetail.objects.exclude(erased_at=None)} == {
            REFERENCE
        }


def test_nothing_is_written_to_somebody_who_was_erased(stage: Stage, ada: User) -> None:
    subject = stage.subject(LENA)
    stage.erase(subject)
    with stage.scope():
        thread = Conversation.objects.filter(contact__in=subject.contact_ids).order_by("pk")[0]
        assert str(thread.contact) == "Erased person"
        with pytest.raises(InvalidInput, match="erased on request"):
            send_reply(thread, text="Hallo?", actor=ada)
        with pytest.raises(InvalidInput, match="erased on request"):
            add_note(thread, text="Das war Ada Zorblatt", actor=ada)
    assert everything(stage, LENA.word) == []


def test_finding_somebody_by_what_they_give(stage: Stage) -> None:
    def found(term: str) -> set[Any]:
        with stage.scope():
            return {one.contact_id for one in find_candidates(stage.brand, term)}

    both = set(stage.subject(LENA).contact_ids)
    assert found("zorblatt") == both
    assert found(LENA.user_id) == found("+49 170 12345") == found("@Zorblatt.w")
    assert len(found(LENA.number)) == 1
    assert found(LENA.page_id) < both
    assert found(str(min(both))) == {min(both)}
    assert found("") == found("   ") == found("nobody") == set()
    with stage.scope():
        (one,) = find_candidates(stage.brand, LENA.number)
    assert (one.title, one.channels, one.conversations) == (LENA.name, ("whatsapp",), 1)
    stage.erase(stage.subject(LENA))
    assert found(LENA.number) == set()


def test_files_of_earlier_exports_go_as_a_whole(stage: Stage, olga: User) -> None:
    with stage.scope():
        export = request_export(stage.brand, actor=olga, filters={}, purpose="x", wake=False)
    run_export(export.pk, brand_id=stage.brand.pk)
    with stage.scope():
        export.refresh_from_db()
        name = export.file.name
    assert default_storage.exists(name)

    results = stage.erase(stage.subject(LENA))

    assert results.sources["export_files"]["rows"] == 1
    assert not default_storage.exists(name)
    with stage.scope():
        export.refresh_from_db()
        assert (export.file.name, export.state) == ("", "done")
        assert export.sha256


def test_retention_erases_rows_by_the_same_map(stage: Stage) -> None:
    with stage.scope():
        keys = list(Message.objects.filter(text__contains=LENA.word).values_list("pk", flat=True))
        revisions = list(MessageRevision.objects.values_list("pk", flat=True))

        emptied = erase_rows(Message, keys, reference="retention.7", actor=SETUP)
        again = erase_rows(MessageRevision, revisions, reference="retention.7", actor=SETUP)

        assert emptied["inbox.message"] == len(keys) == 6
        assert again == {"inbox.messagerevision": len(revisions)}
        assert set(Message.objects.filter(pk__in=keys).values_list("text", flat=True)) == {""}
        assert not MessageRevision.objects.exists()
        assert erase_rows(Message, [], reference="retention.7", actor=SETUP) == {}
        told = AuditEvent.objects.filter(kind="compliance.rows.erased")
        assert told.count() == 2
        with pytest.raises(NotPlainFact):
            erase_rows(Message, keys, reference="Ada said so", actor=SETUP)
