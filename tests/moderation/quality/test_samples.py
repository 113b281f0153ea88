"""What is drawn, from which side, and who may look at it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.models import AuditEvent
from inbox.models import Message
from moderation.choices import Category, Finding
from moderation.domain.quality.reviews import open_for, review_sample
from moderation.domain.quality.samples import Sizes, draw_samples
from moderation.exceptions import AlreadyDecided, TookPart
from moderation.models import QualityRun, QualitySample, SampleReview
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tests.factories.moderation import make_assessment, make_decision, make_sample

pytestmark = pytest.mark.usefixtures("scope")
type Write = Callable[[int], list[Message]]
SOON = timedelta(minutes=1)


def _draw(brand: Brand, actor: User, sizes: Sizes | None = None) -> QualityRun:
    return draw_samples(
        brand, actor=actor, now=timezone.now() + SOON, sizes=sizes or Sizes(), by_hand=True
    )


def test_each_side_gives_its_samples(north: Brand, olga: User, mo: User, write: Write) -> None:
    hidden, shadow, passed, decided, doubtful, queued = write(6)
    by_machine = make_decision(hidden)
    make_assessment(hidden, effect="hidden")
    make_assessment(shadow)
    make_assessment(passed, verdict="pass", effect="", category="", scores={})
    make_assessment(
        doubtful, verdict="pass", effect="", category="", scores={"spam": {"score": 0.5}}
    )
    make_assessment(queued, verdict="queue", effect="")
    by_person = make_decision(decided, decided_by=mo, automation="AUTOMATED_DECISION_NOT_AUTOMATED")

    run = _draw(north, olga)

    drawn = {one.message_id: one for one in QualitySample.objects.all()}
    assert {pk: one.stratum for pk, one in drawn.items()} == {
        hidden.pk: "hidden",
        shadow.pk: "would_hide",
        passed.pk: "passed",
        doubtful.pk: "passed",
        decided.pk: "decided",
    }
    assert (drawn[hidden.pk].decision, drawn[decided.pk].decision) == (by_machine, by_person)
    assert (drawn[hidden.pk].score, drawn[hidden.pk].model_version) == (0.95, "lists-1")
    assert drawn[doubtful.pk].score == 0.5
    assert (drawn[shadow.pk].rule_version, drawn[passed.pk].rule_version) == (1, None)
    assert run.by_hand
    assert sum(run.drawn.values()) == 5
    assert AuditEvent.objects.filter(kind="moderation.sample.drawn").count() == 1


def test_nothing_is_drawn_twice_and_nothing_old_edited_or_gone(
    north: Brand, olga: User, write: Write
) -> None:
    fresh, old, edited, gone = write(4)
    make_assessment(fresh)
    make_assessment(old, created_at=timezone.now() - timedelta(days=8))
    make_assessment(edited)
    make_assessment(gone)
    Message.objects.filter(pk=edited.pk).update(revision=2)
    Message.objects.filter(pk=gone.pk).update(visibility="removed")

    _draw(north, olga)
    _draw(north, olga)

    assert list(QualitySample.objects.values_list("message", flat=True)) == [fresh.pk]


def test_doubt_is_looked_for_where_somebody_changed_their_mind(
    north: Brand, olga: User, mo: User, write: Write
) -> None:
    back, *others = write(9)
    hiding = make_decision(back)
    make_decision(back, action="restore", reverses=hiding, decided_by=mo)
    make_assessment(back, effect="hidden")
    for message in others:
        make_assessment(message, effect="hidden")

    _draw(north, olga, Sizes(hiding=0, passed=0, decided=0, targeted=5))

    sample = QualitySample.objects.get()
    assert (sample.message, sample.kind, sample.stratum) == (back, "targeted", "hidden")


def test_the_number_is_kept_to_and_some_are_reviewed_twice(
    north: Brand, olga: User, write: Write
) -> None:
    for message in write(20):
        make_assessment(message)

    _draw(north, olga, Sizes.even(10))

    assert QualitySample.objects.count() == 10
    assert QualitySample.objects.filter(reviews_wanted=2).count() == 2


@pytest.mark.parametrize("count", [0, -1, 201])
def test_odd_numbers_are_refused(count: int) -> None:
    with pytest.raises(InvalidInput):
        Sizes.even(count)


def test_only_who_may_draws_and_reviews(north: Brand, mo: User, aud: User, write: Write) -> None:
    [message] = write(1)
    with pytest.raises(NotAllowed):
        _draw(north, mo)
    with pytest.raises(NotAllowed):
        review_sample(make_sample(message), finding=Finding.FINE, actor=aud)


def test_who_decided_never_reviews_it(olga: User, mo: User, write: Write) -> None:
    [message] = write(1)
    decision = make_decision(message, decided_by=mo)
    sample = make_sample(message, stratum="decided", decision=decision)

    assert not open_for(mo).exists()
    assert open_for(olga).get() == sample
    with pytest.raises(TookPart):
        review_sample(sample, finding=Finding.FINE, actor=mo)
    assert not SampleReview.objects.exists()


def test_one_person_says_it_once_and_enough_is_enough(olga: User, mo: User, write: Write) -> None:
    sample = make_sample(write(1)[0], reviews_wanted=2)
    review_sample(sample, finding=Finding.FINE, actor=mo)

    assert not open_for(mo).exists()
    with pytest.raises(AlreadyDecided):
        review_sample(sample, finding=Finding.FINE, actor=mo)
    sample.refresh_from_db()
    assert sample.reviewed_at is None
    review_sample(sample, finding=Finding.BREAKS, category=Category.SPAM, actor=olga)
    sample.refresh_from_db()
    # One says this, one says that: a machine should not have hidden it.
    assert sample.outcome == "false_hide"
    assert not open_for(olga).exists()


@pytest.mark.parametrize(
    ("stratum", "action", "finding", "outcome"),
    [
        ("hidden", "hide", "breaks", "right"),
        ("hidden", "hide", "fine", "false_hide"),
        ("would_hide", "", "unsure", "false_hide"),
        ("passed", "", "fine", "right"),
        ("passed", "", "breaks", "missed"),
        ("passed", "", "unsure", "right"),
        ("decided", "hide", "breaks", "right"),
        ("decided", "hide", "fine", "overruled"),
        ("decided", "approve", "fine", "right"),
        ("decided", "approve", "breaks", "overruled"),
    ],
)
def test_what_a_finding_amounts_to(
    olga: User, mo: User, write: Write, stratum: str, action: str, finding: str, outcome: str
) -> None:
    [message] = write(1)
    decision = make_decision(message, action=action, decided_by=olga) if action else None
    sample = make_sample(message, stratum=stratum, decision=decision)

    review = review_sample(sample, finding=Finding(finding), category=Category.INSULT, actor=mo)

    sample.refresh_from_db()
    assert sample.outcome == outcome
    assert review.category == ("insult" if finding == "breaks" else "")


def test_a_rule_must_be_named(mo: User, write: Write) -> None:
    with pytest.raises(InvalidInput):
        review_sample(make_sample(write(1)[0]), finding=Finding.BREAKS, actor=mo)


def test_what_was_edited_meanwhile_is_not_judged(mo: User, write: Write) -> None:
    [message] = write(1)
    sample = make_sample(message)
    Message.objects.filter(pk=message.pk).update(revision=2, text="Etwas anderes")

    assert not open_for(mo).exists()
    with pytest.raises(InvalidState):
        review_sample(sample, finding=Finding.FINE, actor=mo)
