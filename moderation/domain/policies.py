"""The rules of a brand: a preset to start from, and new versions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from compliance.domain.audit import record
from moderation.choices import Category, Severity
from moderation.domain.policy_cases import move_open_cases
from moderation.domain.policy_examples import LEVELS
from moderation.models import PolicyRule
from moderation.models.policy import RuleContent
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User
from tenants.permissions import Actor, require

LONGEST_MINUTES = 7 * 24 * 60
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Preset:
    """What the rule of one category says. ``ground`` is one of ``GROUNDS`` in files.

    The levels may be empty: versions older than they are say nothing of them.
    """

    severity: Severity
    minutes: int
    auto_hide: bool
    ground: str
    text_de: str
    text_en: str
    action_breaks: str = ""
    action_grave: str = ""
    fine_de: str = ""
    fine_en: str = ""
    breaks_de: str = ""
    breaks_en: str = ""
    grave_de: str = ""
    grave_en: str = ""


_TERMS = gettext_noop("Community rules of the brand")
GROUNDS = {
    "terms": _TERMS,
    "legal": gettext_noop("Escalation to the brand's legal contact"),
    "gdpr": gettext_noop("GDPR Art. 6; community rules of the brand"),
    "gdpr_health": gettext_noop("GDPR Art. 9; community rules of the brand"),
}
"""Grounds that a rule can stand on, by the name that files use."""
_RULES: dict[Category, Preset] = {
    Category.SPAM: Preset(
        Severity.LOW,
        24 * 60,
        auto_hide=True,
        ground=_TERMS,
        text_de="Werbung und wiederholte Beiträge ohne Bezug zum Thema sind nicht erlaubt.",
        text_en="Advertising and repeated posts unrelated to the topic are not allowed.",
    ),
    Category.SCAM: Preset(
        Severity.MEDIUM,
        4 * 60,
        auto_hide=True,
        ground=_TERMS,
        text_de="Betrügerische Angebote und irreführende Gewinnversprechen sind nicht erlaubt.",
        text_en="Fraudulent offers and misleading promises of prizes are not allowed.",
    ),
    Category.INSULT: Preset(
        Severity.MEDIUM,
        4 * 60,
        auto_hide=False,
        ground=_TERMS,
        text_de="Beleidigungen und Herabsetzungen von Personen sind nicht erlaubt.",
        text_en="Insults and the belittling of people are not allowed.",
    ),
    Category.HATE: Preset(
        Severity.CRITICAL,
        60,
        auto_hide=False,
        ground=_TERMS,
        text_de="Hass gegen Gruppen von Menschen ist nicht erlaubt.",
        text_en="Hate against groups of people is not allowed.",
    ),
    Category.THREAT: Preset(
        Severity.CRITICAL,
        30,
        auto_hide=False,
        ground=_TERMS,
        text_de="Drohungen und Aufrufe zur Gewalt sind nicht erlaubt.",
        text_en="Threats and calls for violence are not allowed.",
    ),
    Category.SELF_HARM: Preset(
        Severity.CRITICAL,
        30,
        auto_hide=False,
        ground=_TERMS,
        text_de="Inhalte, die zur Selbstverletzung ermutigen, sind nicht erlaubt.",
        text_en="Content that encourages self-harm is not allowed.",
    ),
    Category.SEXUAL: Preset(
        Severity.MEDIUM,
        4 * 60,
        auto_hide=False,
        ground=_TERMS,
        text_de="Sexuelle Inhalte und Anspielungen sind hier nicht erlaubt.",
        text_en="Sexual content and innuendo are not allowed here.",
    ),
    Category.LEGAL_CLAIM: Preset(
        Severity.HIGH,
        4 * 60,
        auto_hide=False,
        ground=GROUNDS["legal"],
        text_de="Rechtliche Ansprüche werden geprüft und nicht öffentlich verhandelt.",
        text_en="Legal claims are reviewed and not discussed in public.",
    ),
    Category.PRIVACY_LEAK: Preset(
        Severity.HIGH,
        60,
        auto_hide=False,
        ground=GROUNDS["gdpr"],
        text_de="Private Daten anderer Personen dürfen nicht veröffentlicht werden.",
        text_en="Private data of other people must not be published.",
    ),
    Category.ILLEGAL_OFFER: Preset(
        Severity.HIGH,
        2 * 60,
        auto_hide=False,
        ground=_TERMS,
        text_de="Angebote verbotener Waren und Dienste sind nicht erlaubt.",
        text_en="Offers of prohibited goods and services are not allowed.",
    ),
    Category.CHILD_SAFETY: Preset(
        Severity.CRITICAL,
        15,
        auto_hide=False,
        ground=_TERMS,
        text_de="Inhalte, die Kinder oder Jugendliche gefährden oder sexualisieren, sind verboten.",
        text_en="Content that endangers or sexualises minors is forbidden.",
    ),
    Category.OFF_TOPIC: Preset(
        Severity.LOW,
        24 * 60,
        auto_hide=False,
        ground=_TERMS,
        text_de="Beiträge ohne Bezug zum Thema und Werbung für andere gehören nicht hierher.",
        text_en="Posts off the topic and promotion of other suppliers do not belong here.",
    ),
    Category.OTHER: Preset(
        Severity.LOW,
        24 * 60,
        auto_hide=False,
        ground=_TERMS,
        text_de="Der Beitrag verstößt gegen die Regeln dieser Seite.",
        text_en="The comment breaks the rules of this page.",
    ),
}
PRESET: dict[Category, Preset] = {
    category: replace(rule, **asdict(LEVELS[category])) for category, rule in _RULES.items()
}


type Changes = dict[str, tuple[object, object]]
"""Category -> version before (None: there was none) and after; only what has changed."""


@transaction.atomic
def install_preset(
    brand: Brand, *, actor: Actor, preset: Mapping[Category, Preset] = PRESET
) -> list[PolicyRule]:
    """Give the brand the preset for every category that has no rule yet. Raises: NotAllowed."""
    require(actor, "moderation.policy.manage", brand)
    now = timezone.now()
    have = set(PolicyRule.objects.filter(brand=brand).values_list("category", flat=True))
    rules = [
        _add(brand, category, wanted, now=now)
        for category, wanted in preset.items()
        if category.value not in have
    ]
    for rule in rules:
        record(
            "moderation.policy.installed",
            rule,
            actor=actor,
            facts={"category": rule.category, "version": rule.version},
        )
    return rules


@transaction.atomic
def set_rules(brand: Brand, rules: Mapping[Category, Preset], *, actor: Actor) -> Changes:
    """Put these rules in force. One that differs is a new version; the old one stays, retired.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, "moderation.policy.manage", brand)
    now = timezone.now()
    in_force = {
        rule.category: rule
        for rule in PolicyRule.objects.select_for_update(no_key=True).filter(
            brand=brand, retired_at=None
        )
    }
    changes: Changes = {}
    for category, wanted in rules.items():
        check_rule(wanted)
        old = in_force.get(category.value)
        if old is not None and preset_of(old) == wanted:
            continue
        rule, _moved = put_in_force(brand, category, wanted, old=old, now=now, actor=actor)
        changes[category.value] = (old.version if old else None, rule.version)
    return changes


