"""From a word somebody gave to the persons who may be meant, and to what they are called."""

from uuid import UUID

from compliance.domain.subjects.subject import EMAIL, Candidate, Identifiers, Subject, subject_of
from compliance.registries import subject_finders
from tenants.models import Brand


def find_candidates(brand: Brand, term: str) -> list[Candidate]:
    """Persons of the brand who may be meant by a name, handle, number or key; best first.

    Runs inside the brand's scope. An empty term finds nobody.
    """
    if not term.strip():
        return []
    return [one for finder in subject_finders for one in finder.find(brand, term.strip())]


def identified(subject: Subject) -> Subject:
    """The subject with what the networks call it now."""
    if subject.identifiers is not None:
        return subject
    found = [finder.identifiers(subject) for finder in subject_finders]
    emails = sorted(subject.emails)
    return subject.with_identifiers(
        Identifiers(
            tuple(pair for one in found for pair in one.addresses)
            + tuple((EMAIL, email) for email in emails),
            tuple(dict.fromkeys([*(w for one in found for w in one.words), *emails])),
        )
    )


def subject_from_refs(brand_id: UUID, refs: list[str]) -> Subject:
    """From keys as they stand in a plan or a file."""
    return subject_of(brand_id, [UUID(ref) for ref in refs])
