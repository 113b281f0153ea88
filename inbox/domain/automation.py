"""How far automation may go, intent by intent: the brand decides, within what is never allowed."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import AutomationLevel
from inbox.domain import ahead
from inbox.models import IntentAutomation
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

INTENTS = (
    "praise",
    "question",
    "order_status",
    "purchase",
    "price",
    "lead",
    "support",
    "complaint",
    "refund",
    "collaboration",
    "data_request",
    "safety",
    "spam",
    "other",
)
PEOPLE_ONLY = frozenset({"safety", "complaint", "refund", "data_request", "collaboration", "spam"})
"""Whatever a brand decides: a person answers these. Requirement I10."""
NEVER_ALONE = frozenset({"price"})
"""Drafted at most: prices wait for a person. Requirement I10."""

type Changes = dict[str, tuple[object, object]]
"""Name -> value before (None: there was none) and after; only what has changed."""


def level_of(intent: str, *, brand_id: UUID) -> AutomationLevel:
    """What the brand allows for an intent; without a word of its own the template decides.

    One query per batch of events.
    """
    levels = ahead.once(("automation", brand_id), lambda: levels_of(brand_id))
    return AutomationLevel(levels.get(intent, AutomationLevel.SEND))


def levels_of(brand_id: UUID) -> dict[str, str]:
    """The brand's decisions, by intent."""
    rows = IntentAutomation.objects.filter(brand_id=brand_id)
    return dict(rows.values_list("intent", "level"))


def check_level(intent: str, level: str) -> None:
    """Raises: InvalidInput for what is never allowed, with the reason."""
    if intent in PEOPLE_ONLY and level != AutomationLevel.NEVER:
        raise InvalidInput("level", _("Only people answer this; automation cannot be allowed."))
    if intent in NEVER_ALONE and level == AutomationLevel.SEND:
        raise InvalidInput("level", _("Prices are released by a person; “draft” is the most."))


@transaction.atomic
def set_automation(
    brand: Brand, levels: Mapping[str, str], *, actor: Actor, keep_existing: bool = False
) -> Changes:
    """Decide for these intents. ``keep_existing``: only where nothing was decided yet.

    Raises: NotAllowed, InvalidInput (unknown intent or level, never allowed).
    """
    require(actor, "tenants.brand.manage", brand)
    known = {row.intent: row for row in IntentAutomation.objects.filter(brand=brand)}
    changes: Changes = {}
    for intent, level in levels.items():
        if intent not in INTENTS:
            raise InvalidInput(intent, _("There is no intent “%s”.") % intent[:30])
        if level not in AutomationLevel.values:
            raise InvalidInput(intent, _("Choose one of: %s.") % ", ".join(AutomationLevel.values))
        check_level(intent, level)
        row = known.get(intent)
        before = row.level if row else None
        if before == level or (row is not None and keep_existing):
            continue
        row = row or IntentAutomation(brand=brand, intent=intent)
        row.level = level
        row.save()
        changes[intent] = (before, level)
    if changes:
        record(
            "inbox.automation.changed",
            brand,
            actor=actor,
            before={name: old for name, (old, _new) in changes.items() if old is not None},
            after={name: new for name, (_old, new) in changes.items()},
        )
    return changes
