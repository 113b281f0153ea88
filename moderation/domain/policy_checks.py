"""What a rule may not say, field by field. Files and presets are checked for less."""

from typing import Final

from django.utils.translation import gettext as _

from moderation.choices import Category, RuleAction, Severity
from moderation.domain.duties import MUST_ESCALATE
from moderation.domain.policies import LONGEST_TEXT, Preset, check_rule
from moderation.models.licence import ELIGIBLE
from tenants.exceptions import InvalidInput

LONGEST_GROUND: Final = 200
_MILDNESS: Final = (
    RuleAction.WARN,
    RuleAction.HIDE,
    RuleAction.RESTRICT,
    RuleAction.MUTE,
    RuleAction.BAN,
    RuleAction.ESCALATE,
)
"""Mildest first."""
EXAMPLES: Final = ("fine_de", "fine_en", "breaks_de", "breaks_en", "grave_de", "grave_en")


def check_content(category: str, rule: Preset) -> None:
    """Raises: InvalidInput for the first field that is refused, with the reason."""
    if rule.severity not in Severity.values:
        raise InvalidInput("severity", _("Choose one of the values offered."))
    check_rule(rule)
    if not 0 < len(rule.ground.strip()) <= LONGEST_GROUND:
        raise InvalidInput("ground", _("Between 1 and %d characters.") % LONGEST_GROUND)
    for field in EXAMPLES:
        if not 0 < len(getattr(rule, field).strip()) <= LONGEST_TEXT:
            raise InvalidInput(
                field,
                _("Write an example for each level in both languages, at most %d characters.")
                % LONGEST_TEXT,
            )
    if rule.auto_hide and category not in ELIGIBLE:
        names = ", ".join(str(Category(name).label) for name in ELIGIBLE)
        raise InvalidInput(
            "auto_hide", _("Nothing but %s is ever hidden without a person.") % names
        )
    _check_actions(category, rule)


def _check_actions(category: str, rule: Preset) -> None:
    for field in ("action_breaks", "action_grave"):
        action = getattr(rule, field)
        if action not in RuleAction.values:
            raise InvalidInput(field, _("Choose one of the values offered."))
        if category in MUST_ESCALATE and action != RuleAction.ESCALATE:
            raise InvalidInput(field, _("This category always escalates: choose “Escalate”."))
    breaks, grave = RuleAction(rule.action_breaks), RuleAction(rule.action_grave)
    if _MILDNESS.index(grave) < _MILDNESS.index(breaks):
        raise InvalidInput(
            "action_grave", _("What is grave cannot be answered more mildly than what is not.")
        )
    if rule.auto_hide and breaks in {RuleAction.WARN, RuleAction.ESCALATE}:
        raise InvalidInput(
            "action_breaks",
            _("The rule hides automatically, but tells people not to hide. Choose one of both."),
        )
