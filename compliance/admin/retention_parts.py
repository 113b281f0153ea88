"""Rows, bars and form values of the retention pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from compliance.choices import RetentionAction, RetentionCategory
from compliance.domain.retention.categories import LONGEST_MONTHS, PERIODS
from compliance.domain.retention.in_effect import Line, shortened
from tenants.exceptions import InvalidInput

_WIDEST = 24
"""Bars; older months are added up in the first one."""


@dataclass(frozen=True, slots=True)
class Bar:
    """``x``, ``y``, ``height`` in units of a drawing that is 100 high."""

    month: str
    count: int
    x: int
    y: int
    height: int


def bars_of(months: Mapping[str, int]) -> list[Bar]:
    """One bar per month, the oldest first. A bar with anything in it can be seen."""
    ordered = sorted(months.items())
    if len(ordered) > _WIDEST:
        older, ordered = ordered[: 1 - _WIDEST], ordered[1 - _WIDEST :]
        ordered = [(f"≤ {older[-1][0]}", sum(n for _month, n in older)), *ordered]
    most = max((count for _month, count in ordered), default=0)
    return [
        Bar(month, count, number * 12, 100 - height, height)
        for number, (month, count) in enumerate(ordered)
        if (height := max(2, round(100 * count / most)))
    ]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One category in a form or table. ``months`` as text: what was typed stays."""

    category: str
    title: StrOrPromise
    starts: StrOrPromise
    least: int
    why: StrOrPromise
    can_choose: bool
    months: str
    action: str
    actions: Sequence[tuple[str, StrOrPromise]]

    @property
    def action_title(self) -> StrOrPromise:
        return dict(RetentionAction.choices)[self.action]


def choices_of_lines(
    lines: Mapping[str, Line], *, entered: Mapping[str, Any] | None = None
) -> list[LineRow]:
    """Every category, with what is chosen for it; ``entered`` wins: what was just typed."""
    titles = dict(RetentionAction.choices)
    rows = []
    for category in RetentionCategory:
        period, line = PERIODS[category], lines.get(category)
        months, action = (str(line.months), line.action) if line else ("", period.actions[0])
        if entered is not None:
            months = str(entered.get(f"months-{category.value}", ""))
            action = str(entered.get(f"action-{category.value}", action))
        rows.append(
            LineRow(
                category.value,
                category.label,
                period.starts,
                period.least_months,
                period.why,
                period.usual_months is not None,
                months,
                action if action in titles else period.actions[0],
                [(name, titles[name]) for name in period.actions],
            )
        )
    return rows


def lines_from(post: Mapping[str, Any]) -> dict[str, Line]:
    """What the form holds; a category without a number has no line.

    Raises: InvalidInput (not a whole number of months).
    """
    lines: dict[str, Line] = {}
    for category, period in PERIODS.items():
        typed = str(post.get(f"months-{category}", "")).strip()
        if not typed:
            continue
        if not (typed.isascii() and typed.isdecimal() and len(typed) <= 4):
            raise InvalidInput(
                str(category),
                _("“%(title)s”: give whole months, at most %(most)d.")
                % {"title": RetentionCategory(category).label, "most": LONGEST_MONTHS},
            )
        action = str(post.get(f"action-{category}", "") or period.actions[0])
        lines[str(category)] = Line(int(typed), action)
    return lines


@dataclass(frozen=True, slots=True)
class Compared:
    """One category of a version beside what is in effect. ``change``: same, longer or shorter."""

    title: StrOrPromise
    before: Line | None
    after: Line | None
    change: str

    @property
    def before_title(self) -> StrOrPromise:
        return dict(RetentionAction.choices).get(self.before.action, "") if self.before else ""

    @property
    def after_title(self) -> StrOrPromise:
        return dict(RetentionAction.choices).get(self.after.action, "") if self.after else ""


def compared(
    before: Mapping[str, Line], after: Mapping[str, Line], *, with_before: bool
) -> list[Compared]:
    """Categories that either has; without ``with_before`` only what the version says."""
    rows, sooner = [], set(shortened(before, after))
    for category in RetentionCategory:
        old, new = before.get(category), after.get(category)
        if old is None and new is None:
            continue
        change = "same"
        if with_before and old != new:
            change = "shorter" if category in sooner else "longer"
        rows.append(Compared(category.label, old, new, change))
    return rows


def table_titles() -> dict[str, str]:
    """Table -> what people call it."""
    return {
        model._meta.label_lower: str(model._meta.verbose_name_plural)
        for model in apps.get_models(include_auto_created=True)
    }
