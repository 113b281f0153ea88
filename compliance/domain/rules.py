"""The brand's rules about keeping data and about telling people that a machine answers."""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.choices import RetentionAction
from compliance.domain.audit import record
from compliance.domain.disclosures import note_version
from compliance.domain.gates import DISCLOSURE_ROOM
from compliance.domain.retention.categories import PERIODS, check_months
from compliance.domain.retention.in_effect import Line, put_in_effect
from compliance.models import DisclosureText, RetentionRule
from tenants.choices import BrandState, Language
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

DISCLOSURE_LONGEST = DISCLOSURE_ROOM - 2
"""Characters; the other two are the empty line before it."""
_WAYS_OUT = ("STOP",)
_WAYS_TO_A_PERSON = ("AGENT", "MENSCH", "HUMAN", "MITARBEITER")

_SHORTER = gettext_lazy(
    "Shorter than before: draft a new version of the retention policy. A second person confirms "
    "it, and it takes effect after 72 hours."
)
_ERASE = RetentionAction.ERASE.value

type Changes = dict[str, tuple[object, object]]
"""Name -> value before (None: there was none) and after; only what has changed."""


@transaction.atomic
def set_retention(
    brand: Brand, months: Mapping[str, int], *, actor: Actor, keep_existing: bool = False
) -> Changes:
    """Store how long data are kept; nothing is erased by this. ``keep_existing``: only new ones.

    What shortens the time of a brand that is live needs a second person and a wait: that is a new
    version of its policy (``retention.policies``), not this.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, "tenants.brand.manage", brand)
    brand = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
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
        if brand.state != BrandState.ONBOARDING and (before is None or wanted < before):
            raise InvalidInput(category, str(_SHORTER))
        changes[category] = (before, wanted)
    if changes:
        wanted_lines = {row.category: Line(row.months, row.action) for row in known.values()}
        for category, (_before, after) in changes.items():
            action = wanted_lines[category].action if category in wanted_lines else _ERASE
            wanted_lines[category] = Line(cast(int, after), action)
        put_in_effect(brand, wanted_lines, actor=actor)
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
        note_version(brand.pk, language=language, text=wanted)
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
