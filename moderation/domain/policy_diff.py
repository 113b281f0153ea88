"""Two versions of a rule side by side, field by field, with the words that differ marked."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from django.db.models import Field
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from moderation.choices import RuleAction, Severity
from moderation.domain.policies import Preset, fields_of
from moderation.models import PolicyRule

_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Part:
    """A run of words; ``is_changed``: only on this side."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs. ``old`` empty: there was nothing."""

    field: str
    label: StrOrPromise
    old: tuple[Part, ...]
    new: tuple[Part, ...]


def differences(old: Preset | None, new: Preset) -> list[Difference]:
    """What ``new`` would change, in the order of the form."""
    before = fields_of(old) if old is not None else {}
    found = []
    for name, value in fields_of(new).items():
        if old is not None and before[name] == value:
            continue
        was = words_of(name, before[name]) if old is not None else ""
        field: Field[Any, Any] = PolicyRule._meta.get_field(name)  # type: ignore[assignment]
        found.append(Difference(name, field.verbose_name, *marked(was, words_of(name, value))))
    return found


def words_of(name: str, value: Any) -> str:
    """A value as people read it."""
    if name == "severity":
        return str(Severity(value).label)
    if name.startswith("action_"):
        return str(RuleAction(value).label) if value else ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def marked(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both texts in parts. Joined, the parts are the texts again."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    left: list[Part] = []
    right: list[Part] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        is_changed = tag != "equal"
        if a < b:
            left.append(Part("".join(before[a:b]), is_changed))
        if c < d:
            right.append(Part("".join(after[c:d]), is_changed))
    return tuple(left), tuple(right)
