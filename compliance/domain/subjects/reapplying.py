"""A restored backup knows nothing of erasures after it was made: they are done again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from compliance.domain.consent import address_hash
from compliance.domain.subjects import erased_list, erasing, plans
from compliance.domain.subjects.subject import Subject, subject_of
from compliance.domain.subjects.tables import brand_of
from compliance.models import ErasedAddress
from compliance.registries import subject_finders
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope

ERASER = SystemActor("system", "eraser")


@dataclass(frozen=True, slots=True)
class Reapplied:
    """One erasure of the file, done again. ``rows``: erased or emptied this time."""

    reference: str
    contacts: int
    rows: int
    blocked: dict[str, str]


def reapply(brand: Brand) -> Iterator[Reapplied]:
    """Do every erasure again that stands in the brand's file, oldest first. Safe to run twice.

    Persons are found by their keys, and by their addresses where the backup knows them under
    another key from before the erasure. Who wrote only later is left alone. A line that cannot be
    done because of a legal hold says so.
    """
    for line in erased_list.lines_in_file(brand.pk):
        at = datetime.fromisoformat(line["erased_at"])
        reference, hashes = line["reference"], [(c, h) for c, h in line["addresses"]]
        with brand_scope(brand.pk, agency_ids=[brand.agency_id]):
            erased_list.list_hashes(brand.pk, hashes, at=at, reference=reference)
            known = {UUID(ref) for ref in line["contacts"]}
            again = _back_again(brand.pk, set(hashes), at=at) - known
        yield _apply(subject_of(brand.pk, known), reference=reference, at=at)
        if again:
            yield _apply(subject_of(brand.pk, again), reference=f"{reference}.again", at=at)


def _back_again(brand_id: UUID, hashes: set[tuple[str, str]], *, at: datetime) -> set[UUID]:
    """Persons known since before the erasure under one of its addresses."""
    return {
        person
        for finder in subject_finders
        for person, since, channel, address in finder.addresses_of(brand_id)
        if since <= at and (channel, address_hash(brand_id, channel, address)) in hashes
    }


def _apply(subject: Subject, *, reference: str, at: datetime) -> Reapplied:
    before = _rows_done(subject, reference)
    plan = plans.make_plan(subject)
    results = erasing.execute(plan, subject, reference=reference, actor=ERASER, at=at)
    return Reapplied(
        reference, len(subject.contact_ids), results.rows_done - before, results.blocked
    )


def _rows_done(subject: Subject, reference: str) -> int:
    """What earlier runs under this reference had done, as far as this database knows."""
    with brand_scope(subject.brand_id, agency_ids=[brand_of(subject.brand_id).agency_id]):
        row = erasing.run_of(reference)
    return erasing.Results(reference, dict(row.outcomes)).rows_done if row else 0


def missing_from_database(brand: Brand) -> int:
    """Lines of the file that this database does not know of: more than none after a restore."""
    with brand_scope(brand.pk):
        known = set(ErasedAddress.objects.values_list("reference", flat=True))
    lines: list[dict[str, Any]] = list(erased_list.lines_in_file(brand.pk))
    return sum(line["reference"] not in known and bool(line["addresses"]) for line in lines)
