"""From a case to the person it is about, and to what would be done with their data."""

from typing import Any
from uuid import UUID

from compliance.domain.holds import holds_on, open_holds
from compliance.domain.subjects.plans import make_plan
from compliance.domain.subjects.subject import Subject, subject_of
from compliance.domain.subjects.tables import Walk, person_tables
from compliance.models import DataRequest, LegalHold


def subject_of_case(case: DataRequest) -> Subject:
    """The chosen contacts, and the address if the person has shown that it is theirs."""
    emails = [case.email] if case.email and case.verified_at else []
    return subject_of(case.brand_id, case.contact_refs, emails=emails)


def holds_over(subject: Subject) -> list[LegalHold]:
    """Legal holds that cover something of the person: by name, by conversation, by span of time, or
    with the whole brand."""
    standing = open_holds(subject.brand_id)
    if not standing:
        return []
    walk = Walk(subject)
    near: set[UUID] = set()
    if any(hold.conversation_ref for hold in standing):
        near = {k for table in person_tables() if len(table.path) == 1 for k in walk.keys(table)}
    return holds_on(subject.brand_id, contact_ids=subject.contact_ids, conversation_ids=near)


def plan_now(subject: Subject) -> dict[str, Any]:
    """What an erasure would do at this moment. Runs in the brand's scope."""
    return make_plan(subject, holds=holds_over(subject))


def reference_of(case: DataRequest) -> str:
    """The code that stands in the ledger and in exports where the values were."""
    return f"art17.{case.received_on:%Y}-{case.number:04d}"
