"""What the ledger and the field history tell about a person's rows in words."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import Outcome
from compliance.domain.canonical import instant
from compliance.domain.subjects.rows import changes_about, details_about, erase_history
from compliance.domain.subjects.subject import Done, Found, Subject
from compliance.domain.subjects.table_source import ground_of
from compliance.domain.subjects.tables import AT_ONCE, Walk, person_tables
from compliance.registries import personal_data
from tenants.models import Brand
from tenants.permissions import Actor


class LedgerSource:
    """Events stay and verify; the readable values about the person's rows are emptied.

    Events are found by the rows they are about, so this runs before any row goes; what is written
    meanwhile goes with the row itself.
    """

    key = "ledger"
    tables: Sequence[str] = (
        "compliance.auditevent",
        "compliance.auditdetail",
        "compliance.fieldchange",
    )
    category = "content of decisions and changes"
    how = Outcome.REDACTED
    last = False
    title: StrOrPromise = _("audit trail")

    @property
    def ground(self) -> StrOrPromise:
        return ground_of(personal_data["compliance.auditevent"])

    def fields(self) -> Mapping[str, Mapping[str, str]]:
        return {
            "auditdetail.value": {"erase": "null"},
            "auditdetail.salt": {"erase": "null"},
            "fieldchange.changes": {"erase": "null"},
            "fieldchange.reason": {"erase": "const:"},
            "auditevent.body": {"erase": "retain", "why": str(self.ground)},
        }

    def _refs(self, subject: Subject) -> Iterator[tuple[str, list[str]]]:
        """Table and keys of the person's rows, some at a time."""
        walk = Walk(subject)
        for table in person_tables():
            for some in batched(walk.keys(table), AT_ONCE, strict=False):
                yield table.label, [str(key) for key in some]

    def found(self, subject: Subject) -> Found:
        count = 0
        for label, refs in self._refs(subject):
            count += details_about({label: refs}).filter(erased_at=None).count()
            count += changes_about({label: refs}).filter(erased_at=None).count()
        return Found(count)

    def rows(self, subject: Subject) -> Iterator[dict[str, Any]]:
        for label, refs in self._refs(subject):
            details = details_about({label: refs}).filter(erased_at=None).select_related("event")
            for detail in details.order_by("pk"):
                yield {
                    "key": str(detail.event_id),
                    "at": instant(detail.event.at),
                    "kind": detail.event.kind,
                    "about": detail.event.object_ref,
                    "name": detail.name,
                    "value": detail.readable,
                }

    def erase(self, subject: Subject, *, limit: int, reference: str, actor: Actor) -> Done:
        brand = Brand(pk=subject.brand_id)
        for label, refs in self._refs(subject):
            about = details_about({label: refs}).filter(erased_at=None)
            named = about.values_list("event__object_ref", flat=True).distinct()[:limit]
            chosen = set(named) or set(
                changes_about({label: refs})
                .filter(erased_at=None)
                .values_list("object_pk", flat=True)
                .distinct()[:limit]
            )
            if chosen:
                gone = erase_history({label: chosen}, brand=brand, reference=reference, actor=actor)
                return Done(sum(gone.values()))
        return Done()
