"""A person says how long a conversation is kept: as a letter, a voucher, or as its content says."""

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.retention.categories import CONVERSATION_CATEGORIES
from compliance.permissions import MANAGE_RETENTION
from inbox.domain.retention import kept_as
from inbox.models import Conversation
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor, require

CATEGORIES = tuple(one.value for one in CONVERSATION_CATEGORIES)
"""The shortest kept first."""


@transaction.atomic
def keep_as(conversation: Conversation, *, category: str, actor: Actor) -> Conversation:
    """``category``: one of ``CATEGORIES``, empty: as its content says. Whoever works on the
    conversation may have it kept longer; sooner needs the right to decide on retention.

    Raises: NotAllowed, InvalidInput (unknown category), InvalidState (emptied already).
    """
    require(actor, "inbox.conversation.work", conversation)
    if category and category not in CATEGORIES:
        raise InvalidInput("category", _("Choose what the conversation is kept as."))
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if conversation.emptied_at is not None:
        raise InvalidState(_("Its time was over and its content has gone."))
    before = _effective(conversation)
    said = conversation.retention_category
    conversation.retention_category = category
    conversation.save(update_fields=["retention_category"])
    after = _effective(conversation)
    if CATEGORIES.index(after) < CATEGORIES.index(before):
        require(actor, MANAGE_RETENTION, conversation)
    if said != category:
        record(
            "inbox.conversation.kept",
            conversation,
            actor=actor,
            before={"retention_category": said},
            after={"retention_category": category},
        )
    return conversation


def _effective(conversation: Conversation) -> str:
    row = Conversation.objects.annotate(kept_as=kept_as()).get(pk=conversation.pk)
    return str(row.kept_as)
