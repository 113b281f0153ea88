"""Everything a person may be handed about themselves, a row at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.sources import all_sources
from compliance.domain.subjects.subject import Subject
from compliance.domain.subjects.tables import brand_of
from tenants.scope import brand_scope

PIECE = 500


def rows(subject: Subject) -> Iterator[dict[str, Any]]:
    """``{"source": key, "title": …, "row": {"key": …, field: value in JSON types, …}}``.

    Source by source, each in the order of its keys. Memory does not grow with the number of rows.
    Enters the scope of the brand and of its agency's own rows for each piece, so the caller may
    note progress between two rows; sources must not keep a cursor open over a ``yield``.
    """
    with _scope(subject):
        known = identified(subject.afresh())
        sources = [(source, str(source.title)) for source in all_sources()]
    for source, title in sources:
        found = source.rows(known)
        while piece := _next_piece(found, subject):
            for row in piece:
                yield {"source": source.key, "title": title, "row": row}


def _next_piece(found: Iterator[dict[str, Any]], subject: Subject) -> list[dict[str, Any]]:
    with _scope(subject):
        return list(islice(found, PIECE))


def _scope(subject: Subject) -> AbstractContextManager[None]:
    return brand_scope(subject.brand_id, agency_ids=[brand_of(subject.brand_id).agency_id])
