"""Whether what an appeal overturned was really undone at the network, and the second try."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import OutboxAction, OutboxState, Visibility
from inbox.domain.outbox import try_again
from inbox.models import OutboxItem
from moderation.choices import SANCTIONS, Action, Outcome
from moderation.domain import appeal_notices, sanctions
from moderation.domain.appeal_reviewers import MAY_DECIDE, locked
from moderation.domain.decisions import restore
from moderation.models import Appeal, Decision
from tenants.actors import SENDER
from tenants.exceptions import InvalidState
from tenants.models import User
from tenants.permissions import require


class Carried(StrEnum):
    """NOTHING: the decision stands. ON_RECORD: there is nothing left at the network to undo."""

    NOTHING = "nothing"
    ON_RECORD = "on_record"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reversal:
    """``words``: what the network said when it refused."""

    state: Carried
    words: str = ""


def reversal_of(appeal: Appeal) -> Reversal:
    """Read from the outbox, not from what was wished for. One query at most."""
    if not appeal.outcome or appeal.outcome == Outcome.UPHELD:
        return Reversal(Carried.NOTHING)
    if appeal.reversal is None or appeal.reversal.outbox_ref is None:
        return Reversal(Carried.ON_RECORD)
    item = OutboxItem.objects.filter(pk=appeal.reversal.outbox_ref).first()
    if item is None:
        done = appeal.carried_out_at is not None
        return Reversal(Carried.DONE if done else Carried.ON_RECORD)
    if item.state == OutboxState.SENT:
        return Reversal(Carried.DONE)
    if item.state in {OutboxState.FAILED, OutboxState.CANCELLED}:
        return Reversal(Carried.REFUSED, item.error_text)
    return Reversal(Carried.WAITING)


def take_back(
    appeal: Appeal, *, actor: User, now: datetime, shortened_to: datetime | None
) -> Decision | None:
    """The decision that undoes the one appealed against; None where nothing is left to undo.

    A comment that is gone, or whose author was erased, is put right on record alone.
    """
    decision = appeal.decision
    reason = _("Overturned on appeal: %s") % appeal.answer
    if decision.action in SANCTIONS:
        partly = appeal.outcome == Outcome.PARTLY
        return sanctions.end_on_appeal(
            decision, reason=reason, actor=actor, now=now, until=shortened_to, is_partly=partly
        )
    message = decision.message
    gone = (
        message.visibility == Visibility.REMOVED
        or not message.external_id
        or message.conversation.contact.erased_at is not None
    )
    if gone or decision.action != Action.HIDE or decision.reversed_by.exists():
        return None
    return restore(decision, reason=reason, actor=actor, now=now)


def note_settled(item: OutboxItem, now: datetime) -> None:
    """In ``settings.OUTBOX_ON_SETTLED``: an unhide has left or failed for good."""
    if item.action == OutboxAction.HIDE:
        return
    appeal = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("decision__message__conversation__account__brand", "brand__agency")
        .filter(Q(reversal__outbox_ref=item.pk), reversal__isnull=False)
        .first()
    )
    if appeal is None:
        return
    if item.state == OutboxState.SENT and appeal.carried_out_at is None:
        appeal.carried_out_at, appeal.refused_at = now, None
        appeal.save(update_fields=["carried_out_at", "refused_at"])
        record("moderation.appeal.carried_out", appeal, actor=SENDER)
        appeal_notices.tell_everybody(appeal, now=now)
    elif item.state == OutboxState.FAILED:
        appeal.refused_at = now
        appeal.save(update_fields=["refused_at"])
        record(
            "moderation.appeal.not_carried_out",
            appeal,
            actor=SENDER,
            facts={"class": item.error_class or "none"},
            personal={"words": item.error_text},
        )


@transaction.atomic
def retry_reversal(appeal: Appeal, *, actor: User) -> Appeal:
    """Ask the network once more. Raises: NotAllowed, InvalidState (it did not refuse)."""
    require(actor, MAY_DECIDE, appeal)
    appeal = locked(appeal)
    ref = appeal.reversal.outbox_ref if appeal.reversal else None
    if reversal_of(appeal).state != Carried.REFUSED or ref is None:
        raise InvalidState(_("The network has not refused this, so there is nothing to try again."))
    item = OutboxItem.objects.select_for_update(of=("self",)).get(pk=ref)
    try_again(item, actor=actor, now=timezone.now())
    appeal.refused_at = None
    appeal.save(update_fields=["refused_at"])
    record("moderation.appeal.tried_again", appeal, actor=actor)
    return appeal
