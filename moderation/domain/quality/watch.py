"""Once a week and brand: samples are drawn and the last week is held against those before."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, FloatField, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Floor, Least
from django.utils import timezone

from moderation.choices import QualityAlarmKind
from moderation.domain.quality.alarms import WATCH, end_alarm, raise_alarm
from moderation.domain.quality.drift import MOVED, shares, stability_index
from moderation.domain.quality.samples import draw_samples
from moderation.models import Assessment, QualityRun
from moderation.models.licence import ELIGIBLE
from tenants.choices import BrandState
from tenants.models import Brand
from tenants.scope import all_brands, brand_scope  # noqa: TID251 -- platform job: the sweep

WEEK: Final = timedelta(days=7)
WEEKS_BEFORE: Final = 4


def brands_to_watch(*, now: datetime) -> list[UUID]:
    """Live brands whose last weekly drawing is a week old, or who never had one."""
    with all_brands(reason="find the brands whose samples are due"):
        recent = set(
            QualityRun.objects.filter(started_at__gt=now - WEEK, by_hand=False).values_list(
                "brand_id", flat=True
            )
        )
    live = Brand.objects.filter(state=BrandState.LIVE).order_by("pk")
    return [pk for pk in live.values_list("pk", flat=True) if pk not in recent]


def watch_brand(brand_id: UUID, *, now: datetime | None = None) -> QualityRun | None:
    """Draw and compare, once a week whatever wakes this; None if it was done already."""
    at = now or timezone.now()
    with brand_scope(brand_id), transaction.atomic():
        # Of two workers one waits for the brand's row and finds it done.
        brand = Brand.objects.select_for_update(no_key=True).get(pk=brand_id)
        if QualityRun.objects.filter(brand=brand, by_hand=False, started_at__gt=at - WEEK).exists():
            return None
        run = draw_samples(brand, actor=WATCH, now=at)
        watch_drift(brand_id, now=at)
    return run


def watch_drift(brand_id: UUID, *, now: datetime) -> None:
    """Alarms where the last week is spread differently than the ``WEEKS_BEFORE`` before it, and the
    end of alarms where it is not. Two statements per distribution; in the brand's scope."""
    before, after = _weeks(now)
    _compare(
        QualityAlarmKind.VERDICTS,
        "",
        _verdicts(brand_id, before),
        _verdicts(brand_id, after),
        brand_id=brand_id,
        now=now,
    )
    for category in ELIGIBLE:
        _compare(
            QualityAlarmKind.SCORES,
            category,
            _tenths(brand_id, before, category),
            _tenths(brand_id, after, category),
            brand_id=brand_id,
            now=now,
        )


def _weeks(now: datetime) -> tuple[Q, Q]:
    begin = now - WEEK
    first = begin - WEEKS_BEFORE * WEEK
    return (
        Q(created_at__gte=first, created_at__lt=begin),
        Q(created_at__gte=begin, created_at__lt=now),
    )


def _verdicts(brand_id: UUID, span: Q) -> Counter[str]:
    rows = Assessment.objects.filter(span, brand_id=brand_id)
    return Counter(dict(rows.order_by().values_list("verdict").annotate(Count("pk"))))


def _tenths(brand_id: UUID, span: Q, category: str) -> Counter[str]:
    """Items by the tenth their score is in; without a score they are in the lowest."""
    rows = Assessment.objects.filter(span, brand_id=brand_id)
    score = Coalesce(Cast(KT(f"scores__{category}__score"), FloatField()), 0.0)
    tenths = rows.order_by().annotate(tenth=Least(Floor(score * 10), 9.0)).values_list("tenth")
    found: Counter[str] = Counter()
    for tenth, count in tenths.annotate(Count("pk")):
        found[f"0.{int(tenth)}"] += count
    return found


def _compare(
    kind: QualityAlarmKind,
    category: str,
    before: Counter[str],
    after: Counter[str],
    *,
    brand_id: UUID,
    now: datetime,
) -> None:
    index = stability_index(before, after)
    if index is None:
        return
    if index < MOVED:
        end_alarm(kind, category, brand_id=brand_id, now=now)
        return
    raise_alarm(
        kind,
        category,
        facts={"index": round(index, 3), "before": shares(before), "after": shares(after)},
        brand_id=brand_id,
        now=now,
    )
