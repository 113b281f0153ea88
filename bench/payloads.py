"""Deliveries as the networks write and sign them, as many different ones as wanted."""

import json
import time
from typing import Any

from inbox.providers.meta import signature


def whatsapp_text(number_id: str, *, person: str, name: str, message_id: str, text: str) -> bytes:
    """One direct message to a WhatsApp number."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4930123456", "phone_number_id": number_id},
        "contacts": [{"profile": {"name": name}, "wa_id": person}],
        "messages": [
            {
                "from": person,
                "id": message_id,
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": text},
            }
        ],
    }
    change = {"field": "messages", "value": value}
    entry = {"id": "102290129340398", "changes": [change]}
    return _body({"object": "whatsapp_business_account", "entry": [entry]})


def facebook_comment(
    page_id: str, *, person: str, name: str, comment_id: str, post_id: str, text: str
) -> bytes:
    """One comment under a post of a Facebook page."""
    now = int(time.time())
    value = {
        "item": "comment",
        "verb": "add",
        "from": {"id": person, "name": name},
        "post_id": post_id,
        "parent_id": post_id,
        "comment_id": comment_id,
        "message": text,
        "created_time": now,
    }
    entry = {"id": page_id, "time": now, "changes": [{"field": "feed", "value": value}]}
    return _body({"object": "page", "entry": [entry]})


def signed_headers(body: bytes, secret: str) -> dict[str, str]:
    """What proves that the network sent exactly this body."""
    return {"X-Hub-Signature-256": signature(body, secret)}


def _body(envelope: dict[str, Any]) -> bytes:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
