"""Rows that go by their own age: one clock column, one category."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.urls import NoReverseMatch, reverse
from django_stubs_ext import StrOrPromise

from compliance.choices import HoldScope
from compliance.domain.retention.found import Sample, Survey
from compliance.domain.retention.locking import lock_free
from compliance.domain.retention.removing import Model, Remover, count_tree, pinned
from compliance.domain.retention.terms import Terms
from compliance.models import LegalHold

SAMPLES = 5


def by_month(rows: QuerySet[Any], clock: str, terms: Terms) -> dict[str, int]:
    """How many began in which month: ``{"2025-05": 12}``."""
    month = TruncMonth(clock, tzinfo=terms.zone)
    found = rows.order_by().annotate(_month=month).values_list("_month").annotate(n=Count("pk"))
    return {f"{at:%Y-%m}": n for at, n in found if at is not None}


def oldest_of(rows: QuerySet[Any], clock: str) -> datetime | None:
    found: datetime | None = rows.order_by().aggregate(at=Min(clock))["at"]
    return found


def page_of(row: Any) -> str:
    """Its page in the administration, if there is one."""
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, slots=True)
class AgedRows:
    """``clock``: the column (or path) whose time starts it. ``among``: which rows count at all.
    ``about``: what a hold on a contact or conversation covers of them; without it such a hold
    covers none."""

    model: Model
    category: str
    clock: str
    among: Q = field(default_factory=Q)
    about: Callable[[LegalHold], Q] | None = None

    @property
    def title(self) -> StrOrPromise:
        return str(self.model._meta.verbose_name_plural)

    def _due(self, terms: Terms) -> QuerySet[Any]:
        before = terms.cutoff(self.category)
        rows = self.model._default_manager.filter(self.among, brand_id=terms.brand_id)
        if before is None:
            return rows.none()
        return rows.filter(**{f"{self.clock}__lt": before}).exclude(pinned(self.model))

    def _free(self, terms: Terms) -> QuerySet[Any]:
        rows = self._due(terms)
        for hold in terms.holds:
            rows = rows.exclude(self._covered(hold))
        return rows

    def _covered(self, hold: LegalHold) -> Q:
        condition = Q(pk__isnull=False)
        if hold.scope in {HoldScope.CONTACT, HoldScope.CONVERSATION}:
            if self.about is None:
                return Q(pk__in=[])
            condition = self.about(hold)
        if hold.since is not None:
            condition &= Q(**{f"{self.clock}__gte": hold.since})
        if hold.until is not None:
            condition &= Q(**{f"{self.clock}__lte": hold.until})
        return condition

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms), self._free(terms)
        counts = count_tree(free)
        going = counts[self.model._meta.label_lower]
        return Survey(
            counts=counts,
            oldest=oldest_of(free, self.clock),
            held=due.count() - going if terms.holds else 0,
            months=Counter(by_month(free, self.clock, terms)),
            samples=self._samples(free),
        )

    def _samples(self, rows: QuerySet[Any]) -> list[Sample]:
        found = rows.order_by(self.clock, "pk")[:SAMPLES].annotate(_clock=F(self.clock))
        title = str(self.model._meta.verbose_name)
        return [Sample(title, row._clock, self.category, page_of(row)) for row in found]

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        rows = self._free(terms).order_by(self.clock, "pk")
        chosen = [pk for (pk,) in lock_free(remover, rows, "pk", limit=limit)]
        return remover.remove(self.model, chosen)

    def held_by(self, hold: LegalHold) -> Survey:
        rows = self.model._default_manager.filter(self.among, brand_id=hold.brand_id)
        rows = rows.filter(self._covered(hold))
        return Survey(
            counts=Counter({self.model._meta.label_lower: rows.count()}),
            oldest=oldest_of(rows, self.clock),
            samples=self._samples(rows),
        )
