"""More time, pauses, holds, restriction, objection, recipients, blocked cases, warnings."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from compliance.choices import Purpose, RequestState
from compliance.domain.consent import grant, standing
from compliance.domain.holds import place_hold, release_hold
from compliance.domain.requests import certificate, effects, ending, handling, intake, release
from compliance.domain.requests.sweeps import brands_with_open_requests, requests_to_run
from compliance.domain.requests.watch import level_of, watch_brand
from compliance.domain.subjects import erasing
from compliance.domain.subjects.subject import Done
from compliance.models import DataRequest, ProcessingRestriction, RecipientNotice, RequestPause
from compliance.registries import Recipient
from inbox.choices import OutboxState
from inbox.domain.replies import send_reply
from inbox.models import Message
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput, InvalidState
from tenants.registry import Registry
from tests.compliance.requests.stage import LENA_MAIL, LENA_NUMBER, Stage, mails

SYSTEM = SystemActor("system", "tests")


def test_more_time_once_with_reason_and_notice(stage: Stage) -> None:
    with stage.scope():
        case = stage.enter()
        with pytest.raises(InvalidInput, match="why more time"):
            handling.extend(case, reason="lazy", actor=stage.olga)
        first = case.due_on
        case = handling.extend(case, reason="complex", actor=stage.olga)
        assert case.last_due_on == case.extended_due_on
        assert case.last_due_on > first
        assert mails()[-1][0] == LENA_MAIL
        with pytest.raises(InvalidState, match="extended already"):
            handling.extend(case, reason="many", actor=stage.olga)


def test_more_time_only_before_the_first_day_is_over(stage: Stage) -> None:
    with stage.scope():
        case = stage.enter(received_at=timezone.now() - timedelta(days=60))

        with pytest.raises(InvalidState, match="first day of answer is over"):
            handling.extend(case, reason="complex", actor=stage.olga)


def test_a_pause_moves_the_day_and_california_knows_none(stage: Stage) -> None:
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False), stage.scope():
        case = stage.enter()
        assert case.due_on == date(2026, 12, 24)
        handling.pause(case, reason="scope", actor=stage.olga)
        with pytest.raises(InvalidState, match="stands already"):
            handling.pause(case, reason="scope", actor=stage.olga)
        californian = stage.enter("erasure", regime="ccpa")
        assert (californian.due_on, californian.confirm_on) == (
            date(2027, 1, 8),
            date(2026, 12, 9),
        )
        with pytest.raises(InvalidState, match="CCPA"):
            handling.pause(californian, reason="identity", actor=stage.olga)
    with time_machine.travel("2026-11-29T12:00:00Z", tick=False), stage.scope():
        case = handling.resume(case, actor=stage.olga)

        # Five days after Christmas Eve.
        assert case.due_on == date(2026, 12, 29)
        with pytest.raises(InvalidState, match="not standing"):
            handling.resume(case, actor=stage.olga)


def test_doubt_about_the_identity_pauses_until_it_is_shown(stage: Stage) -> None:
    from compliance.domain.requests import identity

    with stage.scope():
        asked = stage.enter("access")
        DataRequest.objects.filter(pk=asked.pk).update(state="received")
        case = handling.pause(asked, reason="identity", actor=stage.olga)
        assert case.state == RequestState.IDENTITY_PENDING

        identity.verify_by_staff(case, note="Passport seen", actor=stage.olga)

        assert RequestPause.objects.get().ended_at is not None


def test_aside_and_taken_up_where_it_was(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter())
        with pytest.raises(InvalidInput):
            handling.put_on_hold(case, reason=" ", actor=stage.olga)
        case = handling.put_on_hold(case, reason="Question to the brand", actor=stage.olga)
        assert case.state == RequestState.ON_HOLD
        with pytest.raises(InvalidState):
            handling.collect(case, actor=stage.olga)
        assert handling.take_up(case, actor=stage.olga).state == RequestState.IN_REVIEW


def test_a_legal_hold_stops_the_release_and_is_told(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        release.finish_review(case, actor=stage.olga)
        hold = place_hold(stage.brand, reason="Court", actor=stage.olga)
        with pytest.raises(InvalidState, match="legal hold"):
            release.release(case, actor=stage.omar)
        release_hold(hold, reason="over", actor=stage.olga)

        assert release.release(case, actor=stage.omar).state == RequestState.EXECUTING


def test_a_hold_amid_the_erasure_blocks_the_case_and_accepting_is_printed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        release.finish_review(case, actor=stage.olga)
        release.release(case, actor=stage.omar)
        hold = place_hold(stage.brand, reason="Court", actor=stage.olga)
        case = stage.work(case)

        assert (case.state, case.is_blocked) == (RequestState.EXECUTING, True)
        assert "legal hold" in case.failure.lower() or "Aufbewahrung" in case.failure
        assert not case.certificate
        assert Message.objects.filter(text__contains="Lena").exists()
        with pytest.raises(InvalidState):
            ending.cancel(case, reason="too late", actor=stage.olga)
        with pytest.raises(InvalidInput):
            release.accept_block(case, reason="", actor=stage.omar)
        release_hold(hold, reason="over", actor=stage.olga)
        release.try_again(case, actor=stage.olga)
        case = stage.work(case)

        assert (case.state, case.is_blocked) == (RequestState.FULFILLED, False)
        assert not Message.objects.filter(text__contains="Lena").exists()


def test_a_source_that_cannot_erase_blocks_until_somebody_accepts_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = erasing.all_sources()[-1]
    kind = type(source)
    real = kind.erase

    def erase(self: Any, *args: Any, **kwargs: Any) -> Done:
        return (
            Done(blocked="The vendor does not answer.")
            if self is source
            else real(self, *args, **kwargs)
        )

    monkeypatch.setattr(kind, "erase", erase)
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        release.finish_review(case, actor=stage.olga)
        release.release(case, actor=stage.omar)
        case = stage.work(case)
        assert (case.state, case.is_blocked) == (RequestState.EXECUTING, True)
        assert case.failure == "The vendor does not answer."
        assert requests_to_run() == []

        release.accept_block(case, reason="Contract ends in May", actor=stage.omar)
        case = stage.work(case)

        assert case.state == RequestState.FULFILLED
        told = certificate.read(case)
        assert told["accepted"]["reason"] == "Contract ends in May"
        assert told["accepted"]["name"] == "Omar"
        assert "blocked" in {line["outcome"] for line in told["sources"]}


def test_a_killed_worker_leaves_its_case_to_the_next(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        release.finish_review(case, actor=stage.olga)
        release.release(case, actor=stage.omar)
        later = timezone.now() + timedelta(minutes=4)
        DataRequest.objects.filter(pk=case.pk).update(lease_until=later, attempt=1)
        assert stage.work(case).state == RequestState.EXECUTING
        DataRequest.objects.filter(pk=case.pk).update(lease_until=timezone.now())

        assert stage.work(case).state == RequestState.FULFILLED


def test_restriction_silences_until_the_person_was_told_of_its_end(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter("restriction"))
        with pytest.raises(InvalidInput, match="ground"):
            release.finish_review(case, actor=stage.olga)
        handling.note_work(case, note="", restriction_ground="contested", actor=stage.olga)
        case = stage.to_end(case)
        assert case.state == RequestState.FULFILLED
        row = ProcessingRestriction.objects.get()
        assert (row.contact_ref, row.ground) == (stage.contact.pk, "contested")
        reply = send_reply(stage.thread, text="Hallo", actor=stage.olga)
        assert reply.state == OutboxState.HELD
        assert "restricted" in {reason["code"] for reason in reply.held_reasons}
        with pytest.raises(InvalidState, match="must be told"):
            effects.lift(row, actor=stage.olga)
        effects.announce_lifting(row, actor=stage.olga)
        effects.lift(row, actor=stage.olga)

        reply = send_reply(stage.thread, text="Hallo wieder", actor=stage.olga)
        assert "restricted" not in {reason["code"] for reason in reply.held_reasons}


def test_an_objection_to_marketing_is_an_absolute_stop(stage: Stage) -> None:
    with stage.scope():
        grant(
            stage.brand.pk,
            channel="whatsapp",
            address=LENA_NUMBER,
            purposes=[Purpose.MARKETING],
            source="form",
            evidence="f1",
            actor=SYSTEM,
            at=timezone.now() - timedelta(days=1),
        )
        case = stage.to_end(stage.to_review(stage.enter("objection", for_marketing=True)))

        assert case.state == RequestState.FULFILLED
        word = standing(stage.brand.pk, channel="whatsapp", address=LENA_NUMBER)
        assert word[Purpose.MARKETING].state == "withdrawn"


class _Crm:
    title = "CRM of the brand"

    def __init__(self, how: str) -> None:
        self.how, self.told = how, 0

    def has_received(self, subject: Any) -> bool:
        return bool(subject.contact_ids)

    def tell(self, subject: Any, *, kind: str, reference: str) -> str:
        self.told += 1
        return self.how


def test_recipients_are_told_once_and_those_who_cannot_be_wait_for_a_person(stage: Stage) -> None:
    from compliance.domain.requests.subjects import subject_of_case

    registry: Registry[Recipient] = Registry("recipients")
    crm, deaf = _Crm("API, 204"), _Crm("")
    deaf.title = "Deaf shop"
    registry.register("crm", crm)
    registry.register("deaf", deaf)
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        DataRequest.objects.filter(pk=case.pk).update(state="awaiting_processors")
        case = stage.fresh(case)
        for _twice in range(2):
            effects.tell_recipients(case, subject_of_case(case), actor=SYSTEM, registry=registry)
        assert crm.told == 1
        assert not effects.fulfil_if_all_told(case, actor=SYSTEM)
        waiting = RecipientNotice.objects.get(state="waiting")
        assert waiting.recipient == "Deaf shop"
        with pytest.raises(InvalidInput, match="how"):
            effects.settle_notice(waiting, state="told", how=" ", actor=stage.olga)
        with pytest.raises(InvalidInput, match="Choose"):
            effects.settle_notice(waiting, state="done", how="x", actor=stage.olga)
        effects.settle_notice(waiting, state="told", how="By letter", actor=stage.olga)

        assert stage.fresh(case).state == RequestState.FULFILLED


@pytest.mark.parametrize(
    ("left", "level"),
    [(20, ""), (8, ""), (7, "7days"), (2, "2days"), (0, "2days"), (-1, "overdue")],
)
def test_levels_of_warning(left: int, level: str) -> None:
    assert level_of(left) == level


def test_those_who_can_act_are_warned_once_per_level(stage: Stage) -> None:
    with stage.scope():
        stage.enter(received_at=timezone.now() - timedelta(days=27))
    before = len(mails())

    first = watch_brand(stage.brand.pk)
    second = watch_brand(stage.brand.pk)
    later = watch_brand(stage.brand.pk, now=timezone.now() + timedelta(days=12))

    # olga and omar hold the right.
    assert (first, second, later) == (2, 0, 2)
    assert {to for to, _s, _t in mails()[before:]} == {"olga@example.test", "omar@example.test"}
    assert "Overdue" in mails()[-1][1]
    assert brands_with_open_requests() == [stage.brand.pk]


def test_what_nobody_verifies_lapses_and_old_packages_go(stage: Stage) -> None:
    with stage.scope():
        open_one = stage.ask(email="silent@example.test")
        done = stage.to_end(stage.to_review(stage.enter()))
        path = done.package.name
    watch_brand(stage.brand.pk, now=timezone.now() + timedelta(days=31))

    with stage.scope():
        assert stage.fresh(open_one).state == RequestState.LAPSED
        done = stage.fresh(done)
        assert not done.package
        assert not done.package.storage.exists(path)


@pytest.mark.parametrize(
    ("kind", "reason", "evidence", "words"),
    [
        ("access", "claims", "x", "Art. 17"),
        ("access", "unfounded", " ", "burden of proof"),
        ("erasure", "because", "x", "reason of the law"),
    ],
)
def test_refusals_need_a_reason_of_the_law_and_evidence(
    stage: Stage, kind: str, reason: str, evidence: str, words: str
) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter(kind))

        with pytest.raises(InvalidInput, match=words):
            ending.refuse(case, reason=reason, evidence=evidence, actor=stage.olga)


def test_receipt_is_confirmed_once(stage: Stage) -> None:
    with stage.scope():
        case = intake.confirm_receipt(stage.enter(), actor=stage.olga)
        assert case.confirmed_at is not None
        with pytest.raises(InvalidState, match="confirmed already"):
            intake.confirm_receipt(case, actor=stage.olga)


def test_a_person_without_mail_is_written_to_on_the_channel(stage: Stage) -> None:
    from compliance.domain.requests.intake import Heard, ask_by_message
    from inbox.models import OutboxItem

    with stage.scope():
        case, _joined = ask_by_message(
            stage.brand,
            Heard(
                contact_id=stage.contact.pk,
                conversation_id=stage.thread.pk,
                message_id=stage.thread.pk,
                text="Auskunft bitte",
                matched="Auskunft",
                language="de",
                at=timezone.now(),
            ),
        )
        intake.confirm_receipt(case, actor=stage.olga)

        item = OutboxItem.objects.get()
        assert (item.purpose, item.recipient, item.state) == ("notice", LENA_NUMBER, "queued")
        assert "/privacy/request/" in item.text
