"""Sector presets: what a new brand starts with. Data of ``presets/<sector>.yaml``."""

from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

from engage.onboarding.checking import Checker
from engage.onboarding.problems import BadDocument
from engage.onboarding.reading import read_yaml
from engage.onboarding.settings_part import SECTIONS, Settings, read_settings
from moderation.choices import Category
from moderation.domain.policies import PRESET, Preset
from moderation.registries import RulePreset, rule_presets
from tenants.choices import Sector

VERSION = "2026.11"


@dataclass(frozen=True, slots=True)
class SectorPreset:
    """One preset. ``title`` and ``summary`` by language, ``notes`` (what a person should check)
    as lists by language."""

    key: str
    title: dict[str, str]
    summary: dict[str, str]
    notes: dict[str, list[str]]
    settings: Settings

    @property
    def policies(self) -> dict[Category, Preset]:
        """A rule for every category."""
        return {**PRESET, **self.settings.rules()}

    def says(self, part: dict[str, Any], language: str) -> Any:
        """``title``, ``summary`` or ``notes`` in this language, else in English."""
        return part.get(language) or part["en"]


def preset_names() -> tuple[str, ...]:
    return tuple(Sector.values)


@cache
def preset(key: str) -> SectorPreset:
    """The preset of a sector. Raises: BadDocument for a file that breaks the rules."""
    source = files("engage.onboarding").joinpath(f"presets/{Sector(key).value}.yaml").read_bytes()
    value, lines = read_yaml(source)
    check = Checker(lines)
    found = check.mapping(value, (), ("title", "summary", "notes", *SECTIONS)) or {}
    check.need(found, (), "title", "summary", "notes", *SECTIONS)
    settings = read_settings(check, found)
    if check.problems:
        raise BadDocument(check.problems)
    return SectorPreset(key, found["title"], found["summary"], found["notes"], settings)


def register_rule_presets() -> None:
    """The rules of each sector, for who drafts a rule. The files are read when one is chosen."""
    for sector in Sector:
        rule_presets.register(sector.value, RulePreset(sector.label, partial(_rules_of, sector)))


def _rules_of(key: str) -> dict[Category, Preset]:
    return preset(key).policies
