"""A person decides what an unclear message meant."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.consent import OPT_OUT_PURPOSES, withdraw
from compliance.domain.consent_entries import Proof
from inbox.choices import ConversationKind, Direction
from inbox.models import ContactHandle, Conversation, Message
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor, require

UNCLEAR = "heard_unclear"


@transaction.atomic
def decide_unclear(conversation: Conversation, *, is_opt_out: bool, actor: Actor) -> Conversation:
    """What sounded like an opt-out is one, from the moment it was written; or it is none.

    Either way a person goes on answering until they hand the conversation back to automation.

    Raises: NotAllowed, InvalidInput (a public thread, nothing received), InvalidState (decided).
    """
    require(actor, "inbox.conversation.work", conversation)
    conversation = (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account")
        .get(pk=conversation.pk)
    )
    if conversation.kind != ConversationKind.DIRECT:
        raise InvalidInput("conversation", _("A public thread is no channel to opt out of."))
    if conversation.pause_reason != UNCLEAR:
        raise InvalidState
    message = (
        Message.objects.filter(conversation=conversation, direction=Direction.INBOUND)
        .order_by("-occurred_at", "-id")
        .first()
    )
    handle = ContactHandle.objects.filter(
        contact_id=conversation.contact_id, channel=conversation.account.channel
    ).first()
    if message is None or handle is None:
        raise InvalidInput("conversation", _("There is nothing here to answer yet."))
    if is_opt_out:
        withdraw(
            conversation.brand_id,
            channel=handle.channel,
            address=handle.external_id,
            purposes=OPT_OUT_PURPOSES,
            source="message",
            evidence=str(message.pk),
            actor=actor,
            at=message.occurred_at,
            proof=Proof(
                message_ref=message.pk,
                conversation_ref=conversation.pk,
                facts={"rule": "person.decided", "words": "", "decided_at": timezone.now()},
            ),
        )
    conversation.pause_reason = "opted_out" if is_opt_out else "person_answered"
    conversation.save(update_fields=["pause_reason"])
    record(
        "inbox.conversation.opt_out_decided",
        conversation,
        actor=actor,
        facts={"is_opt_out": is_opt_out, "message": str(message.pk)},
    )
    return conversation
