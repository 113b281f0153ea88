"""Versions of a policy: two persons and a wait for what shortens. Requirement C4."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.choices import PolicyState
from compliance.domain.holds import place_hold
from compliance.domain.retention.in_effect import Line, lines_of, shortened
from compliance.domain.retention.policies import (
    WAIT,
    activate_due,
    confirm_policy,
    draft_policy,
    preview_policy,
    submit_policy,
    withdraw_policy,
)
from compliance.domain.retention.sweeps import (
    brands_to_keep,
    is_time,
    keep_brand,
    next_look,
    runs_to_go_on,
)
from compliance.domain.rules import set_retention
from compliance.models import (
    AuditEvent,
    LegalHold,
    RetentionPolicy,
    RetentionRun,
    RetentionSchedule,
)
from inbox.models import Conversation
from tenants.choices import BrandState
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, OutgoingMail, User
from tenants.scope import brand_scope
from tests.compliance.retention.stage import LINES, seen

SHORTER = LINES | {"general_conversation": Line(3, "erase")}
LONGER = LINES | {"general_conversation": Line(9, "erase")}


def _kinds(brand: Brand) -> list[str]:
    return list(
        AuditEvent.objects.filter(brand=brand, kind__startswith="compliance.retention.")
        .order_by("at")
        .values_list("kind", flat=True)
    )


def test_longer_is_in_effect_at_once(north: Brand, policy: dict[str, Line], olga: User) -> None:
    with brand_scope(north.pk):
        draft = draft_policy(north, LONGER, reason="The client asks", actor=olga)
        assert lines_of(north.pk) == LINES
        done = submit_policy(draft, actor=olga)

        assert (done.state, done.number, done.shortened) == (PolicyState.ACTIVE, 2, [])
        assert lines_of(north.pk) == LONGER
        assert RetentionPolicy.objects.get(number=1).state == PolicyState.REPLACED
        assert _kinds(north)[-2:] == [
            "compliance.retention.drafted",
            "compliance.retention.activated",
        ]


def test_shorter_needs_a_second_person_and_three_days(
    north: Brand,
    policy: dict[str, Line],
    olga: User,
    omar: User,
    aud: User,
    aged: Callable[..., Conversation],
) -> None:
    aged(4)
    with brand_scope(north.pk):
        draft = draft_policy(north, SHORTER, reason="Minimise", actor=olga)
        assert preview_policy(draft).rows > seen(north).rows == 0
        waiting = submit_policy(draft, actor=olga)
        assert waiting.state == PolicyState.WAITING
        assert waiting.shortened == ["general_conversation"]
        assert waiting.preview["rows"] == 8
        with pytest.raises(NotAllowed, match="second person"):
            confirm_policy(waiting, actor=olga)
        confirmed = confirm_policy(waiting, actor=omar)
        assert confirmed.state == PolicyState.SCHEDULED
        assert confirmed.effective_at is not None
        assert confirmed.effective_at - timezone.now() > WAIT - timedelta(minutes=1)
        assert lines_of(north.pk) == LINES
        mails = list(OutgoingMail.objects.all())
        assert {m.to for m in mails} == {olga.email, omar.email, aud.email}
        assert " 8 " in mails[0].text

        assert activate_due(north, now=confirmed.effective_at - timedelta(seconds=1)) is None
        assert lines_of(north.pk) == LINES
    assert north.pk in brands_to_keep(now=confirmed.effective_at)
    run = keep_brand(north.pk, now=confirmed.effective_at + timedelta(days=1))
    with brand_scope(north.pk):
        assert lines_of(north.pk) == SHORTER
        assert RetentionPolicy.objects.get(number=2).state == PolicyState.ACTIVE
        event = AuditEvent.objects.filter(kind="compliance.retention.activated").latest("at")
        assert f'"confirmed_by":"{omar.pk}"' in event.body
        assert f'"submitted_by":"{olga.pk}"' in event.body
        assert run is None or run.policy_number == 2


def test_a_version_is_withdrawn_until_it_is_in_effect(
    north: Brand, policy: dict[str, Line], olga: User, omar: User, ada: User, aud: User
) -> None:
    with brand_scope(north.pk):
        waiting = submit_policy(draft_policy(north, SHORTER, reason="x", actor=olga), actor=olga)
        with pytest.raises(InvalidState, match="waits already"):
            draft_policy(north, LONGER, reason="x", actor=olga)
        confirmed = confirm_policy(waiting, actor=omar)
        with pytest.raises(NotAllowed):
            withdraw_policy(confirmed, reason="x", actor=ada)
        with pytest.raises(InvalidInput, match="reason"):
            withdraw_policy(confirmed, reason="", actor=omar)
        gone = withdraw_policy(confirmed, reason="Too short", actor=omar)
        assert gone.state == PolicyState.WITHDRAWN
        assert activate_due(north, now=timezone.now() + 2 * WAIT) is None
        assert lines_of(north.pk) == LINES
        for verb in (submit_policy, confirm_policy):
            with pytest.raises(InvalidState):
                verb(gone, actor=aud)


BAD: list[tuple[dict[str, Line], str, str]] = [
    (LINES | {"commercial_letter": Line(60, "erase")}, "commercial_letter", "HGB"),
    (LINES | {"voucher": Line(72, "erase")}, "voucher", "eight years"),
    (LINES | {"moderation_decision": Line(3, "erase")}, "moderation_decision", "DSA"),
    (LINES | {"general_conversation": Line(24, "erase")}, "general_conversation", "longer than"),
    (LINES | {"suppression_hash": Line(12, "erase")}, "suppression_hash", "no period"),
    (LINES | {"audit_event": Line(36, "anonymise")}, "audit_event", "only be erased"),
    (LINES | {"mood": Line(12, "erase")}, "mood", "no data category"),
]


@pytest.mark.parametrize(("lines", "field", "words"), BAD)
def test_contradictions_and_minimums_are_refused_in_words(
    north: Brand,
    policy: dict[str, Line],
    olga: User,
    lines: dict[str, Line],
    field: str,
    words: str,
) -> None:
    with brand_scope(north.pk):
        with pytest.raises(InvalidInput, match=re.escape(words)) as error:
            draft_policy(north, lines, reason="x", actor=olga)
        assert error.value.field == field
        assert RetentionPolicy.objects.count() == 1


def test_who_may_not_decide(north: Brand, policy: dict[str, Line], ada: User, olga: User) -> None:
    with brand_scope(north.pk):
        with pytest.raises(NotAllowed):
            draft_policy(north, LONGER, reason="x", actor=ada)
        draft = draft_policy(north, SHORTER, reason="x", actor=olga)
        with pytest.raises(NotAllowed):
            submit_policy(draft, actor=ada)
        with pytest.raises(InvalidState, match="Nothing would change"):
            draft_policy(north, LINES, reason="x", actor=olga)


def test_the_setting_of_a_live_brand_only_lengthens(
    north: Brand, policy: dict[str, Line], olga: User
) -> None:
    with brand_scope(north.pk):
        with pytest.raises(InvalidInput, match="second person"):
            set_retention(north, {"general_conversation": 3}, actor=olga)
        with pytest.raises(InvalidInput, match="second person"):
            set_retention(north, {"voucher": 96}, actor=olga)
        with pytest.raises(InvalidInput, match="longer than"):
            set_retention(north, {"general_conversation": 20}, actor=olga)
        assert lines_of(north.pk) == LINES
        set_retention(north, {"general_conversation": 9}, actor=olga)
        assert lines_of(north.pk) == LONGER
        assert RetentionPolicy.objects.get(state="active").number == 2


def test_a_brand_that_is_taken_on_decides_freely(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        Brand.objects.filter(pk=north.pk).update(state=BrandState.ONBOARDING)
        set_retention(north, {"general_conversation": 6}, actor=olga)
        set_retention(north, {"general_conversation": 3}, actor=olga)
        assert lines_of(north.pk) == {"general_conversation": Line(3, "erase")}
        assert [p.number for p in RetentionPolicy.objects.order_by("number")] == [1, 2]


def test_what_counts_as_shorter() -> None:
    erase, keep = Line(6, "erase"), Line(6, "anonymise")
    assert shortened({}, {"a": erase}) == ["a"]
    assert shortened({"a": erase}, {}) == []
    assert shortened({"a": keep}, {"a": erase}) == ["a"]
    assert shortened({"a": erase}, {"a": keep}) == []
    assert shortened({"a": erase}, {"a": Line(5, "erase")}) == ["a"]
    assert shortened({"a": erase}, {"a": Line(7, "erase")}) == []


def test_the_day_and_the_hour() -> None:
    now = timezone.now().replace(hour=12, minute=0)
    day = timedelta(days=1)
    assert is_time(None, "Europe/Berlin", now=now)
    assert not is_time(RetentionSchedule(is_on=False), "Europe/Berlin", now=now)
    assert not is_time(RetentionSchedule(hour=23), "UTC", now=now)
    assert not is_time(RetentionSchedule(looked_on=now.date()), "UTC", now=now)
    assert is_time(RetentionSchedule(looked_on=now.date() - day), "UTC", now=now)
    other = (now.weekday() + 1) % 7
    assert not is_time(RetentionSchedule(weekday=other), "UTC", now=now)
    assert next_look(RetentionSchedule(is_on=False), "UTC", now=now) is None
    for plan in (RetentionSchedule(), RetentionSchedule(weekday=other), RetentionSchedule(hour=23)):
        at = next_look(plan, "UTC", now=now)
        assert at is not None
        assert is_time(plan, "UTC", now=at)
        assert at == now or not is_time(plan, "UTC", now=at - timedelta(minutes=1))


def test_the_scheduled_run_starts_once_a_day(
    north: Brand,
    south: Brand,
    policy: dict[str, Line],
    aged: Callable[..., Conversation],
) -> None:
    aged(7)
    now = timezone.now().replace(hour=12)
    assert {north.pk, south.pk} <= set(brands_to_keep(now=now))

    run = keep_brand(north.pk, now=now)
    assert keep_brand(south.pk, now=now) is None  # no policy: nothing is due

    assert run is not None
    assert not run.by_hand
    assert (north.pk, run.pk) in runs_to_go_on()
    assert keep_brand(north.pk, now=now) is None
    assert not {north.pk, south.pk} & set(brands_to_keep(now=now))
    with brand_scope(north.pk):
        assert RetentionRun.objects.count() == 1


def test_a_hold_is_remembered_once_on_its_day(north: Brand, aud: User) -> None:
    today = timezone.now().date()
    with brand_scope(north.pk):
        hold = place_hold(north, reason="Case 7", actor=aud, review_on=today)
        place_hold(north, reason="Later", actor=aud, review_on=today + timedelta(days=9))
        RetentionSchedule.objects.create(brand=north, is_on=False)
    assert north.pk in brands_to_keep()

    keep_brand(north.pk)
    keep_brand(north.pk)

    assert north.pk not in brands_to_keep()
    mails = list(OutgoingMail.objects.all())
    assert [mail.to for mail in mails] == [aud.email]
    assert "Case 7" in mails[0].text
    with brand_scope(north.pk):
        assert LegalHold.objects.get(pk=hold.pk).reminded_on == today
        assert AuditEvent.objects.filter(kind="compliance.hold.reminded").count() == 1
