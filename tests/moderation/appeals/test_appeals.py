"""An appeal from its receipt to its answer, and everybody who may not answer it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.models import Conversation, OutboxItem
from moderation.choices import Category, Inadmissible, Outcome
from moderation.domain.appeal_reversal import Carried, note_settled, retry_reversal, reversal_of
from moderation.domain.appeal_reviewers import assign_appeal, hand_back, parties_of
from moderation.domain.appeals import (
    begin_review,
    decide_appeal,
    file_appeal,
    refuse_appeal,
    withdraw_appeal,
)
from moderation.domain.cases import take
from moderation.domain.policies import PRESET, set_rules
from moderation.exceptions import (
    AppealClosed,
    AppealThere,
    NotTheirs,
    OnlyByPersons,
    ReasonMissing,
    TookPart,
)
from moderation.models import Appeal, Decision
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, Membership, User
from tenants.permissions import forget_rights
from tenants.scope import brand_scope
from tests.factories.inbox import make_conversation
from tests.factories.moderation import make_case
from tests.factories.tenants import make_member, make_user

Hide = Callable[..., Decision]


@pytest.fixture(autouse=True)
def in_north(north: Brand, mo: User) -> Any:
    with brand_scope(north.pk):
        yield


def _file(decision: Decision, text: str = "Das war Ironie.") -> Appeal:
    return file_appeal(decision, text=text, language="de")


def _kinds(appeal: Appeal) -> list[str]:
    events = AuditEvent.objects.filter(object_type="moderation.appeal", object_ref=str(appeal.pk))
    return [kind.removeprefix("moderation.appeal.") for kind in _in_order(events)]


def _in_order(events: Any) -> list[str]:
    return list(events.order_by("at", "id").values_list("kind", flat=True))


def test_it_is_confirmed_and_given_to_somebody_else(hidden: Hide, mia: User) -> None:
    appeal = _file(hidden())

    assert (appeal.state, appeal.reviewer, appeal.level) == ("assigned", mia, "brand")
    assert (appeal.told_by, appeal.acknowledged_at is not None) == ("status_page", True)
    assert _kinds(appeal) == ["received", "acknowledged", "assigned"]


def test_who_wrote_in_private_is_told_there(hidden: Hide, mia: User) -> None:
    decision = hidden()
    thread = decision.message.conversation
    make_conversation(
        thread.account, contact=thread.contact, kind="direct", thread_key="dm", handle="h2"
    )

    appeal = _file(decision)

    assert appeal.told_by == "direct_message"
    told = OutboxItem.objects.get(action="message")
    assert told.conversation == Conversation.objects.get(kind="direct")
    assert "/appeals/" in told.text


def test_the_last_working_day_of_the_week_after_is_the_deadline(
    hidden: Hide, north: Brand, mia: User
) -> None:
    north.holiday_country, north.holiday_region = "DE", "DE-BE"
    north.save()
    # A week after is Thursday 1 January 2026, a holiday; 17:00 in Berlin is 16:00 UTC.
    with time_machine.travel(datetime(2025, 12, 25, 9, tzinfo=UTC), tick=False):
        appeal = _file(hidden())

    assert appeal.due_at == datetime(2026, 1, 2, 16, tzinfo=UTC)


def test_the_same_again_changes_nothing_and_other_words_are_refused(
    hidden: Hide, mia: User
) -> None:
    decision = hidden()
    appeal = _file(decision)

    assert _file(decision).pk == appeal.pk
    with pytest.raises(AppealThere):
        _file(decision, "Noch ein Einspruch.")
    assert Appeal.objects.count() == 1


def test_after_six_months_it_is_too_late(hidden: Hide, mia: User) -> None:
    decision = hidden()
    decision.statement.appeal_until = timezone.now() - timedelta(seconds=1)

    with pytest.raises(AppealClosed):
        _file(decision)


def test_parties_are_who_decided_escalated_touched_the_case_or_made_the_rule(
    hidden: Hide, north: Brand, mo: User, ada: User, mia: User, olga: User
) -> None:
    set_rules(north, {Category.INSULT: PRESET[Category.SPAM]}, actor=olga)
    decision = hidden()
    case = make_case(decision.message, revision=2)
    take(case, actor=ada)

    # Looking at a case for ninety seconds is no part in the decision.
    assert parties_of(decision) == {mo.pk, olga.pk}


def test_nobody_else_in_the_brand_means_the_agency_and_is_on_record(
    hidden: Hide, olga: User
) -> None:
    appeal = _file(hidden())

    assert (appeal.level, appeal.reviewer) == ("agency", olga)
    event = AuditEvent.objects.get(kind="moderation.appeal.escalated")
    assert event.reason == "nobody_else_in_the_brand"


def test_nobody_at_all_leaves_it_open_and_says_so(hidden: Hide) -> None:
    appeal = _file(hidden())

    assert (appeal.level, appeal.reviewer, appeal.state) == ("agency", None, "acknowledged")
    assert '"candidates":0' in AuditEvent.objects.get(kind="moderation.appeal.escalated").body


def test_the_least_busy_gets_the_next(hidden: Hide, north: Brand, mia: User) -> None:
    max_ = make_user("max")
    make_member(max_, north.agency, "moderator", north)
    first, second = _file(hidden()), _file(hidden(handle="b"))

    assert {first.reviewer, second.reviewer} == {mia, max_}


def test_who_decided_can_neither_take_nor_answer_it(hidden: Hide, mo: User, mia: User) -> None:
    appeal = _file(hidden())

    with pytest.raises(TookPart):
        assign_appeal(appeal, to=mo, actor=mo)
    with pytest.raises(NotTheirs):
        assign_appeal(appeal, to=mo, actor=mia)
    for act in (
        lambda: begin_review(appeal, actor=mo),
        lambda: decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=mo),
        lambda: refuse_appeal(appeal, ground="unfounded", answer="Nein.", actor=mo),
    ):
        with pytest.raises(TookPart):
            act()
    appeal.refresh_from_db()
    assert (appeal.state, appeal.reviewer) == ("assigned", mia)


def test_who_may_not_decide_appeals_cannot_get_one(hidden: Hide, ada: User, mia: User) -> None:
    appeal = _file(hidden())

    with pytest.raises(NotTheirs):
        assign_appeal(appeal, to=ada, actor=mia)
    with pytest.raises(NotAllowed):
        decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=ada)


@pytest.mark.parametrize("kind", ["system", "rule", "model"])
def test_no_machine_answers_an_appeal(hidden: Hide, kind: Any, mia: User) -> None:
    appeal = _file(hidden())
    machine: Any = SystemActor(kind, "assess", "3")

    with pytest.raises(OnlyByPersons):
        decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=machine)
    with pytest.raises(OnlyByPersons):
        refuse_appeal(appeal, ground="unfounded", answer="Nein.", actor=machine)


@pytest.mark.parametrize(
    "values",
    [
        {"state": "decided", "outcome": "upheld", "decided_at": timezone.now()},
        {"state": "inadmissible", "decided_at": timezone.now()},
        {"state": "decided", "decided_at": timezone.now(), "decided_by": "mia"},
        {
            "state": "decided",
            "outcome": "upheld",
            "decided_at": timezone.now(),
            "decided_by": "mo",
        },
    ],
    ids=["by nobody", "not admitted by nobody", "without an outcome", "by who decided"],
)
def test_the_database_refuses_what_no_verb_would_write(
    hidden: Hide, mia: User, mo: User, values: dict[str, Any]
) -> None:
    appeal = _file(hidden())
    if name := values.get("decided_by"):
        values = values | {"decided_by": {"mia": mia, "mo": mo}[name]}

    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(**values)
    assert Appeal.objects.get().state == "assigned"


def test_an_answer_needs_words_and_comes_once(hidden: Hide, mia: User) -> None:
    appeal = _file(hidden())

    with pytest.raises(ReasonMissing):
        decide_appeal(appeal, outcome=Outcome.UPHELD, answer=" ", actor=mia)
    decided = decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=mia)
    with pytest.raises(InvalidState):
        decide_appeal(appeal, outcome=Outcome.OVERTURNED, answer="Doch.", actor=mia)

    assert (decided.outcome, decided.decided_by, decided.reversal) == ("upheld", mia, None)
    assert reversal_of(decided).state == Carried.NOTHING


def test_not_admitted_only_with_a_ground_and_reasons(hidden: Hide, mia: User) -> None:
    appeal = _file(hidden())

    with pytest.raises(InvalidInput):
        refuse_appeal(appeal, ground="dislike", answer="Nein.", actor=mia)
    with pytest.raises(ReasonMissing):
        refuse_appeal(appeal, ground=Inadmissible.UNFOUNDED, answer="", actor=mia)
    refused = refuse_appeal(appeal, ground=Inadmissible.UNFOUNDED, answer="Kein Grund.", actor=mia)

    assert (refused.state, refused.inadmissible, refused.outcome) == (
        "inadmissible",
        "unfounded",
        "",
    )


def test_its_author_can_withdraw_until_it_is_decided(hidden: Hide, mia: User) -> None:
    first, second = _file(hidden()), _file(hidden(handle="b"))
    decide_appeal(second, outcome=Outcome.UPHELD, answer="Bleibt.", actor=mia)

    assert withdraw_appeal(first).state == "withdrawn"
    with pytest.raises(InvalidState):
        withdraw_appeal(second)


def test_another_reviewer_takes_over_and_the_record_says_from_whom(
    hidden: Hide, mia: User, olga: User
) -> None:
    appeal = begin_review(_file(hidden()), actor=mia)
    assert appeal.state == "under_review"

    decided = decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=olga)

    assert decided.reviewer == olga
    events = AuditEvent.objects.filter(kind="moderation.appeal.assigned")
    assert str(mia.pk) in events.get(actor_ref=str(olga.pk)).body


def test_handed_back_it_waits_for_somebody_else(hidden: Hide, mia: User) -> None:
    appeal = hand_back(_file(hidden()), actor=mia)

    assert (appeal.state, appeal.reviewer) == ("acknowledged", None)


# What the network makes of it


def _settle(item: OutboxItem, state: str, words: str = "") -> None:
    item.state, item.error_text, item.error_class = state, words, "permanent" if words else ""
    item.save()
    note_settled(item, timezone.now())


def _overturned(decision: Decision, actor: User, outcome: Outcome = Outcome.OVERTURNED) -> Appeal:
    return decide_appeal(_file(decision), outcome=outcome, answer="Sie haben recht.", actor=actor)


@pytest.mark.parametrize("outcome", [Outcome.OVERTURNED, Outcome.PARTLY])
def test_shown_again_is_said_in_public_only_when_the_network_has_done_it(
    hidden: Hide, mia: User, outcome: Outcome
) -> None:
    appeal = _overturned(hidden(), mia, outcome)
    unhide = OutboxItem.objects.get(action="unhide")

    assert reversal_of(appeal).state == Carried.WAITING
    assert not OutboxItem.objects.filter(action="comment_reply").exists()
    _settle(unhide, "sent")
    appeal.refresh_from_db()
    assert reversal_of(appeal).state == Carried.DONE
    assert appeal.carried_out_at is not None
    assert OutboxItem.objects.filter(action="comment_reply").count() == 1


def test_a_network_that_refuses_is_quoted_and_can_be_asked_again(hidden: Hide, mia: User) -> None:
    appeal = _overturned(hidden(), mia)
    unhide = OutboxItem.objects.get(action="unhide")
    with pytest.raises(InvalidState):
        retry_reversal(appeal, actor=mia)
    _settle(unhide, "failed", "A rejected comment cannot be published.")

    appeal.refresh_from_db()
    found = reversal_of(appeal)
    assert (found.state, found.words) == (
        Carried.REFUSED,
        "A rejected comment cannot be published.",
    )
    assert not OutboxItem.objects.filter(action="comment_reply").exists()
    retry_reversal(appeal, actor=mia)
    unhide.refresh_from_db()
    assert (unhide.state, unhide.error_text) == ("queued", "")
    assert reversal_of(Appeal.objects.get()).state == Carried.WAITING
    _settle(unhide, "sent")
    assert _kinds(appeal)[-4:] == ["decided", "not_carried_out", "tried_again", "carried_out"]


def test_the_appeal_of_an_erased_person_is_answered_from_the_record(
    hidden: Hide, mia: User
) -> None:
    decision = hidden()
    contact = decision.message.conversation.contact
    contact.erased_at, contact.name = timezone.now(), ""
    contact.save()
    Decision.objects.filter(pk=decision.pk).update(text_snapshot="", facts="")

    appeal = _overturned(Decision.objects.get(pk=decision.pk), mia)

    assert (appeal.outcome, appeal.reversal) == ("overturned", None)
    assert reversal_of(appeal).state == Carried.ON_RECORD


def test_a_rule_withdrawn_meanwhile_changes_nothing(
    hidden: Hide, north: Brand, olga: User, mia: User
) -> None:
    decision = hidden()
    appeal = _file(decision)
    set_rules(north, {Category.INSULT: PRESET[Category.SPAM]}, actor=olga)

    decided = _overturned_filed(appeal, mia)

    assert decided.decision.rule.version == 1
    assert decided.decision.rule.retired_at is not None


def _overturned_filed(appeal: Appeal, actor: User) -> Appeal:
    return decide_appeal(appeal, outcome=Outcome.OVERTURNED, answer="Stimmt.", actor=actor)


def test_a_reviewer_who_lost_the_role_cannot_decide_and_nothing_is_lost(
    hidden: Hide, mia: User
) -> None:
    appeal = begin_review(_file(hidden()), actor=mia)
    Membership.objects.filter(user=mia).delete()
    forget_rights(mia)

    with pytest.raises(NotAllowed):
        decide_appeal(appeal, outcome=Outcome.UPHELD, answer="Bleibt.", actor=mia)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.text) == ("under_review", "Das war Ironie.")
