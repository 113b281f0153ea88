"""The settings of a brand as a document says them: policies, times, automation, words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from compliance.choices import RetentionCategory
from compliance.domain.retention.categories import LONGEST_MONTHS
from compliance.domain.retention.categories import check_months as check_period
from compliance.domain.rules import DISCLOSURE_LONGEST, check_disclosure
from engage.onboarding.checking import Checker
from engage.onboarding.problems import Path
from inbox.choices import AutomationLevel, ClockKind, ConversationKind
from inbox.domain.automation import INTENTS, check_level
from inbox.domain.targets import LONGEST_MINUTES
from inbox.domain.templates import LONGEST as LONGEST_TEMPLATE
from inbox.domain.templates import Wording, check_wording
from moderation.choices import Category, Severity
from moderation.domain.policies import GROUNDS, LONGEST_TEXT, PRESET, Preset
from moderation.domain.policies import LONGEST_MINUTES as LONGEST_DECISION
from tenants.choices import Language

SECTIONS = (
    "policies",
    "service_minutes",
    "automation",
    "retention_months",
    "disclosure",
    "templates",
)
MOST_TEMPLATES = 500
_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
_POLICY_KEYS = ("severity", "minutes", "auto_hide", "ground", "text_de", "text_en")
_TEMPLATE_KEYS = (
    "shortcut",
    "language",
    "name",
    "text",
    "where",
    "intent",
    "sends_itself",
    "confidence_pct",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a document or preset decides; what it leaves out is not there."""

    policies: Mapping[Category, Mapping[str, Any]] = field(default_factory=dict)
    service_minutes: Mapping[str, int] = field(default_factory=dict)
    automation: Mapping[str, str] = field(default_factory=dict)
    retention_months: Mapping[str, int] = field(default_factory=dict)
    disclosure: Mapping[str, str] = field(default_factory=dict)
    templates: tuple[Wording, ...] = ()

    def rules(self, base: Mapping[Category, Preset] = PRESET) -> dict[Category, Preset]:
        """The named categories as whole rules; what is left out comes from ``base``."""
        return {
            category: replace(base.get(category, PRESET[category]), **changes)
            for category, changes in self.policies.items()
        }


def read_settings(check: Checker, found: Mapping[str, Any]) -> Settings:
    """All sections that are there; problems are left in ``check``."""
    return Settings(
        policies=_policies(check, found.get("policies")),
        service_minutes=_numbers(
            check, found, "service_minutes", ClockKind.values, most=LONGEST_MINUTES
        ),
        automation=_automation(check, found.get("automation")),
        retention_months=_retention(check, found),
        disclosure=_disclosure(check, found.get("disclosure")),
        templates=_templates(check, found.get("templates")),
    )


def _policies(check: Checker, value: Any) -> dict[Category, dict[str, Any]]:
    rules: dict[Category, dict[str, Any]] = {}
    if value is None:
        return rules
    for name, inner in (check.mapping(value, ("policies",), Category.values) or {}).items():
        path: Path = ("policies", name)
        given = check.mapping(inner, path, _POLICY_KEYS) or {}
        rule: dict[str, Any] = {}
        for key, raw in given.items():
            read = _policy_value(check, key, raw, (*path, key))
            if read is not None:
                rule[key] = read
        rules[Category(name)] = rule
    return rules


def _policy_value(check: Checker, key: str, raw: Any, path: Path) -> Any:
    if key == "severity":
        name = check.choice(raw, path, _SEVERITIES)
        return _SEVERITIES[name] if name else None
    if key == "minutes":
        return check.number(raw, path, least=1, most=LONGEST_DECISION)
    if key == "auto_hide":
        return check.truth(raw, path)
    if key == "ground":
        name = check.choice(raw, path, GROUNDS)
        return GROUNDS[name] if name else None
    return check.text(raw, path, longest=LONGEST_TEXT)


def _numbers(
    check: Checker, found: Mapping[str, Any], section: str, names: list[str], *, most: int
) -> dict[str, int]:
    if found.get(section) is None:
        return {}
    given = check.mapping(found[section], (section,), names) or {}
    read = {
        name: check.number(raw, (section, name), least=1, most=most) for name, raw in given.items()
    }
    return {name: number for name, number in read.items() if number is not None}


def _retention(check: Checker, found: Mapping[str, Any]) -> dict[str, int]:
    months = _numbers(
        check, found, "retention_months", RetentionCategory.values, most=LONGEST_MONTHS
    )
    for name, number in months.items():
        check.by(("retention_months", name), check_period, name, number)
    return months


def _automation(check: Checker, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    levels: dict[str, str] = {}
    for intent, raw in (check.mapping(value, ("automation",), INTENTS) or {}).items():
        level = check.choice(raw, ("automation", intent), AutomationLevel.values)
        if level:
            levels[intent] = level
            check.by(("automation", intent), check_level, intent, level)
    return levels


def _disclosure(check: Checker, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    texts: dict[str, str] = {}
    for language, raw in (check.mapping(value, ("disclosure",), Language.values) or {}).items():
        path: Path = ("disclosure", language)
        text = check.text(raw, path, longest=DISCLOSURE_LONGEST)
        if text is not None:
            texts[language] = text
            check.by(path, check_disclosure, text)
    return texts


def _templates(check: Checker, value: Any) -> tuple[Wording, ...]:
    if value is None:
        return ()
    read: dict[str, Wording] = {}
    for number, raw in enumerate(check.items(value, ("templates",), most=MOST_TEMPLATES)):
        path: Path = ("templates", number)
        wording = _template(check, raw, path)
        if wording is None:
            continue
        if wording.key in read:
            check.refuse((*path, "shortcut"), _("“%s” stands here twice.") % wording.key)
        read[wording.key] = wording
    return tuple(read.values())


def _template(check: Checker, raw: Any, path: Path) -> Wording | None:
    given = check.mapping(raw, path, _TEMPLATE_KEYS)
    if given is None or not check.need(given, path, "shortcut", "language", "name", "text"):
        return None
    before = len(check.problems)
    wording = Wording(
        shortcut=check.text(given["shortcut"], (*path, "shortcut"), longest=20) or "",
        language=check.choice(given["language"], (*path, "language"), Language.values) or "",
        name=check.text(given["name"], (*path, "name"), longest=100) or "",
        text=check.text(given["text"], (*path, "text"), longest=LONGEST_TEMPLATE) or "",
        conversation_kind=check.choice(
            given.get("where", "direct"), (*path, "where"), ConversationKind.values
        )
        or "",
        intent=check.choice(given["intent"], (*path, "intent"), INTENTS) or ""
        if given.get("intent")
        else "",
        sends_itself=bool(check.truth(given.get("sends_itself", False), (*path, "sends_itself"))),
        min_confidence_pct=check.number(
            given.get("confidence_pct", 60), (*path, "confidence_pct"), least=1, most=100
        )
        or 60,
    )
    if len(check.problems) > before:
        return None
    problems = len(check.problems)
    check.by(path, check_wording, wording, fields=True)
    return wording if len(check.problems) == problems else None
