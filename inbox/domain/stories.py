"""What belongs to a contact, a conversation, a message in the audit trail's stories."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from compliance.registries import ObjectKey
from inbox.models import Conversation, Message, OutboxItem

MOST = 800


class InboxStories:
    """Messages and replies belong to their conversation, conversations to their contact."""

    labels = ("inbox.contact", "inbox.conversation", "inbox.message")

    def of(self, label: str, ref: str) -> Iterable[ObjectKey]:
        try:
            key = UUID(ref)
        except ValueError:
            return
        if label == "inbox.contact":
            conversations = Conversation.objects.filter(contact=key).order_by("-pk")
            found = list(conversations.values_list("pk", flat=True)[:MOST])
        elif label == "inbox.conversation":
            found = [key]
        else:
            if label == "inbox.message":
                yield from _keys("inbox.outboxitem", OutboxItem.objects.filter(message=key))
            return
        yield from (("inbox.conversation", str(pk)) for pk in found)
        yield from _keys("inbox.message", Message.objects.filter(conversation__in=found))
        yield from _keys("inbox.outboxitem", OutboxItem.objects.filter(conversation__in=found))


def _keys(label: str, rows: QuerySet[Message] | QuerySet[OutboxItem]) -> Iterable[ObjectKey]:
    for pk in rows.order_by("-pk").values_list("pk", flat=True)[:MOST]:
        yield label, str(pk)
