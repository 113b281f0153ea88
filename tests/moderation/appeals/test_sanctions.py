"""Sanctions: who may impose them, what they do to the next comment, how they end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.domain.items import Item
from inbox.models import ContactHandle, Message
from moderation.choices import Category, Outcome, SanctionKind
from moderation.domain.appeals import decide_appeal, file_appeal
from moderation.domain.sanction_stage import apply_sanction
from moderation.domain.sanctions import impose, lift
from moderation.exceptions import OnlyByPersons, ReasonMissing
from moderation.models import Case, Decision, Sanction, StatementOfReasons
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_message

Hide = Callable[..., Decision]


@pytest.fixture(autouse=True)
def in_north(north: Brand) -> Any:
    with brand_scope(north.pk):
        yield


@pytest.fixture
def comment(hidden: Hide) -> Message:
    return hidden().message


def _impose(message: Message, kind: SanctionKind, actor: Any, **more: Any) -> Sanction:
    return impose(
        message,
        kind=kind,
        **{"category": Category.INSULT, "reason": "Wiederholte Beleidigungen.", "actor": actor}
        | more,
    )


def _next_comment(first: Message) -> Item:
    """One more comment of the same author, as the stage gets it."""
    conversation, now = first.conversation, timezone.now()
    handle = ContactHandle.objects.get(contact=conversation.contact)
    message = make_message(conversation, "Noch ein Kommentar")
    item = Item(conversation.account, conversation.contact, handle, conversation, message, now)
    apply_sanction(item)
    return item


def test_the_author_is_told_why_until_when_and_how_to_appeal(comment: Message, mo: User) -> None:
    sanction = _impose(comment, SanctionKind.MUTE, mo, days=7)

    statement = StatementOfReasons.objects.get(decision=sanction.decision)
    assert f"{sanction.until:%d.%m.%Y}" in statement.text
    assert "Wiederholte Beleidigungen." in statement.text
    assert "/appeals/" in statement.text
    # The one private reply of this comment was the statement about its hiding.
    assert statement.delivered_by == "none"
    assert sanction.decision.automation == "AUTOMATED_DECISION_NOT_AUTOMATED"


def test_a_restricted_authors_next_comment_goes_to_people(comment: Message, mo: User) -> None:
    _impose(comment, SanctionKind.RESTRICT, mo)

    item = _next_comment(comment)

    assert not item.may_automate
    assert Case.objects.get(message=item.message).state == "open"
    assert not Decision.objects.filter(message=item.message).exists()


@pytest.mark.parametrize("kind", [SanctionKind.MUTE, SanctionKind.BAN])
def test_a_muted_authors_next_comment_is_hidden_and_says_that_a_rule_did_it(
    comment: Message, mo: User, kind: SanctionKind
) -> None:
    sanction = _impose(comment, kind, mo, days=7)

    item = _next_comment(comment)

    made = Decision.objects.get(message=item.message)
    assert (made.action, made.automation) == ("hide", "AUTOMATED_DECISION_FULLY")
    assert made.actor_ref == f"sanction.{kind}@{sanction.pk}"


def test_a_warning_changes_nothing_for_the_next_comment(comment: Message, mo: User) -> None:
    _impose(comment, SanctionKind.WARN, mo)

    item = _next_comment(comment)

    assert item.may_automate
    assert not Case.objects.filter(message=item.message).exists()


def test_a_lifted_or_run_out_sanction_has_no_effect(comment: Message, mo: User) -> None:
    lift(_impose(comment, SanctionKind.RESTRICT, mo), reason="Entschuldigt.", actor=mo)
    assert _next_comment(comment).may_automate

    _impose(comment, SanctionKind.RESTRICT, mo, days=1)
    Sanction.objects.filter(ended_at=None).update(until=timezone.now() - timedelta(hours=1))
    assert _next_comment(comment).may_automate


def test_a_new_one_replaces_the_one_in_force(comment: Message, mo: User) -> None:
    first = _impose(comment, SanctionKind.RESTRICT, mo)
    second = _impose(comment, SanctionKind.BAN, mo)

    first.refresh_from_db()
    assert (first.end, second.ended_at) == ("replaced", None)


@pytest.mark.parametrize(
    ("kind", "more", "error"),
    [
        (SanctionKind.MUTE, {}, InvalidInput),
        (SanctionKind.MUTE, {"days": 0}, InvalidInput),
        (SanctionKind.BAN, {"days": 366}, InvalidInput),
        (SanctionKind.BAN, {"reason": " "}, ReasonMissing),
        (SanctionKind.BAN, {"actor": SystemActor("model", "m", "1")}, OnlyByPersons),
    ],
)
def test_what_is_refused_leaves_nothing(
    comment: Message, mo: User, kind: SanctionKind, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _impose(comment, kind, more.pop("actor", mo), **more)

    assert not Sanction.objects.exists()


def test_who_may_only_decide_cases_may_not_sanction(comment: Message, ada: User) -> None:
    with pytest.raises(NotAllowed):
        _impose(comment, SanctionKind.WARN, ada)


def test_it_is_lifted_once_by_a_decision_of_its_own(comment: Message, mo: User) -> None:
    sanction = _impose(comment, SanctionKind.BAN, mo)
    made = lift(sanction, reason="Entschuldigt.", actor=mo)

    assert (made.action, made.reverses) == ("lift", sanction.decision)
    with pytest.raises(InvalidState):
        lift(sanction, reason="Noch einmal.", actor=mo)


def test_an_appeal_lifts_it(comment: Message, mo: User, mia: User) -> None:
    sanction = _impose(comment, SanctionKind.BAN, mo)
    appeal = file_appeal(sanction.decision, text="Das war ich nicht.", language="de")
    decide_appeal(appeal, outcome=Outcome.OVERTURNED, answer="Verwechselt.", actor=mia)

    sanction.refresh_from_db()
    assert sanction.end == "overturned"


def test_an_appeal_shortens_it_and_only_shortens(comment: Message, mo: User, mia: User) -> None:
    sanction = _impose(comment, SanctionKind.MUTE, mo, days=30)
    appeal = file_appeal(sanction.decision, text="Zu lang.", language="de")
    now = timezone.now()
    for end in (None, now - timedelta(days=1), now + timedelta(days=31)):
        with pytest.raises(InvalidInput):
            decide_appeal(appeal, outcome=Outcome.PARTLY, answer="Ja.", actor=mia, shortened_to=end)

    week = now + timedelta(days=7)
    decide_appeal(appeal, outcome=Outcome.PARTLY, answer="Ja.", actor=mia, shortened_to=week)

    sanction.refresh_from_db()
    assert (sanction.until, sanction.ended_at) == (week, None)
