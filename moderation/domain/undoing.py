"""Taking one's last act back: without a trace where nobody has heard of it, else as a reversal."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from moderation.choices import Action, CaseState
from moderation.domain import cases, notice_answers
from moderation.domain.decisions import restore
from moderation.models import Case, Decision
from tenants.exceptions import InvalidState
from tenants.models import User
from tenants.permissions import require


@transaction.atomic
def undo(decision: Decision, *, actor: User, reason: str = "") -> Decision:
    """Take a hiding or a leaving visible back; the newest decision about the comment is returned.

    A hiding that has not left is called back and its case waits again, with the person who took it
    back; one that has left is reversed. A case that was left visible waits again.
    Raises: NotAllowed, InvalidState (nothing to take back).
    """
    require(actor, "moderation.case.decide", decision)
    if decision.action == Action.HIDE:
        reversal = restore(decision, reason=reason, actor=actor)
        if reversal.outbox_ref is None:
            _reopen(decision, actor=actor)
        return reversal
    if decision.action != Action.APPROVE or not _reopen(decision, actor=actor):
        raise InvalidState(_("There is nothing to take back."))
    return decision


def _reopen(decision: Decision, *, actor: User) -> bool:
    """Whether the case of the decision, if it is the last one about this text, waits again."""
    if decision.case_id is None:
        return False
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("message")
        .filter(pk=decision.case_id, state=CaseState.DECIDED)
        .first()
    )
    if case is None or case.revision != case.message.revision:
        return False
    later = Decision.objects.filter(message=case.message, decided_at__gt=decision.decided_at)
    if later.exclude(reverses=decision).exists():
        return False
    notice_answers.reopen(decision, actor=actor)
    now = timezone.now()
    case.state, case.lease_by, case.lease_until = CaseState.OPEN, actor, now + cases.LEASE
    case.save(update_fields=["state", "lease_by", "lease_until"])
    record(
        "moderation.case.reopened",
        case,
        actor=actor,
        facts={"decision": str(decision.pk), "action": decision.action},
    )
    return True
