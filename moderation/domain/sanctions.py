"""Sanctions against authors: decided by people, ended by time, by people or on appeal."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import OutboxAction
from inbox.domain.outbox import put_action
from inbox.models import Message
from moderation.choices import Action, Automation, Category, SanctionEnd, SanctionKind
from moderation.domain.decisions import decide_message, source_of
from moderation.domain.sanction_effects import effect_of
from moderation.domain.sanction_term import Term, ended, shortened
from moderation.domain.statements import state_reasons
from moderation.exceptions import CannotActHere, OnlyByPersons
from moderation.models import Decision, Sanction
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput
from tenants.models import User
from tenants.permissions import Actor, require

MANAGE = "moderation.sanction.manage"
CLOCK = SystemActor("system", "sanctions")
LONGEST = timedelta(days=365)
WARNING_COUNTS_FOR = timedelta(days=180)


@transaction.atomic
def impose(
    message: Message,
    *,
    kind: SanctionKind,
    category: Category,
    reason: str,
    actor: User,
    days: int | None = None,
) -> Sanction:
    """Sanction the author of a comment on account of it. A sanction in force is replaced.

    ``days``: how long; a mute needs it, a warning counts for half a year. The author is told with
    reasons and may appeal. Raises: NotAllowed, OnlyByPersons, ReasonMissing, InvalidInput,
    CannotActHere (the author is the brand, or was erased).
    """
    require(actor, MANAGE, message)
    if not isinstance(actor, User):
        raise OnlyByPersons(_("Only a person may sanction an author."))
    now = timezone.now()
    until = _until(kind, days, now=now)
    contact = message.conversation.contact
    if contact.erased_at is not None or message.direction != "in":
        raise CannotActHere(_("There is nobody to sanction: choose a comment of a known author."))
    decision = decide_message(
        message,
        action=Action(kind.value),
        category=category,
        reason=reason,
        facts=_("On account of this comment, and of what the author wrote before."),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=False,
        now=now,
        source=source_of(message.cases.order_by("-opened_at").first()),
    )
    if kind != SanctionKind.WARN:
        for old in _running(message.brand_id, contact.pk).select_for_update():
            _close(old, SanctionEnd.REPLACED, now=now)
    effect = effect_of(message.conversation.account.channel, kind)
    sanction = Sanction.objects.create(
        brand_id=message.brand_id,
        decision=decision,
        contact=contact,
        kind=kind,
        starts_at=now,
        until=until,
        is_at_network=bool(effect.act),
    )
    if effect.act:
        _at_network(decision, effect.act, actor=actor, now=now)
    record(
        "moderation.sanction.imposed",
        sanction,
        actor=actor,
        facts={
            "kind": kind.value,
            "decision": str(decision.pk),
            "until": until.date().isoformat() if until else "open",
            "at_network": sanction.is_at_network,
        },
    )
    state_reasons(decision, now=now, until=until)
    return sanction


def _until(kind: SanctionKind, days: int | None, *, now: datetime) -> datetime | None:
    if kind == SanctionKind.WARN:
        return now + WARNING_COUNTS_FOR
    if days is None:
        if kind == SanctionKind.MUTE:
            raise InvalidInput("days", _("Say for how many days."))
        return None
    if not 1 <= days <= LONGEST.days:
        raise InvalidInput("days", _("Between 1 and %d days.") % LONGEST.days)
    return now + timedelta(days=days)


@transaction.atomic
def lift(sanction: Sanction, *, reason: str, actor: User) -> Decision:
    """End a sanction before its time. Raises: NotAllowed, ReasonMissing, InvalidState (over)."""
    require(actor, MANAGE, sanction)
    decision = Decision.objects.select_related("message__conversation__account").get(
        pk=sanction.decision_id
    )
    return _end_early(
        decision, end=SanctionEnd.LIFTED, reason=reason, actor=actor, now=timezone.now()
    )


def end_on_appeal(
    decision: Decision,
    *,
    reason: str,
    actor: User,
    now: datetime,
    until: datetime | None,
    is_partly: bool,
) -> Decision | None:
    """What an appeal undoes: all of it, or the time after ``until``. None if it is over already.

    In the transaction of the verb that decides the appeal, which has checked the permission.
    Raises: InvalidInput (``until`` is missing, past, or not earlier).
    """
    sanction = Sanction.objects.select_for_update().get(decision=decision)
    if sanction.ended_at is not None:
        return None
    if not is_partly:
        return _end_early(decision, end=SanctionEnd.OVERTURNED, reason=reason, actor=actor, now=now)
    sanction.until = shortened(term_of(sanction), until, now=now).until
    sanction.save(update_fields=["until"])
    record(
        "moderation.sanction.shortened",
        sanction,
        actor=actor,
        facts={"until": sanction.until.date().isoformat() if sanction.until else "open"},
    )
    return None


def _end_early(
    decision: Decision, *, end: SanctionEnd, reason: str, actor: User, now: datetime
) -> Decision:
    sanction = Sanction.objects.select_for_update().get(decision=decision)
    ended(term_of(sanction), end, now=now)  # before anything is written
    made = decide_message(
        decision.message,
        action=Action.LIFT,
        category=Category(decision.category),
        reason=reason,
        facts=_("Reviewed by a person."),
        actor=actor,
        automation=Automation.NOT,
        detected_automatically=False,
        now=now,
        reverses=decision,
    )
    _close(sanction, end, now=now)
    effect = effect_of(decision.message.conversation.account.channel, sanction.kind)
    if sanction.is_at_network and effect.undo:
        _at_network(made, effect.undo, actor=actor, now=now)
    record(
        "moderation.sanction.ended",
        sanction,
        actor=actor,
        reason=end.value,
        facts={"decision": str(made.pk)},
    )
    return made


def expire_due(brand_id: UUID, *, now: datetime) -> int:
    """End what has run out, here and at the network. In the brand's scope and a transaction."""
    over = (
        Sanction.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("decision__message__conversation__account")
        .filter(brand_id=brand_id, ended_at=None, until__lte=now)
    )
    count = 0
    for sanction in over:
        _close(sanction, SanctionEnd.EXPIRED, now=now)
        message = sanction.decision.message
        undo = effect_of(message.conversation.account.channel, sanction.kind).undo
        if sanction.is_at_network and undo:
            put_action(
                message,
                action=OutboxAction(undo),
                actor=CLOCK,
                idempotency_key=f"sanction:{sanction.pk}:expired",
                now=now,
            )
        record("moderation.sanction.expired", sanction, actor=CLOCK)
        count += 1
    return count


