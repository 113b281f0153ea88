"""Data requests in the inbox: heard in messages, answered on the channel, asked for by Meta."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from compliance.choices import Purpose
from compliance.domain.requests.identity import hear_channel_code
from compliance.domain.requests.intake import Heard, ask_by_message
from inbox.choices import ConversationKind, OutboxAction, OutboxState
from inbox.domain.items import Item
from inbox.domain.outbox import put
from inbox.models import ContactHandle, Conversation
from tenants.actors import SystemActor

ANSWERER = SystemActor("system", "requests")


def data_requests(item: Item) -> None:
    """A stage: "send me my data" opens a case, the code of a waiting case shows who asks.

    Only in direct messages: what is public shows nobody's identity.
    """
    if item.conversation.kind != ConversationKind.DIRECT or not item.message.text:
        return
    case = hear_channel_code(
        item.account.brand_id,
        text=item.message.text,
        contact_id=item.contact.pk,
        conversation_ref=item.conversation.pk,
    )
    if case is not None:
        item.stop_automation("data_request_code")
        item.facts["data_request"] = case.number
    heard = item.heard
    if heard is None or not (heard.kind == "data_request" or "data_request" in heard.also):
        return
    is_first = heard.kind == "data_request"
    case, _joined = ask_by_message(
        item.account.brand,
        Heard(
            contact_id=item.contact.pk,
            conversation_id=item.conversation.pk,
            message_id=item.message.pk,
            text=item.message.text,
            matched=heard.matched if is_first else item.message.text[:500],
            language=item.conversation.language or item.contact.language or heard.language,
            at=item.message.occurred_at,
        ),
    )
    item.facts["data_request"] = case.number


class InboxChannel:
    """Writes to a person in the thread they asked in, else in their newest one."""

    def tell(
        self,
        brand_id: UUID,
        contact_ids: Sequence[UUID],
        *,
        conversation_ref: UUID | None,
        text: str,
        language: str,
        key: str,
    ) -> bool:
        """Queue it as a notice; False if no thread is there or the network lets nothing out."""
        threads = Conversation.objects.filter(
            brand_id=brand_id, kind=ConversationKind.DIRECT
        ).select_related("account")
        thread = threads.filter(pk=conversation_ref).first() if conversation_ref else None
        if thread is None and contact_ids:
            thread = (
                threads.filter(contact__in=list(contact_ids)).order_by("-last_message_at").first()
            )
        handle = (
            ContactHandle.objects.filter(
                contact_id=thread.contact_id, channel=thread.account.channel
            )
            .order_by("id")
            .first()
            if thread
            else None
        )
        if thread is None or handle is None:
            return False
        item = put(
            thread,
            action=OutboxAction.MESSAGE,
            idempotency_key=key,
            actor=ANSWERER,
            now=timezone.now(),
            recipient=handle.external_id,
            text=text,
            purpose=Purpose.NOTICE,
            language=language,
            is_automated=True,
        )
        return item.state != OutboxState.HELD
