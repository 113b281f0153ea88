"""Decisions and cases as programs read them."""

import pytest

from compliance.models import AuditEvent
from inbox.models import Message
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.api import Program, ids, make_program
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision, make_statement


@pytest.fixture
def comment(north: Brand) -> Message:
    with brand_scope(north.pk):
        return make_message(make_conversation(make_account(north)), "Buy now")


@pytest.fixture
def program(north: Brand) -> Program:
    return make_program(north, "moderation.case.view")


def test_a_decision_shows_text_rule_and_statement_and_is_recorded(
    comment: Message, program: Program, north: Brand
) -> None:
    with brand_scope(north.pk):
        decision = make_decision(comment)
        make_statement(decision)

    found = program.get(f"decisions/{decision.pk}/").json()

    assert found["text_snapshot"] == "Buy now"
    assert found["rule"]["version"] == 1
    assert found["statement"]["text"] == "We hid your comment."
    with brand_scope(north.pk):
        event = AuditEvent.objects.get()
        assert (event.kind, event.object_ref) == ("moderation.decision.read", str(decision.pk))


def test_a_decision_without_a_statement_says_so(
    comment: Message, program: Program, north: Brand
) -> None:
    with brand_scope(north.pk):
        decision = make_decision(comment, action="approve")

    assert program.get(f"decisions/{decision.pk}/").json()["statement"] is None


def test_lists_hold_no_words_of_authors_and_leave_no_trace(
    comment: Message, program: Program, north: Brand
) -> None:
    with brand_scope(north.pk):
        make_decision(comment)
        make_case(comment)

    answers = [program.get("decisions/"), program.get("cases/")]

    for answer in answers:
        assert len(ids(answer)) == 1
        assert b"Buy now" not in answer.content
    with brand_scope(north.pk):
        assert AuditEvent.objects.count() == 0


def test_lists_are_filtered(comment: Message, program: Program, north: Brand) -> None:
    with brand_scope(north.pk):
        hidden, shown = make_decision(comment), make_decision(comment, action="approve")
        case = make_case(comment, category="hate")

    assert ids(program.get("decisions/", {"action": "hide"})) == [str(hidden.pk)]
    assert ids(program.get("decisions/", {"message": comment.pk})) == [
        str(shown.pk),
        str(hidden.pk),
    ]
    assert ids(program.get("cases/", {"category": "hate"})) == [str(case.pk)]
    assert ids(program.get("cases/", {"state": "decided"})) == []