def running_for(brand_id: UUID, contact_id: UUID, *, now: datetime) -> Sanction | None:
    """The restriction, mute or ban in force, if any. One query."""
    found = _running(brand_id, contact_id).select_related("decision__rule").first()
    return found if found is not None and (found.until is None or now < found.until) else None


def _running(brand_id: UUID, contact_id: UUID) -> QuerySet[Sanction]:
    return Sanction.objects.filter(brand_id=brand_id, contact_id=contact_id, ended_at=None).exclude(
        kind=SanctionKind.WARN
    )


def term_of(sanction: Sanction) -> Term:
    end = SanctionEnd(sanction.end) if sanction.end else None
    return Term(sanction.starts_at, sanction.until, sanction.ended_at, end)


def _close(sanction: Sanction, end: SanctionEnd, *, now: datetime) -> None:
    term = ended(term_of(sanction), end, now=now)
    sanction.ended_at, sanction.end = term.ended_at, end
    sanction.save(update_fields=["ended_at", "end"])


def _at_network(decision: Decision, act: str, *, actor: Actor, now: datetime) -> None:
    item = put_action(
        decision.message,
        action=OutboxAction(act),
        actor=actor,
        idempotency_key=f"decision:{decision.pk}",
        now=now,
    )
    decision.outbox_ref = item.pk
    decision.save(update_fields=["outbox_ref"])
