"""Appeals: taken from anyone with the link, answered by someone who took no part."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance.choices import Purpose
from compliance.domain.audit import record
from inbox.choices import OutboxAction, Visibility
from inbox.domain.outbox import put
from moderation.choices import AppealState, Outcome
from moderation.domain.decisions import restore
from moderation.domain.statements import NOTIFIER
from moderation.exceptions import AppealClosed, AppealMissing, ReasonMissing, TookPart
from moderation.models import Appeal, Decision
from tenants.actors import PUBLIC_AUTHOR
from tenants.exceptions import InvalidState
from tenants.models import User
from tenants.permissions import require

ANSWER_WITHIN = timedelta(days=7)
TEXT_LIMIT = 5_000


@transaction.atomic
def file_appeal(decision: Decision, *, text: str, language: str) -> Appeal:
    """The author appeals through the signed link. A second time gives the first appeal back.

    Raises: AppealMissing (no text), AppealClosed (the window is over, or it was taken back).
    """
    text = text.replace("\x00", "").strip()[:TEXT_LIMIT]
    if not text:
        raise AppealMissing
    existing = Appeal.objects.filter(decision=decision).first()
    if existing is not None:
        return existing
    now = timezone.now()
    if now > decision.statement.appeal_until:
        raise AppealClosed(_("The time to appeal is over."))
    if decision.reversed_by.exists():
        raise AppealClosed(_("This decision was taken back already; the comment is visible."))
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                brand_id=decision.brand_id,
                decision=decision,
                text=text,
                language=language,
                received_at=now,
                due_at=now + ANSWER_WITHIN,
            )
    except IntegrityError:
        return Appeal.objects.get(decision=decision)
    record(
        "moderation.appeal.received",
        appeal,
        actor=PUBLIC_AUTHOR,
        facts={"decision": str(decision.pk)},
        personal={"text": text},
    )
    return appeal


def took_part(appeal: Appeal, user: User) -> bool:
    """Whether the person decided what the appeal is about, or anything before it on the comment."""
    return Decision.objects.filter(message_id=appeal.decision.message_id, decided_by=user).exists()


@transaction.atomic
def decide_appeal(appeal: Appeal, *, outcome: Outcome, answer: str, actor: User) -> Appeal:
    """Uphold or overturn, with an answer the author will read. People only.

    Overturning shows the comment again at the network, where the act can be taken back, and tells
    the author; upholding tells the author. Raises: NotAllowed, TookPart, ReasonMissing,
    InvalidState (answered already).
    """
    require(actor, "moderation.appeal.decide", appeal)
    appeal = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("decision__message__conversation__account__brand", "decision__rule")
        .get(pk=appeal.pk)
    )
    if appeal.state != AppealState.RECEIVED:
        raise InvalidState(_("This appeal has been answered already."))
    if took_part(appeal, actor):
        raise TookPart
    if not answer.strip():
        raise ReasonMissing
    now = timezone.now()
    appeal.state, appeal.outcome = AppealState.DECIDED, outcome
    appeal.answer, appeal.decided_by, appeal.decided_at = answer.strip(), actor, now
    gone = appeal.decision.message.visibility == Visibility.REMOVED
    if outcome == Outcome.OVERTURNED and not gone and not appeal.decision.reversed_by.exists():
        appeal.reversal = _take_back(appeal, actor=actor, now=now)
    appeal.save(
        update_fields=["state", "outcome", "answer", "decided_by", "decided_at", "reversal"]
    )
    record(
        "moderation.appeal.decided",
        appeal,
        actor=actor,
        facts={"outcome": str(outcome), "decision": str(appeal.decision_id)},
        personal={"answer": appeal.answer},
    )
    if not gone:
        _tell_author(appeal, now=now)
    return appeal


def _take_back(appeal: Appeal, *, actor: User, now: datetime) -> Decision:
    return restore(
        appeal.decision, reason=_("Overturned on appeal: %s") % appeal.answer, actor=actor, now=now
    )


def _tell_author(appeal: Appeal, *, now: datetime) -> None:
    """A public, neutral line under the comment: the one private reply was the statement.

    The answer itself stands behind the author's link. A comment that stays hidden gets no line,
    because nobody but its author would see what it is about.
    """
    if appeal.outcome != Outcome.OVERTURNED:
        return
    if appeal.reversal is not None and appeal.reversal.outbox_ref is None:
        return  # the network cannot show it again, so the line would not be true
    message = appeal.decision.message
    with translation.override(appeal.language or "en"):
        text = _("We have looked at this again: the comment is visible again. Sorry about that.")
    put(
        message.conversation,
        action=OutboxAction.COMMENT_REPLY,
        idempotency_key=f"appeal:{appeal.pk}",
        actor=NOTIFIER,
        now=now,
        message=message,
        target_external_id=message.external_id or "",
        text=text,
        purpose=Purpose.NOTICE,
        language=appeal.language,
        is_automated=True,
    )
