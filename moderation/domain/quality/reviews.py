"""The blind second look: one person's finding about one sample, and what the findings amount to."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import Visibility
from moderation.choices import Action, Category, Finding, SampleKind, SampleOutcome, Stratum
from moderation.domain.licence.evidence import HIDING, licence_of
from moderation.domain.licence.steps import stop_if_crossed
from moderation.exceptions import AlreadyDecided, TookPart
from moderation.models import Decision, QualitySample, SampleReview
from moderation.permissions import REVIEW_SAMPLE
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import User
from tenants.permissions import require


def open_for(user: Any) -> QuerySet[QualitySample]:
    """Samples this person may review, oldest first: not their own, not reviewed by them before.

    In the order of their messages: that of drawing would tell from which side they come.
    """
    return (
        QualitySample.objects.filter(reviewed_at=None, message__revision=F("revision"))
        .exclude(message__visibility=Visibility.REMOVED)
        .exclude(Exists(SampleReview.objects.filter(sample=OuterRef("pk"), reviewer=user)))
        .exclude(Exists(Decision.objects.filter(message=OuterRef("message"), decided_by=user)))
        .order_by("drawn_at", "message_id")
    )


@transaction.atomic
def review_sample(
    sample: QualitySample, *, finding: Finding, actor: User, category: Category | None = None
) -> SampleReview:
    """Say what one thinks of a sample, without knowing what was thought of it.

    A finding that completes a sample from the hiding side may stop the licence, in this very
    transaction. Raises: NotAllowed (also for whoever is no person), TookPart (decided about the
    comment), AlreadyDecided (reviewed by oneself or by enough), InvalidInput (breaks which rule?),
    InvalidState (the comment was edited or removed).
    """
    require(actor, REVIEW_SAMPLE, sample)
    if not isinstance(actor, User):
        raise NotAllowed
    sample = (
        QualitySample.objects.select_for_update(of=("self",))
        .select_related("message", "decision")
        .get(pk=sample.pk)
    )
    _check(sample, actor)
    if finding == Finding.BREAKS and category is None:
        raise InvalidInput("category", _("Say which rule it breaks."))
    now = timezone.now()
    review = SampleReview.objects.create(
        brand_id=sample.brand_id,
        sample=sample,
        reviewer=actor,
        finding=finding,
        category=category if category is not None and finding == Finding.BREAKS else "",
        at=now,
    )
    findings = list(sample.reviews.values_list("finding", flat=True))
    if len(findings) >= sample.reviews_wanted:
        sample.outcome, sample.reviewed_at = _outcome(sample, findings), now
        sample.save(update_fields=["outcome", "reviewed_at"])
    record(
        "moderation.sample.reviewed",
        sample,
        actor=actor,
        facts={
            "finding": str(finding),
            "category": review.category or None,
            "drawn_from": sample.stratum,
            "outcome": str(sample.outcome) or None,
        },
    )
    if sample.outcome and sample.kind == SampleKind.RANDOM and sample.stratum in HIDING:
        stop_if_crossed(licence_of(sample.brand_id, sample.category), now=now)
    return review


def _check(sample: QualitySample, actor: User) -> None:
    if sample.reviewed_at is not None or sample.reviews.filter(reviewer=actor).exists():
        raise AlreadyDecided(_("This sample has been reviewed already."))
    if Decision.objects.filter(message_id=sample.message_id, decided_by=actor).exists():
        raise TookPart(_("You decided about this comment. Someone else has to look at it again."))
    message = sample.message
    gone = message.visibility == Visibility.REMOVED or message.revision != sample.revision
    if gone or (sample.stratum == Stratum.DECIDED and sample.decision is None):
        raise InvalidState(_("The comment was edited or removed; it is not reviewed any more."))


def _outcome(sample: QualitySample, findings: Sequence[str]) -> SampleOutcome:
    """Most must say that it breaks the rules, or it does not: what people cannot tell, a machine
    should not have hidden."""
    breaks = 2 * sum(one == Finding.BREAKS for one in findings) > len(findings)
    if sample.stratum in HIDING:
        return SampleOutcome.RIGHT if breaks else SampleOutcome.FALSE_HIDE
    if sample.stratum == Stratum.PASSED:
        return SampleOutcome.MISSED if breaks else SampleOutcome.RIGHT
    was_hidden = sample.decision is not None and sample.decision.action == Action.HIDE
    return SampleOutcome.RIGHT if breaks == was_hidden else SampleOutcome.OVERRULED
