"""How appeals went: by category, rule, model version and reviewer. The counting is pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from moderation.choices import OPEN_APPEALS, AppealState, Category, Outcome
from moderation.models import Appeal, Assessment

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Told:
    """What one appeal adds to the figures. ``took``: from receipt to answer."""

    category: str
    rule: str
    model: str
    reviewer: str
    state: str
    outcome: str
    took: timedelta | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Line:
    """``changed_pct``: overturned or made milder, of those decided; None without any."""

    what: str
    received: int
    open: int
    upheld: int
    overturned: int
    partly: int
    inadmissible: int
    withdrawn: int
    late: int
    changed_pct: float | None
    median_days: float | None


GROUPS: dict[str, tuple[StrOrPromise, Callable[[Told], str]]] = {
    "category": (gettext_lazy("Category"), lambda one: one.category),
    "rule": (gettext_lazy("Rule"), lambda one: one.rule),
    "model": (gettext_lazy("Model version"), lambda one: one.model),
    "reviewer": (gettext_lazy("Answered by"), lambda one: one.reviewer),
}


def lines_by(group: str, told: Iterable[Told]) -> list[Line]:
    """One line per value, the most overturned first. Raises: KeyError (no such group)."""
    _title, value = GROUPS[group]
    found: dict[str, list[Told]] = {}
    for one in told:
        found.setdefault(value(one), []).append(one)
    lines = [_line(what, rows) for what, rows in found.items()]
    return sorted(lines, key=lambda line: (-(line.changed_pct or 0), -line.received, line.what))


def total_of(told: Sequence[Told]) -> Line:
    return _line(_("All"), told)


def _line(what: str, rows: Sequence[Told]) -> Line:
    outcomes = [row.outcome for row in rows]
    upheld = outcomes.count(Outcome.UPHELD)
    overturned, partly = outcomes.count(Outcome.OVERTURNED), outcomes.count(Outcome.PARTLY)
    decided = upheld + overturned + partly
    took = [row.took.total_seconds() / 86400 for row in rows if row.took is not None]
    return Line(
        what=what,
        received=len(rows),
        open=sum(row.state in OPEN_APPEALS for row in rows),
        upheld=upheld,
        overturned=overturned,
        partly=partly,
        inadmissible=sum(row.state == AppealState.INADMISSIBLE for row in rows),
        withdrawn=sum(row.state == AppealState.WITHDRAWN for row in rows),
        late=sum(row.is_late for row in rows),
        changed_pct=round(100 * (overturned + partly) / decided, 1) if decided else None,
        median_days=round(median(took), 1) if took else None,
    )


def told_of(appeals: QuerySet[Appeal], *, now: datetime) -> list[Told]:
    """At most ``MOST`` appeals as the figures need them. One query."""
    version = Assessment.objects.filter(
        message=OuterRef("decision__message"), revision=OuterRef("decision__revision")
    ).values("model_version")[:1]
    rows = appeals.annotate(model=Subquery(version)).values(
        "decision__category",
        "decision__rule__category",
        "decision__rule__version",
        "decision__detected_automatically",
        "decided_by__name",
        "state",
        "outcome",
        "received_at",
        "decided_at",
        "due_at",
        "model",
    )[:MOST]
    return [_told(row, now=now) for row in rows]


def _told(row: Any, *, now: datetime) -> Told:
    labels = dict(Category.choices)
    rule = labels.get(row["decision__rule__category"], row["decision__rule__category"])
    by_machine = row["decision__detected_automatically"]
    ended = row["decided_at"] or now
    open_or_decided = row["state"] != AppealState.WITHDRAWN
    return Told(
        category=str(labels.get(row["decision__category"], row["decision__category"])),
        rule=f"{rule} v{row['decision__rule__version']}",
        model=(row["model"] or "–") if by_machine else str(_("found by people")),
        reviewer=row["decided_by__name"] or "–",
        state=row["state"],
        outcome=row["outcome"],
        took=row["decided_at"] - row["received_at"] if row["decided_at"] else None,
        is_late=open_or_decided and ended > row["due_at"],
    )
