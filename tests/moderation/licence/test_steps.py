"""Earned by measurement, lost by measurement: the verbs of the licence."""

import json
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.choices import OutboxState
from inbox.models import Message, OutboxItem
from moderation.choices import Action, Automation, Category, Finding, LicenceState
from moderation.domain.decisions import decide_message
from moderation.domain.licence import steps
from moderation.domain.quality.reviews import review_sample
from moderation.exceptions import NotEligible, NotMeasured, ReasonMissing
from moderation.models import (
    Case,
    Decision,
    HidingLicence,
    LicenceStep,
    QualityAlarm,
    StatementOfReasons,
)
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, OutgoingMail, User
from tests.factories.moderation import make_licence, make_sample
from tests.moderation.measuring import Measure

pytestmark = pytest.mark.usefixtures("scope")

SPAM, FIVE, SHADOW = Category.SPAM, LicenceState.FIVE, LicenceState.SHADOW
STOPPED, FULL = LicenceState.STOPPED, LicenceState.FULL


def _raise(brand: Brand, actor: User, to: LicenceState = FIVE) -> HidingLicence:
    return steps.raise_licence(brand, SPAM, to=to, reason="Measured.", actor=actor)


def test_two_hundred_samples_with_two_percent_wrong_are_enough(
    north: Brand, olga: User, measure: Measure
) -> None:
    measure(200, wrong=4)

    licence = _raise(north, olga)

    step = LicenceStep.objects.get()
    event = AuditEvent.objects.get(kind="moderation.licence.raised")
    assert (licence.state, licence.model_version) == ("five", "lists-1")
    assert (step.reviewed, step.false_hides, round(step.upper, 4)) == (200, 4, 0.0452)
    assert (step.changed_by, step.from_state, step.to_state) == (olga, "shadow", "five")
    assert json.loads(event.body)["facts"]["upper_permille"] == 45


@pytest.mark.parametrize(("count", "wrong"), [(0, 0), (20, 0), (58, 0), (200, 5), (20, 1)])
def test_few_samples_and_bad_ones_are_not(
    north: Brand, olga: User, measure: Measure, count: int, wrong: int
) -> None:
    measure(count, wrong=wrong)

    with pytest.raises(NotMeasured, match=f"{count} samples"):
        _raise(north, olga)

    assert not HidingLicence.objects.exclude(state="shadow").exists()
    assert not LicenceStep.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "targeted"},
        {"stratum": "passed"},
        {"category": "scam"},
        {"model_version": "lists-0"},
        {"score": 0.89},
    ],
)
def test_samples_of_something_else_do_not_count(
    north: Brand, olga: User, measure: Measure, fields: dict[str, object]
) -> None:
    measure(200, **fields)

    with pytest.raises(NotMeasured):
        _raise(north, olga)


def test_every_step_needs_samples_of_its_own(north: Brand, olga: User, measure: Measure) -> None:
    measure(200)
    _raise(north, olga)

    with pytest.raises(NotMeasured, match="since the last step"):
        _raise(north, olga, LicenceState.QUARTER)
    measure(30)
    _raise(north, olga, LicenceState.QUARTER)
    measure(30)
    licence = _raise(north, olga, FULL)

    assert licence.state == "full"
    with pytest.raises(InvalidState):
        _raise(north, olga, FULL)


def test_no_step_is_left_out(north: Brand, olga: User, measure: Measure) -> None:
    measure(200)

    with pytest.raises(InvalidState):
        _raise(north, olga, FULL)


@pytest.mark.parametrize(
    "category", [one for one in Category if one not in {Category.SPAM, Category.SCAM}]
)
def test_only_spam_and_scam_can_ever_be_hidden(
    north: Brand, olga: User, category: Category
) -> None:
    with pytest.raises(NotEligible):
        steps.raise_licence(north, category, to=FIVE, reason="x", actor=olga)


def test_it_takes_a_person_with_the_right_and_a_reason(
    north: Brand, olga: User, mo: User, measure: Measure
) -> None:
    measure(200)

    with pytest.raises(NotAllowed):
        _raise(north, mo)
    with pytest.raises(NotAllowed, match="Only a person"):
        steps.raise_licence(
            north,
            SPAM,
            to=FIVE,
            reason="x",
            actor=SystemActor("system", "tests"),  # type: ignore[arg-type]  # what types forbid
        )
    with pytest.raises(ReasonMissing):
        steps.raise_licence(north, SPAM, to=FIVE, reason=" ", actor=olga)

    assert not LicenceStep.objects.exists()


