"""What an act on a comment would mean, asked before it is done."""

from inbox.choices import OutboxAction
from inbox.exceptions import ActIsFinal, ActNotOffered
from inbox.models import Message
from inbox.providers.acts import Act, ActEffect
from inbox.providers.connectors import CONNECTORS
from tenants.actors import SystemActor
from tenants.permissions import Actor


def effect_of(message: Message, act: Act) -> ActEffect:
    """The act's effect on this very comment. Reads the message's conversation and account."""
    conversation = message.conversation
    account = conversation.account
    return CONNECTORS[account.channel].effect_of(
        act, account_id=account.external_id, root_id=conversation.post_id
    )


def check_act(
    message: Message, action: OutboxAction, *, actor: Actor, is_confirmed: bool = False
) -> ActEffect:
    """The effect, if the act may be done. ``is_confirmed``: the person was told that it is final.

    Raises: ActNotOffered, ActIsFinal (nothing takes it back: no machine does it, and a person only
    after having been told).
    """
    effect = effect_of(message, Act(action))
    if not effect.is_offered:
        raise ActNotOffered(str(effect.words))
    if not effect.is_reversible and (isinstance(actor, SystemActor) or not is_confirmed):
        raise ActIsFinal(str(effect.words))
    return effect


def may_machine_hide(message: Message) -> bool:
    """Whether hiding is offered here and can be taken back."""
    effect = effect_of(message, Act.HIDE)
    return effect.is_offered and effect.is_reversible


def why_final(message: Message, act: Act = Act.HIDE) -> str:
    """Why an act that was done cannot be taken back at the network; "" if it can."""
    effect = effect_of(message, act)
    return "" if effect.is_reversible else str(effect.words)
