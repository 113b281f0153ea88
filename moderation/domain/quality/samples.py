"""Drawing samples: by chance from both sides of the threshold and from people's decisions, and
targeted where doubt is likely."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import Visibility
from moderation.choices import Action, Automation, Effect, SampleKind, Stratum
from moderation.models import (
    Assessment,
    Decision,
    PolicyRule,
    QualityRun,
    QualitySample,
)
from moderation.models.licence import ELIGIBLE
from moderation.permissions import DRAW_SAMPLE
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

SPAN: Final = timedelta(days=7)
"""Samples are drawn from what was judged in so long a time."""
MOST: Final = 200
TWICE_EVERY: Final = 5
"""Every so many samples drawn by chance are reviewed by two people, so that agreement shows."""
_BRIEF: Final = ("id", "message_id", "revision", "category", "scores", "model_version", "effect")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each. ``hiding``: for each category that may be hidden automatically."""

    hiding: int = 25
    passed: int = 40
    decided: int = 20
    targeted: int = 15

    @classmethod
    def even(cls, count: int) -> "Sizes":
        """So many of each. Raises: InvalidInput unless 1 to ``MOST``."""
        if not 1 <= count <= MOST:
            raise InvalidInput("count", _("Between 1 and %d.") % MOST)
        return cls(count, count, count, count)


WEEKLY: Final = Sizes()


@transaction.atomic
def draw_samples(
    brand: Brand, *, actor: Actor, now: datetime, sizes: Sizes = WEEKLY, by_hand: bool = False
) -> QualityRun:
    """Draw what was judged in the ``SPAN`` before ``now``. No item is ever drawn twice.

    Left out is what was edited or removed since: nobody could judge what was judged.
    Raises: NotAllowed.
    """
    require(actor, DRAW_SAMPLE, brand)
    # Two drawings at the same time would choose the same items.
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    since = now - SPAN
    versions = dict(
        PolicyRule.objects.filter(brand=brand, retired_at=None).values_list("category", "version")
    )
    drawn: list[QualitySample] = []
    for category in ELIGIBLE:
        rows = _judged(brand.pk, since, now).filter(verdict="auto_hide", category=category)
        drawn += _from_assessments(
            rows.exclude(effect=""), sizes.hiding, kind=SampleKind.RANDOM, versions=versions
        )
    passed = _judged(brand.pk, since, now).filter(verdict="pass")
    drawn += _from_assessments(passed, sizes.passed, kind=SampleKind.RANDOM, versions=versions)
    drawn += _from_decisions(
        _decided(brand.pk, since, now).filter(decided_by__isnull=False),
        sizes.decided,
        kind=SampleKind.RANDOM,
    )
    for number, sample in enumerate(drawn):
        if number % TWICE_EVERY == 0:
            sample.reviews_wanted = 2
    drawn += _targeted(brand.pk, since, now, sizes.targeted, versions, drawn)
    unique = list({(one.message_id, one.revision): one for one in reversed(drawn)}.values())
    for sample in unique:
        sample.drawn_at = now
    QualitySample.objects.bulk_create(unique)
    counts = Counter(f"{one.kind}.{one.stratum}" for one in unique)
    run = QualityRun.objects.create(
        brand=brand, started_at=now, by_hand=by_hand, since=since, drawn=dict(counts)
    )
    record("moderation.sample.drawn", run, actor=actor, facts=dict(counts))
    return run


def _judged(brand_id: UUID, since: datetime, until: datetime) -> QuerySet[Assessment]:
    return (
        Assessment.objects.filter(brand_id=brand_id, created_at__gte=since, created_at__lt=until)
        .filter(message__revision=F("revision"))
        .exclude(message__visibility=Visibility.REMOVED)
        .exclude(_is_drawn())
    )


def _decided(brand_id: UUID, since: datetime, until: datetime) -> QuerySet[Decision]:
    return (
        Decision.objects.filter(
            brand_id=brand_id,
            decided_at__gte=since,
            decided_at__lt=until,
            action__in=[Action.APPROVE, Action.HIDE],
            reverses=None,
            message__revision=F("revision"),
        )
        .exclude(message__visibility=Visibility.REMOVED)
        .exclude(_is_drawn())
    )


def _is_drawn() -> Exists:
    return Exists(
        QualitySample.objects.filter(
            brand=OuterRef("brand"), message=OuterRef("message"), revision=OuterRef("revision")
        )
    )


def _from_assessments(
    rows: QuerySet[Assessment], count: int, *, kind: SampleKind, versions: Mapping[str, int]
) -> list[QualitySample]:
    chosen = list(rows.order_by("?").values("brand_id", *_BRIEF)[:count])
    decisions = dict(
        Decision.objects.filter(
            message__in=[row["message_id"] for row in chosen],
            action=Action.HIDE,
            automation=Automation.FULLY,
        ).values_list("message_id", "id")
    )
    return [_sample_of(row, kind, versions, decisions) for row in chosen]


def _sample_of(
    row: Mapping[str, Any],
    kind: SampleKind,
    versions: Mapping[str, int],
    decisions: Mapping[UUID, UUID],
) -> QualitySample:
    stratum = Stratum.PASSED
    if row["effect"]:
        stratum = Stratum.HIDDEN if row["effect"] == Effect.HIDDEN else Stratum.WOULD_HIDE
    return QualitySample(
        brand_id=row["brand_id"],
        message_id=row["message_id"],
        revision=row["revision"],
        assessment_id=row["id"],
        decision_id=decisions.get(row["message_id"]) if stratum == Stratum.HIDDEN else None,
        kind=kind,
        stratum=stratum,
        category=row["category"],
        score=_score_of(row["scores"], row["category"]),
        model_version=row["model_version"],
        rule_version=versions.get(row["category"]),
    )


def _score_of(scores: Mapping[str, Any], category: str) -> float:
    """The score of the category; of what passed, the highest of all."""
    values = {name: float(found["score"]) for name, found in scores.items()}
    return values.get(category, 0.0) if category else max(values.values(), default=0.0)


def _from_decisions(
    rows: QuerySet[Decision], count: int, *, kind: SampleKind
) -> list[QualitySample]:
    return [
        QualitySample(
            brand_id=row.brand_id,
            message_id=row.message_id,
            revision=row.revision,
            decision=row,
            kind=kind,
            stratum=Stratum.DECIDED,
            category=row.category,
            rule_version=row.rule.version,
        )
        for row in rows.select_related("rule").order_by("?")[:count]
    ]


def _targeted(
    brand_id: UUID,
    since: datetime,
    until: datetime,
    count: int,
    versions: Mapping[str, int],
    drawn: Iterable[QualitySample],
) -> list[QualitySample]:
    """Where doubt is likely: automatic hidings that somebody took back, people's decisions that
    somebody took back, and what passed although something was found."""
    taken = [one.message_id for one in drawn]
    back = _decided(brand_id, since, until).exclude(message__in=taken)
    back = back.filter(reversed_by__isnull=False)
    judged = _judged(brand_id, since, until).exclude(message__in=taken)
    by_machine = judged.filter(
        effect=Effect.HIDDEN,
        message__in=back.filter(automation=Automation.FULLY).values("message"),
    )
    doubtful = judged.filter(verdict="pass").exclude(scores={})
    kind = SampleKind.TARGETED
    return [
        *_from_assessments(by_machine, count, kind=kind, versions=versions),
        *_from_decisions(back.filter(decided_by__isnull=False), count, kind=kind),
        *_from_assessments(doubtful, count, kind=kind, versions=versions),
    ]
