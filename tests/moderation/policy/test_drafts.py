"""A rule changes by way of a draft: states, refusals, and what waits meanwhile."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import AuditEvent
from moderation.choices import OPEN_DRAFTS, Category, DraftState, RuleAction, Severity
from moderation.domain.appeal_reviewers import parties_of
from moderation.domain.policies import PRESET, install_preset, preset_of
from moderation.domain.policy_checks import check_content
from moderation.domain.policy_drafts import (
    apply_draft,
    beginning_of,
    change_draft,
    discard_draft,
    draft_rule,
    open_draft,
    schedule_draft,
    unschedule_draft,
    withdraw_rule,
)
from moderation.domain.watch import brands_to_watch, watch_brand
from moderation.models import Case, Decision, PolicyDraft, PolicyRule
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision

INSULT = PRESET[Category.INSULT]
SHARPER = replace(INSULT, severity=Severity.HIGH, minutes=60)
WHY = "Es wurde zu spät entschieden."


@pytest.fixture
def rules(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        install_preset(north, actor=olga)


def _rule(category: Category = Category.INSULT) -> PolicyRule:
    return PolicyRule.objects.get(category=category, retired_at=None)


def _draft(north: Brand, olga: User, **fields: Any) -> PolicyDraft:
    content = replace(SHARPER, **fields)
    return draft_rule(north, Category.INSULT, content, reason=WHY, actor=olga)


@pytest.mark.usefixtures("rules")
def test_a_draft_has_no_effect_until_it_is_put_into_effect(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        draft = _draft(north, olga)
        assert preset_of(_rule()) == INSULT
        draft = change_draft(draft, replace(SHARPER, minutes=30), reason=WHY, actor=olga)
        rule, moved = apply_draft(draft, actor=olga)

        assert (rule.version, rule.decide_within_minutes, moved) == (2, 30, 0)
        assert (rule.reason, rule.made_by) == (WHY, olga)
        old = PolicyRule.objects.get(category=Category.INSULT, version=1)
        assert preset_of(old) == INSULT
        assert old.retired_at is not None
        assert old.withdrawn_at is None
        draft.refresh_from_db()
        assert (draft.state, draft.became) == (DraftState.APPLIED, rule)
        kinds = AuditEvent.objects.filter(kind__contains=".policy").order_by("id")
        assert list(kinds.values_list("kind", flat=True))[-4:] == [
            "moderation.policy_draft.drafted",
            "moderation.policy_draft.changed",
            "moderation.policy.changed",
            "moderation.policy_draft.carried_out",
        ]


@pytest.mark.parametrize(
    ("category", "fields", "field"),
    [
        ("hate", {"auto_hide": True}, "auto_hide"),
        ("child_safety", {"auto_hide": True}, "auto_hide"),
        ("insult", {"auto_hide": True}, "auto_hide"),
        ("insult", {"minutes": 7 * 24 * 60 + 1}, "minutes"),
        ("insult", {"minutes": 0}, "minutes"),
        ("insult", {"text_en": " "}, "text_en"),
        ("insult", {"text_de": ""}, "text_de"),
        ("insult", {"text_de": "x" * 501}, "text_de"),
        ("insult", {"ground": ""}, "ground"),
        ("insult", {"grave_en": ""}, "grave_en"),
        ("insult", {"fine_de": "x" * 501}, "fine_de"),
        ("insult", {"action_breaks": "delete"}, "action_breaks"),
        ("insult", {"action_breaks": "ban", "action_grave": "warn"}, "action_grave"),
        ("legal_claim", {"action_breaks": "hide"}, "action_breaks"),
        ("spam", {"action_breaks": "warn"}, "action_breaks"),
    ],
)
def test_contradictions_are_refused_at_the_field(
    category: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_content(category, replace(PRESET[Category(category)], **fields))

    assert caught.value.field == field


@pytest.mark.parametrize("category", list(Category))
def test_every_preset_is_a_rule_that_may_be_drafted(category: Category) -> None:
    check_content(category, PRESET[category])


@pytest.mark.usefixtures("rules")
def test_one_draft_a_category_and_a_reason(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        with pytest.raises(InvalidInput, match="already"):
            draft_rule(north, Category.INSULT, INSULT, reason=WHY, actor=olga)
        with pytest.raises(InvalidInput) as caught:
            draft_rule(north, Category.INSULT, SHARPER, reason=" ", actor=olga)
        assert caught.value.field == "reason"
        _draft(north, olga)
        with pytest.raises(InvalidState, match="draft of this category already"):
            _draft(north, olga)


@pytest.mark.usefixtures("rules")
def test_only_who_may_change_the_policy_may(north: Brand, olga: User, mo: User) -> None:
    with brand_scope(north.pk):
        draft = _draft(north, olga)
        later = timezone.now() + timedelta(days=1)
        for act in (
            lambda: _draft(north, mo),
            lambda: change_draft(draft, INSULT, reason=WHY, actor=mo),
            lambda: discard_draft(draft, actor=mo),
            lambda: apply_draft(draft, actor=mo),
            lambda: schedule_draft(draft, at=later, actor=mo),
            lambda: unschedule_draft(draft, actor=mo),
            lambda: withdraw_rule(_rule(), reason=WHY, actor=mo),
        ):
            with pytest.raises(NotAllowed):
                act()


@pytest.mark.usefixtures("rules")
def test_a_draft_on_what_was_replaced_is_looked_at_again(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        apply_draft(_draft(north, olga), actor=olga)
        draft = _draft(north, olga, minutes=30)
        withdraw_rule(_rule(), reason="Zu scharf.", actor=olga)

        with pytest.raises(InvalidState, match="changed since"):
            apply_draft(draft, actor=olga)
        draft = change_draft(draft, preset_of(draft), reason=WHY, actor=olga)
        assert apply_draft(draft, actor=olga)[0].version == 4


@pytest.mark.usefixtures("rules")
def test_what_somebody_else_changed_is_not_put_into_effect_unseen(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        draft = _draft(north, olga)
        seen = draft.changed_at
        change_draft(draft, replace(SHARPER, minutes=5), reason=WHY, actor=olga)

        with pytest.raises(InvalidState, match="Somebody changed"):
            apply_draft(draft, actor=olga, seen=seen)


@pytest.mark.usefixtures("rules")
def test_its_day_comes(north: Brand, olga: User) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        draft = _draft(north, olga)
        for at in (now - timedelta(minutes=1), now + timedelta(days=400)):
            with pytest.raises(InvalidInput):
                schedule_draft(draft, at=at, actor=olga)
        draft = schedule_draft(draft, at=now + timedelta(days=2), actor=olga)
        with pytest.raises(InvalidState, match="Take it off"):
            change_draft(draft, INSULT, reason=WHY, actor=olga)
    assert brands_to_watch() == []
    watch_brand(north.pk, now=now + timedelta(days=1))
    with brand_scope(north.pk):
        assert _rule().version == 1
    watch_brand(north.pk, now=now + timedelta(days=3))

    with brand_scope(north.pk):
        rule = _rule()
        assert (rule.version, rule.severity, rule.made_by) == (2, Severity.HIGH, olga)
        event = AuditEvent.objects.get(kind="moderation.policy_draft.carried_out")
        assert event.actor_kind == "system"
        message = make_message(make_conversation(make_account(north)))
        decision = make_decision(message, category="insult", rule=rule)
        assert olga.pk in parties_of(decision)


@pytest.mark.usefixtures("rules")
def test_a_day_that_comes_too_late_makes_it_a_draft_again(north: Brand, olga: User) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        apply_draft(_draft(north, olga), actor=olga)
        draft = _draft(north, olga, minutes=30)
        schedule_draft(draft, at=now + timedelta(days=2), actor=olga)
        withdraw_rule(_rule(), reason="Zu scharf.", actor=olga)
    watch_brand(north.pk, now=now + timedelta(days=3))

    with brand_scope(north.pk):
        draft.refresh_from_db()
        assert draft.state == DraftState.DRAFT
        assert "ge" in draft.held_because
        assert AuditEvent.objects.filter(kind="moderation.policy_draft.held").count() == 1
        assert _rule().version == 3


@pytest.mark.usefixtures("rules")
def test_withdrawn_while_items_wait(north: Brand, olga: User) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        sharper, _moved = apply_draft(_draft(north, olga), actor=olga)
        account = make_account(north)
        messages = [make_message(make_conversation(account), f"Nummer {n}") for n in range(4)]
        due = now + timedelta(minutes=60)
        common = {"category": "insult", "severity": 3, "opened_at": now, "due_at": due}
        plain = make_case(messages[0], **common)
        escalated = make_case(messages[1], **common | {"escalated_at": now, "severity": 4})
        other = make_case(messages[2], **common | {"category": "spam"})
        closed = make_case(messages[3], **common | {"state": "decided"})
        decision = make_decision(messages[3], category="insult", rule=sharper, case=closed)

        again, moved = withdraw_rule(sharper, reason="Zu scharf.", actor=olga)

        assert (again.version, again.reason, moved) == (3, "Zu scharf.", 1)
        assert preset_of(again) == INSULT
        sharper.refresh_from_db()
        assert sharper.withdrawn_at is not None
        assert Decision.objects.get(pk=decision.pk).rule == sharper
        found = Case.objects.get(pk=plain.pk)
        assert (found.severity, found.due_at) == (
            INSULT.severity,
            due + timedelta(minutes=INSULT.minutes - 60),
        )
        assert found.rank_at > plain.rank_at
        for case in (escalated, other, closed):
            same = Case.objects.get(pk=case.pk)
            assert (same.severity, same.due_at) == (case.severity, case.due_at)
        event = AuditEvent.objects.get(kind="moderation.policy.withdrawn")
        assert json.loads(event.body)["facts"]["cases_moved"] == 1


@pytest.mark.usefixtures("rules")
def test_nobody_is_late_by_the_change_alone(north: Brand, olga: User) -> None:
    now = timezone.now()
    with brand_scope(north.pk):
        message = make_message(make_conversation(make_account(north)))
        opened = now - timedelta(hours=3)
        case = make_case(
            message,
            category="insult",
            severity=2,
            opened_at=opened,
            due_at=opened + timedelta(minutes=INSULT.minutes),
        )
        apply_draft(_draft(north, olga, minutes=10), actor=olga)

        found = Case.objects.get(pk=case.pk)
        assert found.severity == Severity.HIGH
        assert now + timedelta(minutes=9) < found.due_at < now + timedelta(minutes=11)


@pytest.mark.usefixtures("rules")
def test_the_first_version_cannot_be_withdrawn(north: Brand, olga: User) -> None:
    with brand_scope(north.pk), pytest.raises(InvalidState, match="no earlier version"):
        withdraw_rule(_rule(), reason=WHY, actor=olga)


@pytest.mark.usefixtures("rules")
def test_what_an_older_version_does_not_say_comes_from_the_preset(north: Brand) -> None:
    with brand_scope(north.pk):
        rule = _rule()
        rule.fine_de = rule.grave_en = rule.action_grave = ""
        rule.decide_within_minutes = 17
        content = beginning_of(Category.INSULT, rule)

    assert content == replace(INSULT, minutes=17)
    assert content.action_grave == RuleAction.MUTE


ACTS = ("draft", "change", "discard", "schedule", "unschedule", "apply", "withdraw", "day")
ALLOWED = {
    None: {"draft"},
    DraftState.DRAFT: {"change", "discard", "schedule", "apply"},
    DraftState.SCHEDULED: {"schedule", "discard", "unschedule", "apply"},
}


@pytest.mark.usefixtures("rules")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(st.sampled_from(ACTS), max_size=10))
def test_whatever_is_done_one_version_is_in_effect_and_history_stays(
    north: Brand, olga: User, acts: list[str]
) -> None:
    with brand_scope(north.pk), transaction.atomic():
        for number, act in enumerate(acts):
            _step(north, olga, act, minutes=number + 1)
        transaction.set_rollback(True)


def _step(north: Brand, olga: User, act: str, *, minutes: int) -> None:
    """One act; it does what its state allows, and nothing else changes any old version."""
    draft = open_draft(north.pk, Category.INSULT)
    before = {row.pk: preset_of(row) for row in PolicyRule.objects.all()}
    state = DraftState(draft.state) if draft else None
    is_stale = draft is not None and draft.based_on_id != _rule().pk
    could = act in ALLOWED[state] and not (is_stale and act in {"apply", "schedule"})
    if act == "withdraw":
        could = PolicyRule.objects.filter(category="insult", withdrawn_at=None).count() > 1
    try:
        with transaction.atomic():
            _do(north, olga, act, draft, minutes=minutes)
        did = True
    except InvalidState:
        did = False
    if act != "day" and not (draft is None and act not in {"draft", "withdraw"}):
        assert did == could
    assert PolicyRule.objects.filter(category="insult", retired_at=None).count() == 1
    assert PolicyDraft.objects.filter(state__in=OPEN_DRAFTS).count() <= 1
    assert {row.pk: preset_of(row) for row in PolicyRule.objects.filter(pk__in=before)} == before
    versions = PolicyRule.objects.filter(category="insult").order_by("version")
    numbers = list(versions.values_list("version", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert _rule().version == numbers[-1]


def _do(north: Brand, olga: User, act: str, draft: PolicyDraft | None, *, minutes: int) -> None:
    later = timezone.now() + timedelta(days=1)
    if act == "draft":
        _draft(north, olga, minutes=minutes)
    elif act == "withdraw":
        withdraw_rule(_rule(), reason=WHY, actor=olga)
    elif act == "day":
        watch_brand(north.pk, now=later + timedelta(days=1))
    elif draft is None:
        return
    elif act == "change":
        change_draft(draft, replace(SHARPER, minutes=minutes + 100), reason=WHY, actor=olga)
    elif act == "discard":
        discard_draft(draft, actor=olga)
    elif act == "schedule":
        schedule_draft(draft, at=later, actor=olga)
    elif act == "unschedule":
        unschedule_draft(draft, actor=olga)
    else:
        apply_draft(draft, actor=olga)