def put_in_force(
    brand: Brand,
    category: Category,
    wanted: Preset,
    *,
    old: PolicyRule | None,
    now: datetime,
    actor: Actor,
    reason: str = "",
    made_by: User | None = None,
    is_withdrawal: bool = False,
) -> tuple[PolicyRule, int]:
    """A new version in place of ``old``, which the caller has locked; and how many open cases moved
    to it. The caller has checked right and content. ``made_by``: who wrote it, if not the actor."""
    if old is not None:
        old.retired_at = now
        old.withdrawn_at = now if is_withdrawal else None
        old.save(update_fields=["retired_at", "withdrawn_at"])
    newest = PolicyRule.objects.filter(brand=brand, category=category).order_by("-version").first()
    rule = _add(
        brand,
        category,
        wanted,
        now=now,
        version=newest.version + 1 if newest else 1,
        reason=reason,
        made_by=actor if made_by is None and isinstance(actor, User) else made_by,
    )
    moved = move_open_cases(old, rule, now=now) if old is not None else 0
    record(
        _kind(old, is_withdrawal=is_withdrawal),
        rule,
        actor=actor,
        reason=reason,
        facts={"category": rule.category, "version": rule.version}
        | ({"cases_moved": moved} if moved else {}),
    )
    return rule, moved


def _kind(old: PolicyRule | None, *, is_withdrawal: bool) -> str:
    if is_withdrawal:
        return "moderation.policy.withdrawn"
    return "moderation.policy.changed" if old else "moderation.policy.installed"


def check_rule(rule: Preset) -> None:
    """Raises: InvalidInput for the first value that is refused."""
    if not 1 <= rule.minutes <= LONGEST_MINUTES:
        raise InvalidInput("minutes", _("Between 1 minute and 7 days."))
    for field, text in (("text_de", rule.text_de), ("text_en", rule.text_en)):
        if not 0 < len(text.strip()) <= LONGEST_TEXT:
            raise InvalidInput(field, _("Between 1 and %d characters.") % LONGEST_TEXT)


def preset_of(rule: RuleContent) -> Preset:
    """A stored rule or draft as it could be installed elsewhere."""
    return Preset(
        Severity(rule.severity),
        rule.decide_within_minutes,
        **{name: getattr(rule, name) for name in SAME_NAMES},
    )


SAME_NAMES = tuple(
    field for field in Preset.__dataclass_fields__ if field not in {"severity", "minutes"}
)


def fields_of(preset: Preset) -> dict[str, Any]:
    """The same for a row."""
    return {name: getattr(preset, name) for name in SAME_NAMES} | {
        "severity": preset.severity,
        "decide_within_minutes": preset.minutes,
    }


def _add(
    brand: Brand,
    category: Category,
    preset: Preset,
    *,
    now: datetime,
    version: int = 1,
    reason: str = "",
    made_by: User | None = None,
) -> PolicyRule:
    return PolicyRule.objects.create(
        brand=brand,
        category=category,
        version=version,
        effective_at=now,
        reason=reason,
        made_by=made_by,
        **fields_of(preset),
    )


def urgency_of(rule: Preset, *, own: str, category: str) -> tuple[Severity, int]:
    """Severity and minutes by a rule of the category ``own``. A brand without a rule for the
    category gets those of the preset where its rule for everything else would be slower."""
    if own != category and category in PRESET:
        preset = PRESET[Category(category)]
        return max(rule.severity, preset.severity), min(rule.minutes, preset.minutes)
    return rule.severity, rule.minutes


def rule_for(category: str, *, brand_id: UUID) -> PolicyRule:
    """The brand's rule in effect for a category, else for ``other``.

    Raises: PolicyRule.DoesNotExist if the brand has no policy at all.
    """
    rules = {
        rule.category: rule
        for rule in PolicyRule.objects.filter(
            brand_id=brand_id, retired_at=None, category__in=[category, Category.OTHER]
        )
    }
    if category in rules:
        return rules[category]
    if Category.OTHER in rules:
        return rules[Category.OTHER]
    raise PolicyRule.DoesNotExist("the brand has no moderation policy; install the preset")
