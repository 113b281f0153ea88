"""Every place that holds a person's data: the map's tables, and what apps have registered."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.apps import apps

from compliance.choices import Outcome
from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.subject import Subject
from compliance.domain.subjects.table_source import TableSource
from compliance.domain.subjects.tables import brand_of, person_tables
from compliance.registries import SubjectSource, TableClass, personal_data, subject_sources
from tenants.models import User
from tenants.scope import brand_scope

NOT_OF_PERSONS_OUTSIDE = {
    "sessions.session": "sign-ins of staff",
    "compliance.subjecterasure": "the run itself; its traces go when it ends",
}


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What one source holds of a person. ``how``: a value of ``Outcome``; ``ground``: why what
    stays stays; ``samples``: a few short readable values; ``digest``: SHA-256 of the row keys."""

    key: str
    title: str
    category: str
    rows: int
    how: str
    ground: str
    samples: tuple[str, ...] = ()
    digest: str = ""


@lru_cache(maxsize=1)
def all_sources() -> tuple[SubjectSource, ...]:
    """In the order of an erasure: first what is found by traces of the person, then the tables,
    those that others point to last."""
    told = {label.lower(): source for source in subject_sources for label in source.tables}
    beyond = [source for source in subject_sources if not source.last]
    tables: list[SubjectSource] = [
        TableSource(table.label) for table in person_tables() if table.label not in told
    ]
    order = {table.label: place for place, table in enumerate(person_tables())}
    in_walk = [source for source in beyond if source.tables and source.tables[0] in order]
    first = [source for source in beyond if source not in in_walk]
    walked = sorted([*tables, *in_walk], key=lambda source: order[source.tables[0]])
    return (*first, *walked, *(source for source in subject_sources if source.last))


def source_of(key: str) -> SubjectSource:
    """Raises: KeyError."""
    return {source.key: source for source in all_sources()}[key]


def collect(subject: Subject) -> list[SourceCount]:
    """What there is of the person, source by source; sources without a row are in it with 0.

    Enters the scope of the brand and of its agency's own rows. Costs a handful of queries per
    source and per thousand of the person's rows, however much the brand holds of others.
    """
    with brand_scope(subject.brand_id, agency_ids=[brand_of(subject.brand_id).agency_id]):
        known = identified(subject.afresh())
        return [_count(source, known) for source in all_sources()]


def _count(source: SubjectSource, subject: Subject) -> SourceCount:
    found = source.found(subject)
    return SourceCount(
        key=source.key,
        title=str(source.title),
        category=source.category,
        rows=found.count,
        how=Outcome(source.how).value,
        ground=str(source.ground),
        samples=found.samples,
        digest=found.digest,
    )


def covered_tables() -> set[str]:
    """Labels of tables that some source takes care of."""
    return {label.lower() for source in all_sources() for label in source.tables}


def uncovered_tables() -> Iterator[str]:
    """Tables with data about people outside that no source of a person's data takes care of.

    Those whose subject path leads to a person of the staff are another matter.
    """
    covered = covered_tables()
    for label, entry in personal_data.items():
        if str(label) in covered or not any(f.kind != "technical" for f in entry.fields.values()):
            continue
        if label not in NOT_OF_PERSONS_OUTSIDE and _end_of_path(entry) is not User:
            yield str(label)


def _end_of_path(entry: TableClass) -> Any:
    model: Any = apps.get_model(entry.label)
    for name in entry.about.subject.split("__"):
        if name == "self" or not name:
            break
        model = model._meta.get_field(name).related_model
    return model
