"""A brand's word lists: make one, change it, put it out of use.

Every change of what a list says is a new version, named by the hash of its content; assessments
name the version that matched.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from moderation.choices import Category, ListEffect, ListMatch
from moderation.domain.assessment.brand_lists import (
    BrandList,
    PatternRefused,
    norm_of,
)
from moderation.domain.assessment.user_patterns import checked_pattern
from moderation.models import WordList, WordListVersion
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand, User
from tenants.permissions import Actor, require

CAPABILITY = "moderation.policy.manage"
LONGEST_NAME = 80
MOST_LISTS = 50
MOST_TERMS = 5_000
MOST_TERMS_OF_ALL = 20_000
MOST_PATTERNS = 50
LONGEST_TERM = 100
SHORTEST_PART = 3
LANGUAGES = ("", "de", "en")


@dataclass(frozen=True, slots=True)
class Draft:
    """A list as somebody wrote it, one version's whole content. ``weight_pct`` 1..100."""

    name: str
    category: str
    match: str
    effect: str
    weight_pct: int
    language: str
    terms: tuple[str, ...]

    def content(self) -> dict[str, Any]:
        return asdict(self) | {"terms": list(self.terms)}

    @property
    def sha256(self) -> str:
        """Of the content, whoever wrote it and whenever."""
        plain = json.dumps(self.content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()

    def as_list(self, *, key: str = "draft", version: int = 0) -> BrandList:
        """Ready to be looked for, before anything is stored."""
        return BrandList(
            key,
            self.name,
            version,
            self.sha256,
            self.category,
            self.match,
            self.effect,
            self.weight_pct / 100,
            self.language,
            self.terms,
        )


def terms_of(text: str) -> tuple[str, ...]:
    """One entry per line, without empty lines and repetitions, in order."""
    lines = (line.strip() for line in text.replace("\x00", "").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def draft_of(row: WordList) -> Draft:
    """A stored list as it could be written again."""
    return Draft(
        row.name,
        row.category,
        row.match,
        row.effect,
        row.weight_pct,
        row.language,
        terms_of(row.terms),
    )


@transaction.atomic
def add_list(brand: Brand, draft: Draft, *, actor: Actor) -> WordList:
    """From now on comments are compared with it. Raises: NotAllowed, InvalidInput."""
    require(actor, CAPABILITY, brand)
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)  # one after the other: limits
    check_draft(draft)
    _check_beside(brand.pk, draft)
    row = WordList(brand=brand, version=1)
    _store(row, draft, actor=actor)
    record("moderation.word_list.added", row, actor=actor, after=_told(draft, version=1))
    return row


@transaction.atomic
def change_list(
    word_list: WordList, draft: Draft, *, actor: Actor, seen_version: int | None = None
) -> WordList:
    """Put a new version in force; content that is as before changes nothing.

    Raises: NotAllowed, InvalidInput, InvalidState (``seen_version`` is not the one in force).
    """
    require(actor, CAPABILITY, word_list)
    Brand.objects.select_for_update(no_key=True).get(pk=word_list.brand_id)
    row = WordList.objects.select_for_update(no_key=True).get(pk=word_list.pk)
    if seen_version is not None and seen_version != row.version:
        raise InvalidState(
            _("Somebody saved version %d meanwhile. Open the list again, your entries are below.")
            % row.version
        )
    check_draft(draft)
    old = draft_of(row)
    if old == draft:
        return row
    _check_beside(row.brand_id, draft, but=row.pk)
    row.version += 1
    _store(row, draft, actor=actor)
    before, after = _told(old, version=row.version - 1), _told(draft, version=row.version)
    record("moderation.word_list.changed", row, actor=actor, before=before, after=after)
    return row


@transaction.atomic
def set_list_in_use(word_list: WordList, *, is_enabled: bool, actor: Actor) -> WordList:
    """Put a list out of use or in use again; it is never deleted, assessments name it.

    Raises: NotAllowed, InvalidInput (the brand would have too many in use).
    """
    require(actor, CAPABILITY, word_list)
    Brand.objects.select_for_update(no_key=True).get(pk=word_list.brand_id)
    row = WordList.objects.select_for_update(no_key=True).get(pk=word_list.pk)
    if row.is_enabled != is_enabled:
        if is_enabled:
            _check_beside(row.brand_id, draft_of(row), but=row.pk)
        row.is_enabled = is_enabled
        row.save(update_fields=["is_enabled"])
        kind = "moderation.word_list.taken_up" if is_enabled else "moderation.word_list.retired"
        record(kind, row, actor=actor, facts={"version": row.version})
    return row


def check_draft(draft: Draft) -> None:
    """Raises: InvalidInput for the first value that is refused; entries by their line."""
    if not 0 < len(draft.name.strip()) <= LONGEST_NAME:
        raise InvalidInput("name", _("Give the list a name of at most %d letters.") % LONGEST_NAME)
    for field, value, known in (
        ("category", draft.category, Category.values),
        ("match", draft.match, ListMatch.values),
        ("effect", draft.effect, ListEffect.values),
        ("language", draft.language, LANGUAGES),
    ):
        if value not in known:
            raise InvalidInput(field, _("Choose one of the values offered."))
    if not 1 <= draft.weight_pct <= 100:
        raise InvalidInput("weight_pct", _("Between 1 and 100."))
    if not draft.terms:
        raise InvalidInput("terms", _("Write at least one entry."))
    most = MOST_PATTERNS if draft.match == ListMatch.PATTERN else MOST_TERMS
    if len(draft.terms) > most:
        raise InvalidInput("terms", _("At most %d entries.") % most)
    for number, term in enumerate(draft.terms, start=1):
        if why := _refusal(term, draft.match):
            told = {"number": number, "term": term[:40], "why": why}
            raise InvalidInput("terms", _("Entry %(number)d, “%(term)s”: %(why)s") % told)


def _refusal(term: str, match: str) -> str:
    if match == ListMatch.PATTERN:
        try:
            checked_pattern(term)
        except PatternRefused as error:
            return error.message
        return ""
    if len(term) > LONGEST_TERM:
        return _("At most %d characters.") % LONGEST_TERM
    norm = norm_of(term)
    if not norm:
        return _("It holds no letter, digit or emoji.")
    if match == ListMatch.PART and len(norm) < SHORTEST_PART and norm.isalnum():
        return _("So short a part would be found in every text; choose whole words.")
    return ""


def _check_beside(brand_id: UUID, draft: Draft, *, but: UUID | None = None) -> None:
    others = WordList.objects.filter(brand_id=brand_id)
    if but is not None:
        others = others.exclude(pk=but)
    if others.filter(name=draft.name).exists():
        raise InvalidInput("name", _("There is a list of this name already."))
    beside = [draft_of(row) for row in others.filter(is_enabled=True)]
    if len(beside) >= MOST_LISTS:
        raise InvalidInput("name", _("At most %d lists in use.") % MOST_LISTS)
    is_pattern = draft.match == ListMatch.PATTERN
    alike = [one for one in beside if (one.match == ListMatch.PATTERN) == is_pattern]
    most = MOST_PATTERNS if is_pattern else MOST_TERMS_OF_ALL
    if _count([*alike, draft]) > most:
        raise InvalidInput("terms", _("At most %d entries in all lists together.") % most)


def _count(drafts: Sequence[Draft]) -> int:
    return sum(len(one.terms) for one in drafts)


def _store(row: WordList, draft: Draft, *, actor: Actor) -> None:
    row.name, row.category, row.match = draft.name, draft.category, draft.match
    row.effect, row.weight_pct, row.language = draft.effect, draft.weight_pct, draft.language
    row.terms = "\n".join(draft.terms)
    row.sha256, row.changed_at = draft.sha256, timezone.now()
    row.save()
    WordListVersion.objects.create(
        brand_id=row.brand_id,
        word_list=row,
        version=row.version,
        sha256=row.sha256,
        content=draft.content(),
        made_at=row.changed_at,
        made_by=actor if isinstance(actor, User) else None,
    )


def _told(draft: Draft, *, version: int) -> dict[str, Any]:
    """For the ledger: everything but the entries, which the version with this hash keeps."""
    told = draft.content()
    told["terms"] = len(draft.terms)
    return told | {"version": version, "sha256": draft.sha256}
