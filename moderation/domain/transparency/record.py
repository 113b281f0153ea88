"""One decision as a record of the database: a pure function of what is stored about it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from moderation.domain.transparency import codes

type Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored about one decision. ``attachments``: kinds of the comment's media.

    ``automation`` and ``source`` are the values that the acting code path wrote down, and so is
    ``detected_automatically``; nothing here guesses them.
    """

    puid: str
    action: str
    category: str
    rule_text: str
    ground: str
    reason: str
    facts: str
    source: str
    automation: str
    detected_automatically: bool
    content_at: datetime
    decided_at: datetime
    until: datetime | None = None
    language: str = ""
    has_text: bool = True
    attachments: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()


# In the order of the database's documentation; the columns of the CSV file.
FIELDS = (
    "puid",
    "decision_visibility",
    "decision_account",
    "end_date_visibility_restriction",
    "end_date_account_restriction",
    "decision_ground",
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "incompatible_content_illegal",
    "category",
    "category_specification",
    "content_type",
    "content_type_other",
    "content_date",
    "application_date",
    "content_language",
    "territorial_scope",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
)
_MEDIA = {"image": "IMAGE", "video": "VIDEO", "audio": "AUDIO", "sticker": "IMAGE"}


def record_of(stored: Stored) -> Record:
    """The record with the database's field names; fields without a value are left out.

    A brand decides by its own rules, so the ground is always "incompatible with the terms"; that
    something is illegal is not for a moderator to find.
    """
    mapped = codes.MAPPING[stored.category]
    record: Record = {
        "puid": stored.puid,
        "decision_ground": codes.INCOMPATIBLE,
        "incompatible_content_ground": _cut(f"{stored.ground}: {stored.rule_text}", 500),
        "incompatible_content_explanation": _cut(stored.reason, 2000),
        "incompatible_content_illegal": "No",
        "category": mapped.category,
        "content_type": _content_types(stored),
        "content_date": _day(stored.content_at),
        "application_date": _day(stored.decided_at),
        "decision_facts": _cut(stored.facts, 5000),
        "source_type": stored.source,
        "automated_detection": "Yes" if stored.detected_automatically else "No",
        "automated_decision": stored.automation,
    }
    if stored.action in codes.VISIBILITY:
        record["decision_visibility"] = [codes.VISIBILITY[stored.action]]  # type: ignore[index]  # its keys are strings
        if stored.until:
            record["end_date_visibility_restriction"] = _day(stored.until)
    if stored.action in codes.ACCOUNT:
        record["decision_account"] = codes.ACCOUNT[stored.action]  # type: ignore[index]  # as above
        if stored.until:
            record["end_date_account_restriction"] = _day(stored.until)
    if mapped.keyword:
        record["category_specification"] = [mapped.keyword]
    if "CONTENT_TYPE_OTHER" in record["content_type"]:
        record["content_type_other"] = "attachment"
    if stored.language:
        record["content_language"] = stored.language.upper()
    if stored.territory:
        record["territorial_scope"] = list(stored.territory)
    return {name: record[name] for name in FIELDS if name in record}


def _content_types(stored: Stored) -> list[str]:
    kinds = {f"CONTENT_TYPE_{_MEDIA.get(kind, 'OTHER')}" for kind in stored.attachments}
    if stored.has_text or not kinds:
        kinds.add("CONTENT_TYPE_TEXT")
    return sorted(kinds)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _day(at: datetime | date) -> str:
    return f"{at:%Y-%m-%d}"
