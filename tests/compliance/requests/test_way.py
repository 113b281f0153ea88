"""The way of a case from the form to its end: access, erasure, and what stands in between."""

import csv
import io
import json
import zipfile

import pytest

from compliance.choices import RequestState
from compliance.domain.requests import certificate, handling, identity, passages, release
from compliance.domain.requests.passages import HIDDEN
from compliance.exceptions import WrongCode
from compliance.models import AuditEvent, DataRequest, ThirdPartyPassage
from inbox.models import Contact, Message
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import User
from tests.compliance.requests.stage import LENA_MAIL, Stage, code_in, mails
from tests.factories.inbox import make_message


def _kinds(case: DataRequest) -> list[str]:
    return list(
        AuditEvent.objects.filter(object_ref=str(case.pk))
        .order_by("id")
        .values_list("kind", flat=True)
    )


def test_access_from_the_form_to_the_package(stage: Stage) -> None:
    with stage.scope():
        case = stage.ask("access")
        [(to, _subject, text)] = mails()
        assert (to, case.state) == (LENA_MAIL, RequestState.IDENTITY_PENDING)
        identity.confirm_code(case, code=code_in(text))
        case = stage.fresh(case)
        assert (case.state, case.identity_method) == (RequestState.ASSIGNED, "mail")
        assert mails()[-1][0] == "datenschutz@north.example"

        case = stage.to_review(case)
        assert case.state == RequestState.IN_REVIEW
        found = {p.fragment for p in ThirdPartyPassage.objects.filter(request=case)}
        # The case itself is handed out too, with who decided for the brand.
        assert found == {"kurt@fremd.example", "Kurt Fremd", "Nord"}
        with pytest.raises(InvalidState, match=r"\d passages"):
            release.finish_review(case, actor=stage.olga)
        case = stage.to_end(case)

        assert case.state == RequestState.FULFILLED
        with case.package.open("rb") as file:
            package = zipfile.ZipFile(io.BytesIO(file.read()))
    names = set(package.namelist())
    assert {"data/inbox.message.json", "data/inbox.message.csv", "manifest.json"} <= names
    rows = json.loads(package.read("data/inbox.message.json"))
    said = [row["text"] for row in rows]
    assert f"Mein Nachbar {HIDDEN}, {HIDDEN}, hat dasselbe Problem." in said
    assert "Guten Tag, ich bin Lena Beispiel, +49 170 12345." in said
    assert not any("anderem" in text for text in said)
    table = list(
        csv.DictReader(io.StringIO(package.read("data/inbox.message.csv").decode("utf-8-sig")))
    )
    assert len(table) == len(rows) == 2
    page = next(name for name in names if name.endswith(".html"))
    assert "Lena Beispiel" in package.read(page).decode()
    assert package.read(next(n for n in names if n.endswith(".pdf")))[:5] == b"%PDF-"
    manifest = json.loads(package.read("manifest.json"))
    assert {one["file"] for one in manifest["files"]} == names - {"manifest.json", "manifest.sig"}


