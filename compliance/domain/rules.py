"""The brand's rules about keeping data and about telling people that a machine answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.choices import RetentionCategory
from compliance.domain.audit import record
from compliance.domain.gates import DISCLOSURE_ROOM
from compliance.models import DisclosureText, RetentionRule
from tenants.choices import Language
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

LONGEST_MONTHS = 240
DISCLOSURE_LONGEST = DISCLOSURE_ROOM - 2
"""Characters; the other two are the empty line before it."""
_WAYS_OUT = ("STOP",)
_WAYS_TO_A_PERSON = ("AGENT", "MENSCH", "HUMAN", "MITARBEITER")

type Changes = dict[str, tuple[object, object]]
"""Name -> value before (None: there was none) and after; only what has changed."""


@dataclass(frozen=True, slots=True)
class Period:
    """When the time of a category starts, and the least it may be."""

    starts: StrOrPromise
    least_months: int
    why: StrOrPromise = ""


PERIODS: dict[str, Period] = {
    RetentionCategory.GENERAL: Period(gettext_lazy("from the last message"), 1),
    RetentionCategory.TRANSACTIONAL: Period(gettext_lazy("from the last message"), 1),
    RetentionCategory.LETTER: Period(
        gettext_lazy("from the end of the calendar year"),
        72,
        gettext_lazy("six years, HGB section 257(4)"),
    ),
    RetentionCategory.DECISION: Period(
        gettext_lazy("from the notice to the author"),
        6,
        gettext_lazy("authors may appeal for six months, DSA Art. 20(1)"),
    ),
    RetentionCategory.CONSENT: Period(
        gettext_lazy("from the last use"),
        60,
        gettext_lazy("five years, on the model of UWG section 7a(2)"),
    ),
    RetentionCategory.AUDIT: Period(
        gettext_lazy("from the event"),
        36,
        gettext_lazy("three years, our rule for proof; GDPR Art. 5(2)"),
    ),
}


def check_months(category: str, months: int) -> None:
    """Raises: InvalidInput outside the bounds of the category, with the reason."""
    period = PERIODS[category]
    if months < period.least_months:
        raise InvalidInput(
            category,
            _("At least %(months)d months: %(why)s.")
            % {"months": period.least_months, "why": period.why or _("a whole month")},
        )
    if months > LONGEST_MONTHS:
        raise InvalidInput(category, _("At most %d months.") % LONGEST_MONTHS)


@transaction.atomic
def set_retention(
    brand: Brand, months: Mapping[str, int], *, actor: Actor, keep_existing: bool = False
) -> Changes:
    """Store how long data are kept; nothing is erased by this. ``keep_existing``: only new ones.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, "tenants.brand.manage", brand)
    known = {row.category: row for row in RetentionRule.objects.filter(brand=brand)}
    changes: Changes = {}
    for category, wanted in months.items():
        if category not in PERIODS:
            raise InvalidInput(category, _("There is no data category “%s”.") % category[:30])
        check_months(category, wanted)
        row = known.get(category)
        before = row.months if row else None
        if before == wanted or (row is not None and keep_existing):
            continue
        row = row or RetentionRule(brand=brand, category=category)
        row.months = wanted
        row.save()
        changes[category] = (before, wanted)
    _tell("compliance.retention.changed", brand, changes, actor=actor)
    return changes


def check_disclosure(text: str) -> None:
    """Raises: InvalidInput: too long, or it names no way out or no way to a person."""
    if len(text) > DISCLOSURE_LONGEST:
        raise InvalidInput(
            "text",
            _("This has %(count)d characters; at most %(longest)d fit.")
            % {"count": len(text), "longest": DISCLOSURE_LONGEST},
        )
    words = text.upper()
    if not any(word in words for word in _WAYS_OUT):
        raise InvalidInput("text", _("Say that STOP ends automatic messages."))
    if not any(word in words for word in _WAYS_TO_A_PERSON):
        raise InvalidInput("text", _("Say how to reach a person: AGENT or MENSCH."))


@transaction.atomic
def set_disclosure(
    brand: Brand, texts: Mapping[str, str], *, actor: Actor, keep_existing: bool = False
) -> Changes:
    """The brand's own words, by language. ``keep_existing``: only languages without any.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, "tenants.brand.manage", brand)
    known = {row.language: row for row in DisclosureText.objects.filter(brand=brand)}
    changes: Changes = {}
    for language, text in texts.items():
        if language not in Language.values:
            raise InvalidInput(language, _("Choose German or English."))
        wanted = text.strip()
        check_disclosure(wanted)
        row = known.get(language)
        before = row.text if row else None
        if before == wanted or (row is not None and keep_existing):
            continue
        row = row or DisclosureText(brand=brand, language=language)
        row.text = wanted
        row.save()
        changes[language] = (before, wanted)
    _tell("compliance.disclosure.changed", brand, changes, actor=actor)
    return changes


def disclosures_of(brand_id: UUID) -> dict[str, str]:
    """The brand's own words, by language."""
    rows = DisclosureText.objects.filter(brand_id=brand_id)
    return dict(rows.values_list("language", "text"))


def _tell(kind: str, brand: Brand, changes: Changes, *, actor: Actor) -> None:
    if changes:
        record(
            kind,
            brand,
            actor=actor,
            before={name: old for name, (old, _new) in changes.items() if old is not None},
            after={name: new for name, (_old, new) in changes.items()},
        )
