"""Proof that people were told of automation: wordings in versions, and who was shown which."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date

from compliance.domain.gates import standard_disclosure
from compliance.models import DisclosureShown, DisclosureVersion

WHY = ("first", "handover", "gap")


def note_version(brand_id: UUID, *, language: str, text: str) -> DisclosureVersion:
    """The version of these words of the brand; a new one if they are new."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    known = DisclosureVersion.objects.filter(brand_id=brand_id, language=language)
    if there := known.filter(sha256=sha256).first():
        return there
    last = known.order_by("-version").values_list("version", flat=True).first()
    return DisclosureVersion.objects.create(
        brand_id=brand_id,
        language=language,
        version=(last or 0) + 1,
        text=text,
        sha256=sha256,
        created_at=timezone.now(),
    )


def version_of(brand_id: UUID, *, language: str, text: str) -> str:
    """``engage-de`` for the product's own words, ``own-de-2`` for the brand's second wording."""
    if text == standard_disclosure(language):
        return f"engage-{language}"
    return note_version(brand_id, language=language, text=text).label


def note_shown(
    brand_id: UUID,
    *,
    outbox_ref: UUID,
    message_ref: UUID | None,
    conversation_ref: UUID,
    channel: str,
    text: str,
    language: str,
    why: str,
    at: datetime,
) -> None:
    """A person was told; once per message that left. Source: AI Act Art. 50(1)."""
    DisclosureShown.objects.get_or_create(
        brand_id=brand_id,
        outbox_ref=outbox_ref,
        defaults={
            "message_ref": message_ref,
            "conversation_ref": conversation_ref,
            "channel": channel,
            "text": text,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "version": version_of(brand_id, language=language, text=text),
            "language": language,
            "why": why,
            "shown_at": at,
        },
    )


@dataclass(frozen=True, slots=True)
class DisclosureFilter:
    """What the list of disclosures is limited to. Days are UTC, the last one included."""

    conversation: str = ""
    message: str = ""
    channel: str = ""
    language: str = ""
    version: str = ""
    why: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "DisclosureFilter":
        """Unknown names are left aside; what is no key and no day counts as not given."""
        found = {
            name: str(values.get(name) or "").replace("\x00", "").strip()[:100]
            for name in cls.__dataclass_fields__
        }
        for name in ("since", "until"):
            found[name] = found[name] if _day(found[name]) else ""
        for name in ("conversation", "message"):
            found[name] = found[name] if _key(found[name]) else ""
        return cls(**found)

    def to_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.to_json())

    def apply(self, rows: QuerySet[DisclosureShown]) -> QuerySet[DisclosureShown]:
        exact = {
            "conversation_ref": self.conversation,
            "message_ref": self.message,
            "channel": self.channel,
            "language": self.language,
            "version": self.version,
            "why": self.why,
        }
        rows = rows.filter(**{name: value for name, value in exact.items() if value})
        if (day := _day(self.since)) is not None:
            rows = rows.filter(shown_at__gte=day)
        if (day := _day(self.until)) is not None:
            rows = rows.filter(shown_at__lt=day + timedelta(days=1))
        return rows


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time.min, UTC) if day else None


def _key(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
