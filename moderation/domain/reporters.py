"""Where moderation holds data of people who reported a comment: notices and what became of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any

from django.utils.translation import gettext as _

from compliance.domain.subjects.subject import EMAIL, Found, Subject
from compliance.domain.subjects.table_source import (
    MapSource,
    exported_fields,
    found_under,
    told_row,
)
from compliance.domain.subjects.tables import AT_ONCE, Walk, person_table, readable_rows
from compliance.registries import SubjectSource
from moderation.choices import OPEN_NOTICES
from moderation.domain.notices import hash_of
from moderation.models import Notice, ReporterStanding


def reporter_sources() -> list[SubjectSource]:
    """In the order of an erasure."""
    notices = NoticeOfPerson()
    return [StandingOfPerson(notices), notices]


class NoticeOfPerson(MapSource):
    """Notices the person sent, known by the keyed hash of their address, and those about what the
    person wrote.

    Both are emptied. Only the person's own are handed out: who reported somebody stays unknown to
    them. One that waits for an answer stands in the way.
    """

    def __init__(self) -> None:
        super().__init__("moderation.notice")

    def hashes(self, subject: Subject) -> list[str]:
        return [
            hash_of(subject.brand_id, address)
            for channel, address in subject.known.addresses
            if channel == EMAIL
        ]

    def sent(self, subject: Subject) -> list[Any]:
        rows = Notice.objects.filter(
            subject.until("received_at"), email_hash__in=self.hashes(subject)
        )
        return sorted(rows.values_list("pk", flat=True))

    def keys(self, subject: Subject) -> list[Any]:
        found = set(self.sent(subject))
        messages = Walk(subject).keys(person_table("inbox.message"))
        for some in batched(messages, AT_ONCE, strict=False):
            found.update(Notice.objects.filter(message__any_of=some).values_list("pk", flat=True))
        return sorted(found)

    def found(self, subject: Subject) -> Found:
        shown = found_under(self.model, self.entry, self.sent(subject)).samples
        return replace(super().found(subject), samples=shown)

    def rows(self, subject: Subject) -> Iterator[dict[str, Any]]:
        names = exported_fields(self.entry, self.model)
        for row in readable_rows(self.model, self.sent(subject), names):
            yield told_row(row, names)

    def why_blocked(self, keys: Sequence[Any]) -> str:
        if Notice.objects.filter(pk__in=keys, state__in=OPEN_NOTICES).exists():
            return _("A notice from the public waits for its answer. Its words go when it has one.")
        return ""


class StandingOfPerson(MapSource):
    """Warnings and suspensions of the person as a reporter."""

    def __init__(self, notices: NoticeOfPerson) -> None:
        super().__init__("moderation.reporterstanding")
        self.notices = notices

    def keys(self, subject: Subject) -> list[Any]:
        rows = ReporterStanding.objects.filter(email_hash__in=self.notices.hashes(subject))
        return sorted(rows.values_list("pk", flat=True))
