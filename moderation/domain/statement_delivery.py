"""How a statement of reasons reaches its author: in private where the network allows it, else by a
neutral public line that names no reason and no link, so that it exposes nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from compliance.choices import Purpose
from inbox.choices import ConversationKind, OutboxAction
from inbox.domain.outbox import put
from inbox.models import ContactHandle, Conversation, Message, OutboxItem
from inbox.providers.connectors import CONNECTORS
from moderation.choices import Action, Category
from moderation.models import Decision, StatementOfReasons
from tenants.actors import SystemActor

PUBLIC_NOTE = gettext_noop(
    "A comment here is hidden. Was it yours? Write to us in private for the reasons"
    " and your appeal."
)
"""Short: some networks take 300 characters, and it discloses that a machine wrote it."""
NOTIFIER = SystemActor("system", "statements")
OPEN_FOR = timedelta(hours=24)
"""How long after their last message every network lets us write to somebody in private."""
# Source: DSA Art. 17(2): none is owed for deceptive high-volume commercial content.
_NO_NOTE = frozenset({Category.SPAM, Category.SCAM})


@dataclass(frozen=True, slots=True)
class Delivered:
    """``by``: private_reply, direct_message, public_note or none; then ``why_not`` says why."""

    by: str
    outbox_ref: UUID | None = None
    why_not: str = ""


def deliver(
    decision: Decision,
    *,
    text: str,
    language: str,
    now: datetime,
    leaves_at: datetime | None = None,
) -> Delivered:
    """Put the statement into the outbox by the best way there is; it leaves not before
    ``leaves_at``."""
    message, key = decision.message, f"statement:{decision.pk}"
    if not message.external_id:
        return Delivered("none", why_not="the comment has no id at the network")
    if _has_private_reply(message):
        item = put(
            message.conversation,
            action=OutboxAction.PRIVATE_REPLY,
            idempotency_key=key,
            actor=NOTIFIER,
            now=now,
            not_before=leaves_at,
            message=message,
            recipient=address_of(message),
            target_external_id=message.external_id,
            text=text,
            purpose=Purpose.NOTICE,
            language=language,
            is_automated=True,
        )
        return Delivered("private_reply", item.pk)
    direct = write_privately(
        message, text=text, language=language, key=key, now=now, leaves_at=leaves_at
    )
    if direct is not None:
        return Delivered("direct_message", direct.pk)
    return _public_note(decision, language=language, key=key, now=now, leaves_at=leaves_at)


def _has_private_reply(message: Message) -> bool:
    """Whether the network allows one and none of those per comment is used up."""
    can = CONNECTORS[message.conversation.account.channel].capabilities
    if not can["can_private_reply"]:
        return False
    used = StatementOfReasons.objects.filter(
        decision__message=message, delivered_by="private_reply"
    ).count()
    return used < can["private_replies_per_comment"]


def address_of(message: Message) -> str:
    """What the network calls the author; empty if it is not known any more."""
    conversation = message.conversation
    handle = (
        ContactHandle.objects.filter(
            contact_id=conversation.contact_id, channel=conversation.account.channel
        )
        .order_by("id")
        .first()
    )
    return handle.external_id if handle else ""


def write_privately(
    message: Message,
    *,
    text: str,
    language: str,
    key: str,
    now: datetime,
    leaves_at: datetime | None = None,
) -> OutboxItem | None:
    """A private message to the author of a comment; None if they have not written to us lately."""
    conversation = message.conversation
    thread = (
        Conversation.objects.select_related("account__brand", "contact")
        .filter(
            account_id=conversation.account_id,
            contact_id=conversation.contact_id,
            kind=ConversationKind.DIRECT,
            last_inbound_at__gt=now - OPEN_FOR,
        )
        .first()
    )
    address = address_of(message)
    if thread is None or not address:
        return None
    return put(
        thread,
        action=OutboxAction.MESSAGE,
        idempotency_key=key,
        actor=NOTIFIER,
        now=now,
        not_before=leaves_at,
        recipient=address,
        text=text,
        purpose=Purpose.NOTICE,
        language=language,
        is_automated=True,
    )


def _public_note(
    decision: Decision, *, language: str, key: str, now: datetime, leaves_at: datetime | None
) -> Delivered:
    message = decision.message
    can = CONNECTORS[message.conversation.account.channel].capabilities
    if decision.action != Action.HIDE or decision.category in _NO_NOTE:
        return Delivered("none", why_not="the network offers no private way")
    if "comment_reply" not in can["actions"]:
        return Delivered("none", why_not="the network offers neither a private way nor a reply")
    with translation.override(language):
        text = _(PUBLIC_NOTE)
    item = put(
        message.conversation,
        action=OutboxAction.COMMENT_REPLY,
        idempotency_key=key,
        actor=NOTIFIER,
        now=now,
        not_before=leaves_at,
        message=message,
        target_external_id=message.parent_external_id or message.external_id or "",
        text=text,
        purpose=Purpose.NOTICE,
        language=language,
        is_automated=True,
    )
    return Delivered("public_note", item.pk)