def test_the_answer_closes_the_case_and_forgets_others(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_end(stage.to_review(stage.enter()))
        case = stage.close(case)

        assert (case.state, case.is_late) == (RequestState.CLOSED, False)
        assert case.ended_at is not None
        assert mails()[-1][0] == LENA_MAIL
        assert set(
            ThirdPartyPassage.objects.filter(request=case).values_list("fragment", flat=True)
        ) == {""}
        assert _kinds(case) == [
            "compliance.request.received",
            "compliance.request.verified",
            "compliance.request.forwarded",
            "compliance.request.contacts_chosen",
            "compliance.request.instructed",
            "compliance.request.collecting_started",
            "compliance.request.collected",
            "compliance.request.passages_decided",
            "compliance.request.reviewed",
            "compliance.request.released",
            "compliance.request.packed",
            "compliance.request.carried_out",
            "compliance.request.fulfilled",
            "compliance.request.closed",
        ]


def test_erasure_needs_two_people_and_ends_with_a_certificate(stage: Stage, ada: User) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        with pytest.raises(InvalidState, match="finished the review"):
            release.release(case, actor=stage.omar)
        release.finish_review(case, actor=stage.olga)
        with pytest.raises(NotAllowed, match="second person"):
            release.release(case, actor=stage.olga)
        with pytest.raises(NotAllowed):
            release.release(case, actor=ada)
        case = release.release(case, actor=stage.omar)
        assert case.state == RequestState.EXECUTING
        case = stage.work(case)

        assert case.state == RequestState.FULFILLED, case.failure
        assert not Message.objects.filter(text__contains="Lena").exists()
        assert Message.objects.filter(text="Von jemand anderem").exists()
        assert not Contact.objects.filter(name__contains="Lena").exists()
        told = certificate.read(case)
        assert (told["reviewed"]["name"], told["released"]["name"]) == ("Olga", "Omar")
        outcomes = {line["key"]: line["outcome"] for line in told["sources"]}
        assert outcomes["inbox.message"] == "redacted"
        assert "blocked" not in outcomes.values()
        assert "Lena" not in case.certificate
        assert certificate.pdf_of(case, language="de")[:5] == b"%PDF-"
    with stage.scope(), pytest.raises(InvalidState):
        handling.put_on_hold(case, reason="Too late", actor=stage.olga)


def test_data_that_changed_since_the_review_are_reviewed_again(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter("erasure"))
        release.finish_review(case, actor=stage.olga)
        make_message(stage.thread, "Noch etwas")

        case = release.release(case, actor=stage.omar)

        assert (case.state, case.reviewed_at) == (RequestState.COLLECTING, None)
        case = stage.work(case)
        release.finish_review(case, actor=stage.olga)
        assert release.release(case, actor=stage.omar).state == RequestState.EXECUTING


def test_an_unknown_person_is_told_that_there_is_nothing(stage: Stage) -> None:
    with stage.scope():
        case = stage.ask("access", email="nobody@example.test", name="Nobody")
        identity.confirm_code(case, code=code_in(mails()[-1][2]))
        case = stage.to_end(stage.to_review(stage.fresh(case), contacts=[]))

        assert (case.state, bool(case.package)) == (RequestState.FULFILLED, False)
        assert "keine Daten" in proposed(case) or "no data" in proposed(case)


def proposed(case: DataRequest) -> str:
    from compliance.domain.requests.answers import proposed_answer

    return proposed_answer(case)


@pytest.mark.parametrize("code", ["", "12", "abcdef", "000000", "9" * 500])
def test_wrong_codes_are_told_and_counted(stage: Stage, code: str) -> None:
    with stage.scope():
        case = stage.ask()
        right = code_in(mails()[0][2])
        if code == right:
            pytest.skip("the one in a million")

        with pytest.raises(WrongCode, match="Tries left: 4"):
            identity.confirm_code(case, code=code)

        assert stage.fresh(case).code_attempts == 1


def test_five_wrong_codes_end_the_code_and_a_new_one_helps(stage: Stage) -> None:
    with stage.scope():
        case = stage.ask()
        first = code_in(mails()[0][2])
        for _try in range(5):
            with pytest.raises(WrongCode):
                identity.confirm_code(case, code="x")
        with pytest.raises(WrongCode, match="Too many"):
            identity.confirm_code(case, code=first)
        identity.send_code_again(case)
        second = code_in(mails()[1][2])

        assert (
            identity.confirm_code(case, code=f"{second[:3]} {second[3:]}").state
            == "assigned_to_controller"
        )


def test_reviews_need_instruction_contacts_and_what_was_done(stage: Stage) -> None:
    with stage.scope():
        case = stage.enter("rectification", contact_refs=[])
        with pytest.raises(InvalidInput, match="choose the person's contacts"):
            handling.collect(case, actor=stage.olga)
        handling.choose_contacts(case, [stage.contact.pk], actor=stage.olga)
        handling.collect(case, actor=stage.olga)
        case = stage.work(case)
        with pytest.raises(InvalidInput, match="instruction"):
            release.finish_review(case, actor=stage.olga)
        handling.instruct(case, by="Frau Nord", instruction="Correct it", actor=stage.olga)
        with pytest.raises(InvalidInput, match="what was done"):
            release.finish_review(case, actor=stage.olga)
        handling.note_work(case, note="Name corrected", actor=stage.olga)
        release.finish_review(case, actor=stage.olga)

        release.release(case, actor=stage.olga)

        assert stage.work(case).state == RequestState.FULFILLED


def test_words_that_were_missed_can_be_hidden(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter())
        release_ids = ThirdPartyPassage.objects.filter(request=case).values_list("pk", flat=True)
        passages.decide(case, list(release_ids), is_hidden=False, actor=stage.olga)
        assert passages.hide_words(case, "dasselbe problem", actor=stage.olga) == 1
        with pytest.raises(InvalidInput, match="nowhere"):
            passages.hide_words(case, "not there", actor=stage.olga)
        case = stage.to_end_as_decided(case)
        with case.package.open("rb") as file:
            rows = json.loads(
                zipfile.ZipFile(io.BytesIO(file.read())).read("data/inbox.message.json")
            )

    assert f"Mein Nachbar Kurt Fremd, kurt@fremd.example, hat {HIDDEN}." in [
        r["text"] for r in rows
    ]
