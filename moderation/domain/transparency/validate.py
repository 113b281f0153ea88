"""What the database would refuse, with field and reason, before anybody sends it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from moderation.domain.transparency import codes

_PUID = re.compile(r"[a-zA-Z0-9_-]{1,500}", re.ASCII)
_KEYWORD = re.compile(r"KEYWORD_[A-Z_]+", re.ASCII)
_LONGEST = {
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000,
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2000,
    "decision_facts": 5000,
    "content_type_other": 500,
}
_VOCABULARY = {
    "decision_ground": codes.DECISION_GROUNDS,
    "category": codes.CATEGORIES,
    "source_type": codes.SOURCES,
    "automated_decision": codes.AUTOMATION,
    "automated_detection": frozenset({"Yes", "No"}),
}
_REQUIRED = ("decision_facts", "content_type", "content_date", "application_date")


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    reason: str


def problems_of(record: Mapping[str, Any]) -> Iterator[Problem]:
    """Every reason for which the record would be refused; nothing if it is good."""
    if not _PUID.fullmatch(str(record.get("puid", ""))):
        yield Problem("puid", _("At most 500 letters, digits, hyphens and underscores."))
    if not (record.get("decision_visibility") or record.get("decision_account")):
        yield Problem("decision_visibility", _("At least one restriction must be named."))
    for field, allowed in _VOCABULARY.items():
        if record.get(field) not in allowed:
            yield Problem(field, _("“%s” is no value of the database.") % record.get(field, ""))
    if record.get("decision_ground") == codes.INCOMPATIBLE:
        for field in ("incompatible_content_ground", "incompatible_content_explanation"):
            if not str(record.get(field, "")).strip():
                yield Problem(field, _("Must be given for this ground."))
    for field in _REQUIRED:
        if not record.get(field):
            yield Problem(field, _("Is missing."))
    for field, most in _LONGEST.items():
        if len(str(record.get(field, ""))) > most:
            yield Problem(field, _("Longer than %d characters.") % most)
    yield from _lists(record)
    yield from _dates(record)


def _lists(record: Mapping[str, Any]) -> Iterator[Problem]:
    if not set(record.get("content_type", ())) <= codes.CONTENT_TYPES:
        yield Problem("content_type", _("Is no value of the database."))
    for keyword in record.get("category_specification", ()):
        if not _KEYWORD.fullmatch(keyword):
            yield Problem("category_specification", _("Is no value of the database."))


def _dates(record: Mapping[str, Any]) -> Iterator[Problem]:
    found: dict[str, date] = {}
    for field in (
        "content_date",
        "application_date",
        "end_date_visibility_restriction",
        "end_date_account_restriction",
    ):
        if field in record:
            try:
                found[field] = date.fromisoformat(str(record[field]))
            except ValueError:
                yield Problem(field, _("Is no date."))
    start = found.get("application_date")
    if start is None:
        return
    if "content_date" in found and found["content_date"] > start:
        yield Problem("content_date", _("Is after the decision."))
    for field, day in found.items():
        if field.startswith("end_date") and day < start:
            yield Problem(field, _("Is before the decision."))
