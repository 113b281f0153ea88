"""WhatsApp Cloud API: reads deliveries, sends messages."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, override

from inbox.providers.acts import WHATSAPP
from inbox.providers.base import AccountAccess, Call, Capabilities, SendResult
from inbox.providers.errors import ErrorClass, PlatformFailure, ReadBackUnavailable
from inbox.providers.events import Event
from inbox.providers.graph import GraphClient, look_at
from inbox.providers.meta import Items, MetaConnector, list_in, text_in
from inbox.providers.whatsapp.content import CHANNEL
from inbox.providers.whatsapp.errors import WHATSAPP_CODES
from inbox.providers.whatsapp.mapping import read_change

_BUSINESS_SCOPED_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_NUMBER = re.compile(r"\+?[0-9]{5,20}")


class WhatsAppConnector(MetaConnector):
    """See Connector. ``graph`` carries the timeouts."""

    channel = CHANNEL
    webhook_object = "whatsapp_business_account"
    acts = WHATSAPP
    capabilities = Capabilities(
        actions=("message",),
        reply_window_hours=24,
        private_reply_window_hours=None,
        private_replies_per_comment=0,
        max_chars=4096,
        max_chars_comment=0,
        max_bytes=None,
        can_hide=False,
        hide_reversible=False,
        can_delete_foreign=False,
        can_private_reply=False,
        needs_template_after_window=True,
        read_back=(),
        receipts=("sent", "delivered", "read", "played", "failed"),
    )

    def __init__(self, graph: GraphClient | None = None) -> None:
        self.graph = graph or GraphClient()

    @override
    def read_entry(self, entry: dict[str, Any], items: Items) -> Iterator[Event]:
        business_id = items.account_id
        changes = list_in(entry, "changes")
        if not changes:
            yield items.unsupported(entry, "entry without changes")
        for change in changes:
            items.account_id = business_id
            yield from items.guarded_many(change, partial(read_change, change, items))

    @override
    def look(self, account: AccountAccess) -> str:
        return look_at(account)

    @override
    def send(self, account: AccountAccess, call: Call) -> SendResult:
        if call.action != "message":
            raise PlatformFailure(
                ErrorClass.INVALID, "no_such_action", f"WhatsApp has no {call.action}"
            )
        answer = self.graph.post(
            account, account.account_id, "messages", json_body=message(call), codes=WHATSAPP_CODES
        )
        sent = answer.data.get("messages")
        message_id = text_in(sent[0], "id") if isinstance(sent, list) and sent else ""
        if not message_id:
            raise PlatformFailure(ErrorClass.AMBIGUOUS, "no_id", "accepted without a message id")
        return SendResult(message_id, answer.usage_pct)

    @override
    def find_sent(self, account: AccountAccess, call: Call) -> SendResult | None:
        raise ReadBackUnavailable(
            "WhatsApp shows no sent messages; its statuses carry our reference"
        )


def message(call: Call) -> dict[str, Any]:
    """Body of a free text message. Raises: PlatformFailure(INVALID)."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": "text",
        "text": {"body": call.text, "preview_url": False},
    }
    if _BUSINESS_SCOPED_ID.fullmatch(call.to):
        body["recipient"] = call.to
    elif _NUMBER.fullmatch(call.to):
        body["to"] = call.to
    else:
        raise PlatformFailure(ErrorClass.INVALID, "bad_recipient", "neither number nor user id")
    if not call.text.strip():
        raise PlatformFailure(ErrorClass.INVALID, "empty_text", "nothing to send")
    if len(call.text) > WhatsAppConnector.capabilities["max_chars"]:
        raise PlatformFailure(ErrorClass.INVALID, "text_too_long", f"{len(call.text)} characters")
    if len(call.reference) > 512:
        raise PlatformFailure(ErrorClass.INVALID, "reference_too_long", "at most 512 characters")
    if call.context_id:
        body["context"] = {"message_id": call.context_id}
    if call.reference:
        body["biz_opaque_callback_data"] = call.reference
    return body
