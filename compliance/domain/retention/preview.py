"""What a run would erase now, or under another policy: counted, never guessed, nothing changed."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compliance.choices import RunState
from compliance.domain.canonical import canonical, plain
from compliance.domain.retention.found import Survey
from compliance.domain.retention.in_effect import Line
from compliance.domain.retention.terms import Terms, terms_of
from compliance.models import RetentionRun
from compliance.registries import retention_sources
from tenants.models import Brand
from tenants.scope import brand_scope

ALARM_PERCENT = 50
"""A run that erases so much more or less than the last one is shown as an alarm."""


@dataclass(frozen=True, slots=True)
class Place:
    """One source and what it says."""

    key: str
    title: str
    survey: Survey


@dataclass(slots=True)
class Preview:
    """``rows`` in all tables. ``last_rows``: of the last run that ended, None: there was none."""

    terms: Terms
    places: list[Place] = field(default_factory=list)
    total: Survey = field(default_factory=Survey)
    last_rows: int | None = None

    @property
    def rows(self) -> int:
        return self.total.rows

    @property
    def counts(self) -> Counter[str]:
        return self.total.counts

    @property
    def change_percent(self) -> int | None:
        """Against the last run; None: nothing to compare with."""
        if not self.last_rows:
            return None
        return round(100 * (self.rows - self.last_rows) / self.last_rows)

    @property
    def is_alarming(self) -> bool:
        change = self.change_percent
        return change is not None and abs(change) > ALARM_PERCENT

    def manifest(self) -> str:
        """What would be erased, as canonical JSON: criteria and counts, nobody's data."""
        told: dict[str, Any] = {
            "format": "engage-retention-manifest",
            "version": 1,
            "brand": str(self.terms.brand_id),
            "criteria": self.terms.to_json(),
            "rows": self.rows,
            "tables": dict(sorted(self.counts.items())),
            "kept": {"held": self.total.held, "open": self.total.open},
        }
        return canonical(plain(told))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.manifest().encode()).hexdigest()


def preview(brand: Brand, *, lines: Mapping[str, Line] | None = None) -> Preview:
    """``lines``: another policy than the one in effect. Reads only; a few counts per table."""
    with brand_scope(brand.pk, agency_ids=[brand.agency_id]):
        return survey_all(terms_of(brand, lines=lines))


def survey_all(terms: Terms) -> Preview:
    """Inside the scope of the brand and of its agency's own rows."""
    found = Preview(terms, last_rows=_last_rows(terms))
    for key, source in retention_sources.items():
        survey = source.survey(terms)
        found.places.append(Place(str(key), str(source.title), survey))
        found.total.add(survey)
    return found


def _last_rows(terms: Terms) -> int | None:
    return (
        RetentionRun.objects.filter(brand_id=terms.brand_id, state=RunState.DONE)
        .order_by("-requested_at")
        .values_list("rows_done", flat=True)
        .first()
    )
