"""Working on conversations: assign, close, reopen, hand back to automation."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import ConversationState
from inbox.domain.clocks import stop_clock
from inbox.models import Conversation
from tenants.exceptions import InvalidInput
from tenants.models import User
from tenants.permissions import Actor, can, require


def _locked(conversation: Conversation, *, actor: Actor) -> Conversation:
    require(actor, "inbox.conversation.work", conversation)
    return Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)


@transaction.atomic
def assign(conversation: Conversation, *, to: User | None, actor: Actor) -> Conversation:
    """Give a conversation to a colleague who may work in the brand, or to nobody.

    Raises: NotAllowed, InvalidInput (the colleague has no access here).
    """
    conversation = _locked(conversation, actor=actor)
    if to is not None and not can(to, "inbox.conversation.work", conversation):
        raise InvalidInput("assignee", _("This person does not work for the brand."))
    before = conversation.assignee_id
    if before == (to.pk if to else None):
        return conversation
    conversation.assignee = to
    conversation.save(update_fields=["assignee"])
    record(
        "inbox.conversation.assigned",
        conversation,
        actor=actor,
        before={"assignee": str(before) if before else None},
        after={"assignee": str(to.pk) if to else None},
    )
    return conversation


@transaction.atomic
def close(conversation: Conversation, *, actor: Actor) -> Conversation:
    """Done: the clock stops. A new message opens it again. Idempotent. Raises: NotAllowed."""
    conversation = _locked(conversation, actor=actor)
    if conversation.state == ConversationState.CLOSED:
        return conversation
    stop_clock(conversation, now=timezone.now())
    conversation.state, conversation.unanswered_count = ConversationState.CLOSED, 0
    conversation.save(update_fields=["state", "due_at", "unanswered_count"])
    record("inbox.conversation.closed", conversation, actor=actor)
    return conversation


@transaction.atomic
def reopen(conversation: Conversation, *, actor: Actor) -> Conversation:
    """Idempotent. Raises: NotAllowed."""
    conversation = _locked(conversation, actor=actor)
    if conversation.state == ConversationState.OPEN:
        return conversation
    conversation.state = ConversationState.OPEN
    conversation.save(update_fields=["state"])
    record("inbox.conversation.reopened", conversation, actor=actor)
    return conversation


@transaction.atomic
def hand_to_automation(conversation: Conversation, *, actor: Actor) -> Conversation:
    """The way back from a person to automation is always explicit. Raises: NotAllowed."""
    conversation = _locked(conversation, actor=actor)
    if conversation.automation_paused:
        conversation.automation_paused, conversation.pause_reason = False, ""
        conversation.save(update_fields=["automation_paused", "pause_reason"])
        record("inbox.conversation.handed_to_automation", conversation, actor=actor)
    return conversation
