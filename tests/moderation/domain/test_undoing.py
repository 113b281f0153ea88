"""Before a hiding leaves it is taken back without a trace, afterwards it is reversed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.models import OutboxItem
from moderation.choices import Action, Automation, Category
from moderation.domain.decisions import decide_message
from moderation.domain.policies import install_preset
from moderation.domain.proposals import act
from moderation.domain.queue_settings import change_queue_settings
from moderation.domain.undoing import undo
from moderation.models import Case, Decision, StatementOfReasons
from tenants.actors import SystemActor
from tenants.exceptions import InvalidState
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case
from tests.inbox.stage import Stage

RULE = SystemActor("rule", "spam", "1")


@pytest.fixture
def case(north: Brand, settings: Any) -> Case:
    settings.MODERATION_UNDO_S = 8
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        return make_case(make_message(make_conversation(make_account(north)), "Gewinn!"))


def _hide(case: Case, who: User) -> Decision:
    decision = act(case, action=Action.HIDE, reason="Werbung", actor=who)
    assert isinstance(decision, Decision)
    return decision


def test_what_a_person_hides_waits_with_its_statement(case: Case, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        decision = _hide(case, mo)

        waits = {i.action: i.not_before - decision.decided_at for i in OutboxItem.objects.all()}
        assert waits == {"hide": timedelta(seconds=8), "private_reply": timedelta(seconds=8)}


def test_in_time_nothing_leaves_and_the_case_waits_again(
    case: Case, north: Brand, mo: User
) -> None:
    with brand_scope(north.pk):
        decision = _hide(case, mo)
        reversal = undo(decision, actor=mo)

        states = set(OutboxItem.objects.values_list("action", "state"))
        assert states == {("hide", "cancelled"), ("private_reply", "cancelled")}
        assert reversal.outbox_ref is None
        row = Case.objects.get()
        assert (row.state, row.lease_by) == ("open", mo)
        statement = StatementOfReasons.objects.get()
        assert statement.delivered_by == "none"
        assert "before it was sent" in statement.why_not_delivered
        assert AuditEvent.objects.filter(kind="moderation.case.reopened").count() == 1


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_later_the_network_is_told_to_show_it_again(
    case: Case, north: Brand, mo: User, state: str
) -> None:
    with brand_scope(north.pk):
        decision = _hide(case, mo)
        OutboxItem.objects.filter(pk=decision.outbox_ref).update(state=state, attempts=1)

        reversal = undo(decision, actor=mo)

        unhide = OutboxItem.objects.get(pk=reversal.outbox_ref)
        assert (unhide.action, unhide.state) == ("unhide", "queued")
        assert OutboxItem.objects.get(action="private_reply").state == "cancelled"
        assert Case.objects.get().state == "decided"


def test_a_hide_that_was_tried_once_is_reversed(case: Case, north: Brand, mo: User) -> None:
    """The network may have heard of it though it gave an error."""
    with brand_scope(north.pk):
        decision = _hide(case, mo)
        OutboxItem.objects.filter(pk=decision.outbox_ref).update(attempts=1)

        assert undo(decision, actor=mo).outbox_ref is not None


def test_left_visible_can_be_taken_back(case: Case, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        decision = act(case, action=Action.APPROVE, reason="", actor=mo)
        assert isinstance(decision, Decision)
        undo(decision, actor=mo)

        assert Case.objects.get().state == "open"
        with pytest.raises(InvalidState, match="nothing to take back"):
            undo(decision, actor=mo)


def test_after_an_edit_the_old_case_stays_closed(case: Case, north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        decision = act(case, action=Action.APPROVE, reason="", actor=mo)
        assert isinstance(decision, Decision)
        case.message.revision = 2
        case.message.save()

        with pytest.raises(InvalidState):
            undo(decision, actor=mo)


def test_what_a_machine_hides_leaves_at_once(case: Case, north: Brand) -> None:
    with brand_scope(north.pk):
        now = timezone.now()
        decide_message(
            case.message,
            action=Action.HIDE,
            category=Category.SPAM,
            reason="x",
            facts="x",
            actor=RULE,
            automation=Automation.FULLY,
            detected_automatically=True,
            now=now,
        )

        assert OutboxItem.objects.get(action="hide").not_before == now


def test_the_brand_says_how_long(case: Case, north: Brand, mo: User, olga: User) -> None:
    with brand_scope(north.pk):
        change_queue_settings(
            north, undo_seconds=30, second_person_for=[], pause_after=0, actor=olga
        )
        decision = _hide(case, mo)

        item = OutboxItem.objects.get(pk=decision.outbox_ref)
        assert item.not_before - decision.decided_at == timedelta(seconds=30)


def test_nothing_leaves_within_the_window(stage: Stage, settings: Any, mo: User) -> None:
    """The whole way: the network has heard of nothing until the window is over."""
    settings.MODERATION_UNDO_S = 8
    stage.sandbox.say(stage.page, "comment", text="Ihr seid doch alles Vollidioten")
    stage.work()
    with stage.scope():
        decision = _hide(Case.objects.get(), mo)
    stage.work()
    assert [c["is_hidden"] for c in stage.sandbox.state()["comments"]] == [False]

    with stage.scope():
        OutboxItem.objects.filter(pk=decision.outbox_ref).update(not_before=timezone.now())
    stage.work()

    assert [c["is_hidden"] for c in stage.sandbox.state()["comments"]] == [True]
