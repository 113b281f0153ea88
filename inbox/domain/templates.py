"""The brand's answer templates: adding and rewriting them, with the rules that hold for each."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.gates import DISCLOSURE_ROOM
from inbox.choices import ConversationKind
from inbox.domain.automation import INTENTS, NEVER_ALONE, PEOPLE_ONLY, Changes
from inbox.domain.gates import needs_a_person
from inbox.models import AnswerTemplate
from inbox.providers.connectors import CONNECTORS
from tenants.choices import Language
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

LONGEST = (
    min(
        one.capabilities["max_chars"]
        for one in CONNECTORS.values()
        if "message" in one.capabilities["actions"]
    )
    - DISCLOSURE_ROOM
)
"""Characters that every network takes, with room for the disclosure."""
_SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")


@dataclass(frozen=True, slots=True)
class Wording:
    """One template as it should be. ``intent`` empty: only people use it."""

    shortcut: str
    language: str
    name: str
    text: str
    conversation_kind: str = ConversationKind.DIRECT.value
    intent: str = ""
    sends_itself: bool = False
    min_confidence_pct: int = 60

    @property
    def key(self) -> str:
        return f"{self.shortcut}/{self.language}"


def check_wording(wording: Wording) -> None:
    """Raises: InvalidInput for the first field that is refused, with the reason."""
    if not _SHORTCUT.fullmatch(wording.shortcut):
        raise InvalidInput("shortcut", _("Up to 20 lower-case letters, digits, - and _."))
    if wording.language not in Language.values:
        raise InvalidInput("language", _("Choose German or English."))
    if not wording.name.strip():
        raise InvalidInput("name", _("A template needs a name."))
    if not wording.text.strip():
        raise InvalidInput("text", _("Write what is to be answered."))
    if len(wording.text) > LONGEST:
        raise InvalidInput(
            "text",
            _("This has %(count)d characters; at most %(longest)d fit.")
            % {"count": len(wording.text), "longest": LONGEST},
        )
    if wording.conversation_kind not in ConversationKind.values:
        raise InvalidInput(
            "conversation_kind", _("Choose one of: %s.") % ", ".join(ConversationKind.values)
        )
    if wording.intent and wording.intent not in INTENTS:
        raise InvalidInput("intent", _("There is no intent “%s”.") % wording.intent[:30])
    if not 1 <= wording.min_confidence_pct <= 100:
        raise InvalidInput("min_confidence_pct", _("A percentage from 1 to 100."))
    if wording.sends_itself:
        _check_alone(wording)


def _check_alone(wording: Wording) -> None:
    if not wording.intent:
        raise InvalidInput("sends_itself", _("Only an answer to one intent can send itself."))
    if wording.intent in PEOPLE_ONLY | NEVER_ALONE:
        raise InvalidInput("sends_itself", _("A person releases every answer to this intent."))
    if needs_a_person(wording.text):
        raise InvalidInput(
            "sends_itself",
            _("The text names prices, legal matters or sensitive data; a person releases it."),
        )


@transaction.atomic
def save_templates(
    brand: Brand, wordings: list[Wording], *, actor: Actor, keep_existing: bool = False
) -> Changes:
    """Add these templates, or rewrite those of the same shortcut and language; others stay.

    ``keep_existing``: only add. Returns texts before and after by ``shortcut/language``.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, "inbox.channel.manage", brand)
    known = {
        f"{row.shortcut}/{row.language}": row for row in AnswerTemplate.objects.filter(brand=brand)
    }
    changes: Changes = {}
    for wording in wordings:
        check_wording(wording)
        values: dict[str, Any] = asdict(wording)
        row = known.get(wording.key)
        if row is not None and keep_existing:
            continue
        before = None if row is None else {name: getattr(row, name) for name in values}
        if before == values:
            continue
        row = row or AnswerTemplate(brand=brand)
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        changes[wording.key] = (before and before["text"], wording.text)
        record(
            f"inbox.template.{'added' if before is None else 'changed'}",
            row,
            actor=actor,
            before=before and {n: v for n, v in before.items() if v != values[n]},
            after={n: v for n, v in values.items() if before is None or v != before[n]},
        )
    return changes
