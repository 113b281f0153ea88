"""The figures of the quality page. The same number of queries, however many samples there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, QuerySet

from moderation.choices import Action, Category, Finding, SampleKind, SampleOutcome, Stratum
from moderation.domain.licence.evidence import HIDING
from moderation.domain.quality.agreement import cohens_kappa, krippendorffs_alpha
from moderation.domain.quality.intervals import Rate, rate
from moderation.models import QualitySample, SampleReview

MOST_REVIEWS: Final = 5000
"""Agreement is told of so many of the newest reviews; more cost and change nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of rates. ``rule`` and ``version``: of the rule, of list or model."""

    category: str
    rule: int | None
    version: str
    rate: Rate

    @property
    def category_title(self) -> str:
        return str(Category(self.category).label) if self.category else "–"


@dataclass(frozen=True, slots=True)
class Agreement:
    """``value``: 1 is full agreement, 0 is chance; None: too little to tell."""

    value: float | None
    samples: int


@dataclass(frozen=True, slots=True)
class Figures:
    """``false_hides``: of what was or would be hidden, how much wrongly. ``missed``: of what passed
    without a person, how much breaks a rule. ``overruled``: of what people decided, how much a
    second person sees differently. ``pairs``: first against second person (Cohen's kappa);
    ``reviewers``: several reviewers of one sample (Krippendorff's alpha)."""

    false_hides: Sequence[Line]
    missed: Sequence[Line]
    overruled: Sequence[Line]
    pairs: Agreement
    reviewers: Agreement

    @property
    def is_empty(self) -> bool:
        return not (self.false_hides or self.missed or self.overruled)


def figures_of(samples: QuerySet[QualitySample], *, since: datetime) -> Figures:
    """Of random samples reviewed since; targeted ones say nothing about a rate. Four queries."""
    settled = samples.filter(kind=SampleKind.RANDOM, reviewed_at__gte=since).order_by()
    rows = list(
        settled.values_list("stratum", "category", "rule_version", "model_version", "outcome")
        .annotate(Count("pk"))
        .order_by("category", "rule_version", "model_version")
    )
    return Figures(
        false_hides=_lines(rows, HIDING, SampleOutcome.FALSE_HIDE),
        missed=_missed(rows, settled),
        overruled=_lines(rows, (Stratum.DECIDED,), SampleOutcome.OVERRULED),
        pairs=_pairs(settled),
        reviewers=_reviewers(settled),
    )


def _lines(
    rows: Iterable[tuple[Any, ...]], strata: Sequence[str], bad: SampleOutcome
) -> list[Line]:
    counts: dict[tuple[str, int | None, str], list[int]] = defaultdict(lambda: [0, 0])
    for stratum, category, rule, version, outcome, count in rows:
        if stratum in strata:
            found = counts[category, rule, version]
            found[0] += count if outcome == bad else 0
            found[1] += count
    return [Line(*key, rate(hits, total)) for key, (hits, total) in counts.items()]


def _missed(rows: Iterable[tuple[Any, ...]], settled: QuerySet[QualitySample]) -> list[Line]:
    """What passed has no category of the machine's; the reviewers' word counts."""
    passed = {
        line.version: line.rate for line in _lines(rows, (Stratum.PASSED,), SampleOutcome.MISSED)
    }
    named = (
        SampleReview.objects.filter(
            sample__in=settled.filter(stratum=Stratum.PASSED, outcome=SampleOutcome.MISSED),
            finding=Finding.BREAKS,
        )
        .order_by()
        .values_list("category", "sample__model_version")
        .annotate(Count("sample", distinct=True))
        .order_by("category", "sample__model_version")
    )
    whole = [Line("", None, version, found) for version, found in passed.items()]
    return whole + [
        Line(category, None, version, rate(count, passed[version].total))
        for category, version, count in named
        if version in passed
    ]


def _pairs(settled: QuerySet[QualitySample]) -> Agreement:
    pairs = [
        (Finding.BREAKS if action == Action.HIDE else Finding.FINE, finding)
        for action, finding in SampleReview.objects.filter(
            sample__in=settled.filter(stratum=Stratum.DECIDED), sample__decision__isnull=False
        )
        .order_by("-at")
        .values_list("sample__decision__action", "finding")[:MOST_REVIEWS]
    ]
    return Agreement(cohens_kappa(pairs), len(pairs))


def _reviewers(settled: QuerySet[QualitySample]) -> Agreement:
    units: dict[Any, list[str]] = defaultdict(list)
    for sample, finding, category in (
        SampleReview.objects.filter(sample__in=settled.filter(reviews_wanted__gt=1))
        .order_by("-at")
        .values_list("sample_id", "finding", "category")[:MOST_REVIEWS]
    ):
        units[sample].append(f"{finding} {category}")
    return Agreement(krippendorffs_alpha(units.values()), len(units))
