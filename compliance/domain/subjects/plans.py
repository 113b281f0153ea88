"""What an erasure is going to do, as a document that can be reviewed, hashed and compared."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import rfc8785
from django.utils.translation import override

from compliance.choices import Outcome
from compliance.domain.canonical import canonical, plain
from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.sources import all_sources, collect, source_of
from compliance.domain.subjects.subject import Subject, subject_of
from compliance.domain.subjects.tables import brand_of
from compliance.models import LegalHold
from compliance.registries import personal_data
from tenants.scope import brand_scope

VERSION = 1
LANGUAGE = "en"
"""Of the words in a plan, so that the same data give the same hash whoever looks."""


def make_plan(subject: Subject, *, holds: Iterable[LegalHold] = ()) -> dict[str, Any]:
    """What an erasure would do with this person's data now, source by source. Changes nothing.

    The same data give the same plan: no times, no running numbers. ``sources`` holds per source
    ``key``, ``fields``, ``action`` (``erased``, ``redacted``, ``retained``, ``blocked``),
    ``ground``, ``rows`` and ``sha256`` of the sorted row keys. Any of ``holds`` blocks every source
    that would change.
    """
    refs = sorted(str(hold.pk) for hold in holds)
    with override(LANGUAGE):
        counts = collect(subject)
        sources = [
            {
                "key": count.key,
                "fields": {
                    name: dict(sorted(told.items()))
                    for name, told in sorted(source_of(count.key).fields().items())
                },
                "action": (
                    Outcome.BLOCKED.value
                    if refs and count.how != Outcome.RETAINED and count.rows
                    else count.how
                ),
                "ground": "a legal hold stands" if refs and count.rows else count.ground,
                "rows": count.rows,
                "sha256": count.digest,
            }
            for count in counts
        ]
    return {
        "v": VERSION,
        "brand": str(subject.brand_id),
        "contacts": sorted(map(str, subject.contact_ids)),
        "emails": sorted(subject.emails),
        "map": map_hash(),
        "holds": refs,
        "sources": sources,
    }


def plan_hash(plan: Mapping[str, Any]) -> str:
    """SHA-256 of the plan's RFC 8785 bytes, in hex."""
    return hashlib.sha256(rfc8785.dumps(dict(plan))).hexdigest()


def subject_of_plan(plan: Mapping[str, Any]) -> Subject:
    """Whom a plan is about."""
    contacts = [UUID(ref) for ref in plan["contacts"]]
    return subject_of(UUID(plan["brand"]), contacts, emails=plan.get("emails", ()))


def map_hash() -> str:
    """Which version of the personal-data map this is: any change of any field changes it."""
    told = {
        str(label): {
            name: [one.kind, one.category, one.erase, one.why, one.json, one.export]
            for name, one in entry.fields.items()
        }
        for label, entry in personal_data.items()
    }
    return hashlib.sha256(canonical(plain(told)).encode()).hexdigest()


def titles() -> dict[str, str]:
    """Key of a source -> what people call it, in the language that is active."""
    return {source.key: str(source.title) for source in all_sources()}


def blocked_now(subject: Subject) -> dict[str, str]:
    """Source -> why it could not be erased now; empty if nothing stands in the way."""
    found = {}
    with brand_scope(subject.brand_id, agency_ids=[brand_of(subject.brand_id).agency_id]):
        known = identified(subject)
        for source in all_sources():
            asked = getattr(source, "why_not_now", None)
            if asked is not None and (why := asked(known)):
                found[source.key] = why
    return found
