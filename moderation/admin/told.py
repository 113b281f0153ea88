"""What a decision is answered with, in words and for the script."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.models import OutboxItem
from moderation.choices import Action
from moderation.models import Decision, Proposal


def done(action: Action) -> str:
    return {
        Action.APPROVE: _("Left visible."),
        Action.HIDE: _("Hidden. The author is told why and how to appeal."),
        Action.ESCALATE: _("Escalated."),
        Action.RESTORE: _("The comment is shown again."),
    }[action]


def told(result: Decision | Proposal) -> dict[str, Any]:
    """``{"decision", "undo"}``, ``undo`` empty where nothing can be taken back. While a hiding
    waits to leave: the words for that, and ``leaves_in_s``. Of a proposal ``{"proposal", …}``."""
    if isinstance(result, Proposal):
        return {
            "proposal": str(result.pk),
            "undo": "",
            "message": _("Proposed. A second person has to confirm it."),
        }
    undo = ""
    if result.action in {Action.HIDE, Action.APPROVE}:
        undo = reverse("admin:moderation_decision_undo", args=[result.pk])
    answer: dict[str, Any] = {"decision": str(result.pk), "undo": undo}
    if seconds := _seconds_left(result):
        answer["leaves_in_s"] = seconds
        answer["message"] = ngettext(
            "Hidden. In %d second the network hears of it, and the author why and how to appeal.",
            "Hidden. In %d seconds the network hears of it, and the author why and how to appeal.",
            seconds,
        ) % seconds  # fmt: skip
    return answer


def _seconds_left(decision: Decision) -> int:
    if decision.action != Action.HIDE or decision.outbox_ref is None:
        return 0
    item = OutboxItem.objects.filter(pk=decision.outbox_ref).only("not_before").first()
    return max(0, round((item.not_before - timezone.now()).total_seconds())) if item else 0
