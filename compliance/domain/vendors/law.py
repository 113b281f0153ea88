"""The law as data: hours of a breach report, transfers that need no ground, grounds of others.

Source: GDPR Art. 33(1), 44-49; rows in ``law.toml``.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext as _

from compliance.choices import Place, Safeguard

ADEQUACY = "adequacy_"


@dataclass(frozen=True, slots=True)
class Adequacy:
    """``until``: the last day on which it stands; None without an end."""

    on: date
    act: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What holds for brands of one region. ``like``: its law is another home's.

    ``needs_instruction``: nothing leaves without the brand's word. ``is_free``: that is enough.
    """

    inside: frozenset[str]
    adequate: Mapping[str, Adequacy] = field(default_factory=dict)
    like: str = ""
    needs_instruction: bool = False
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class ReportRule:
    since: date
    hours: int
    source: str


@cache
def _rows() -> dict[str, Any]:
    source = files("compliance.domain.vendors").joinpath("law.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@cache
def report_rules() -> tuple[ReportRule, ...]:
    """By the day from which they hold."""
    rows = [
        ReportRule(row["from"], row["hours"], row["source"]) for row in _rows()["breach_report"]
    ]
    return tuple(sorted(rows, key=lambda rule: rule.since))


def report_hours(on: date, rules: Sequence[ReportRule] | None = None) -> int:
    """Hours for the report of a breach that became known on this day."""
    known = report_rules() if rules is None else rules
    return [rule.hours for rule in known if rule.since <= on or rule is known[0]][-1]


@cache
def homes() -> Mapping[str, Home]:
    """Region of a brand (``DataRegion``) -> what holds for it."""
    found = {}
    for key, row in _rows()["homes"].items():
        adequate = {place: Adequacy(**one) for place, one in row.get("adequate", {}).items()}
        rest = {n: row[n] for n in ("like", "needs_instruction", "is_free") if n in row}
        found[key] = Home(frozenset(row["inside"]), adequate, **rest)
    return found


def order_of_grounds() -> tuple[str, ...]:
    return tuple(_rows()["grounds"]["order"])


def may_serve(mechanism: str, place: str) -> bool:
    """Whether this safeguard can carry a transfer to this place at all."""
    only = _rows()["grounds"]["only"]
    return mechanism not in only or place in only[mechanism]


@cache
def mechanisms() -> tuple[str, ...]:
    """Everything a transfer may rest on and that may fall: safeguards, then adequacy by place."""
    places = sorted({place for home in homes().values() for place in home.adequate})
    return (*order_of_grounds(), *(f"{ADEQUACY}{place}" for place in places))


def mechanism_label(mechanism: str) -> str:
    """What people call it; the empty one is "at home", ``none`` says that there is none."""
    if not mechanism:
        return _("No transfer")
    if mechanism == "none":
        return _("No ground")
    if mechanism.startswith(ADEQUACY):
        place = mechanism.removeprefix(ADEQUACY)
        return _("Adequacy decision: %(place)s") % {"place": Place(place).label}
    return str(Safeguard(mechanism).label)