def test_a_person_takes_it_back_without_evidence(north: Brand, olga: User) -> None:
    make_licence(north)

    licence = steps.lower_licence(north, SPAM, to=FIVE, reason="Careful.", actor=olga)

    assert licence.state == "five"
    with pytest.raises(InvalidState):
        steps.lower_licence(north, SPAM, to=FULL, reason="x", actor=olga)


def test_after_a_stop_only_new_samples_count(north: Brand, olga: User, measure: Measure) -> None:
    measure(200)
    make_licence(north, state="stopped")

    with pytest.raises(InvalidState):
        _raise(north, olga)
    licence = steps.restart_licence(north, SPAM, reason="Lists are mended.", actor=olga)
    assert licence.state == "shadow"
    with pytest.raises(NotMeasured, match="0 samples"):
        _raise(north, olga)


def test_a_lower_score_leads_back_to_shadow_and_a_higher_one_does_not(
    north: Brand, olga: User, measure: Measure
) -> None:
    measure(200, score=0.99)
    make_licence(north, threshold=0.95)

    higher = steps.set_threshold(north, SPAM, threshold=0.98, reason="x", actor=olga)
    assert (higher.state, higher.threshold) == ("full", 0.98)
    lower = steps.set_threshold(north, SPAM, threshold=0.9, reason="x", actor=olga)
    assert (lower.state, lower.threshold) == ("shadow", 0.9)
    with pytest.raises(InvalidInput):
        steps.set_threshold(north, SPAM, threshold=0.89, reason="x", actor=olga)


def _hide(message: Message) -> Decision:
    return decide_message(
        message,
        action=Action.HIDE,
        category=SPAM,
        reason="Werbung",
        facts="Links",
        actor=SystemActor("rule", "assess.spam", "lists-1"),
        automation=Automation.FULLY,
        detected_automatically=True,
        now=timezone.now(),
    )


def test_the_review_that_crosses_the_limit_stops_it_in_its_own_transaction(
    north: Brand, olga: User, mo: User, measure: Measure, write: Callable[[int], list[Message]]
) -> None:
    measure(199, wrong=4)
    make_licence(north, model_version="lists-1")
    unsent, reviewed = write(2)
    decision = _hide(unsent)
    assert OutboxItem.objects.get(pk=decision.outbox_ref).state == OutboxState.QUEUED
    sample = make_sample(reviewed, stratum="hidden")

    review_sample(sample, finding=Finding.FINE, actor=mo)

    licence, step, alarm = (
        HidingLicence.objects.get(),
        LicenceStep.objects.get(),
        QualityAlarm.objects.get(),
    )
    assert licence.state == "stopped"
    assert (step.reviewed, step.false_hides, step.reason) == (200, 5, "limit_crossed")
    assert (step.changed_by, step.actor_ref) == (None, "licence_watch")
    assert (alarm.kind, alarm.category, alarm.closed_at) == ("licence", "spam", None)
    kinds = list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))
    assert {"moderation.sample.reviewed", "moderation.licence.stopped"} <= set(kinds)
    assert "moderation.quality_alarm.opened" in kinds
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["olga@example.test"]
    # What had not left goes to people, and its author hears nothing.
    assert Case.objects.get(message=unsent).state == "open"
    assert OutboxItem.objects.get(pk=decision.outbox_ref).state == OutboxState.CANCELLED
    back = Decision.objects.get(reverses=decision)
    assert (back.action, back.automation) == ("restore", "AUTOMATED_DECISION_FULLY")
    assert StatementOfReasons.objects.get().delivered_by == "none"


def test_a_review_that_does_not_cross_it_changes_nothing(
    north: Brand, mo: User, measure: Measure, write: Callable[[int], list[Message]]
) -> None:
    measure(199, wrong=3)
    make_licence(north)

    review_sample(make_sample(write(1)[0]), finding=Finding.FINE, actor=mo)

    assert HidingLicence.objects.get().state == "full"
    assert not QualityAlarm.objects.exists()


def test_in_shadow_nothing_can_be_crossed(
    north: Brand, mo: User, write: Callable[[int], list[Message]]
) -> None:
    make_licence(north, state="shadow")

    for message in write(5):
        review_sample(make_sample(message), finding=Finding.FINE, actor=mo)

    assert HidingLicence.objects.get().state == "shadow"


def test_a_targeted_sample_stops_nothing(
    north: Brand, mo: User, write: Callable[[int], list[Message]]
) -> None:
    make_licence(north)

    review_sample(make_sample(write(1)[0], kind="targeted"), finding=Finding.FINE, actor=mo)

    assert HidingLicence.objects.get().state == "full"


def test_what_is_stored_cannot_say_something_else(north: Brand) -> None:
    for fields in ({"category": "hate"}, {"threshold": 0.5}, {"threshold": 1.5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HidingLicence.objects.create(brand=north, **{"category": "scam"} | fields)
