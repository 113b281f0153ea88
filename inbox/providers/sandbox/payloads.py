"""Webhook bodies in the shapes that the networks document."""

import json
from typing import Any

from inbox.providers.sandbox.world import Account, Comment, Message, Person


def body_of(envelope: dict[str, Any]) -> str:
    """As Meta sends it: non-ASCII characters escaped, and signed in this form."""
    return json.dumps(envelope, separators=(",", ":"), ensure_ascii=True)


def whatsapp_envelope(
    account: Account, *, field: str = "messages", changes: list[dict[str, Any]]
) -> dict[str, Any]:
    """One delivery with one change per value in ``changes``."""
    number = "".join(filter(str.isdigit, account.account_id)) or "0"
    metadata = {"display_phone_number": number, "phone_number_id": account.account_id}
    return {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": f"WABA-{account.account_id}",
                "changes": [
                    {
                        "field": value.pop("_field", field),
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": metadata,
                            **value,
                        },
                    }
                    for value in changes
                ],
            }
        ],
    }


def whatsapp_contact(person: Person) -> dict[str, Any]:
    """Element of ``contacts``; a person may hide the number or have no business-scoped id."""
    profile = {"name": person.name, **({"username": person.handle} if person.handle else {})}
    contact: dict[str, Any] = {"profile": profile}
    if person.phone:
        contact["wa_id"] = person.phone
    if is_business_scoped(person.person_id):
        contact["user_id"] = person.person_id
    return contact


def is_business_scoped(person_id: str) -> bool:
    """Whether this is a WhatsApp user id ("DE.48ab") and no number."""
    return person_id[:2].isalpha() and person_id[2:3] == "."


def whatsapp_message(
    message_id: str, person: Person, at: float, kind: str, content: dict[str, Any], context_id: str
) -> dict[str, Any]:
    """Element of ``messages``. Without a number, ``from_user_id`` names the sender."""
    sender = {"from": person.phone} if person.phone else {"from_user_id": person.person_id}
    context = {"context": {"id": context_id}} if context_id else {}
    return {
        **sender,
        "id": message_id,
        "timestamp": str(int(at)),
        "type": kind,
        kind: content,
        **context,
    }


def whatsapp_status(
    message: Message, person: Person | None, status: str, at: float, error: dict[str, Any] | None
) -> dict[str, Any]:
    """Element of ``statuses``."""
    told: dict[str, Any] = {
        "id": message.message_id,
        "status": status,
        "timestamp": str(int(at)),
    }
    if person is not None and person.phone:
        told["recipient_id"] = person.phone
    if is_business_scoped(message.person_id):
        told["recipient_user_id"] = message.person_id
    if message.reference:
        told["biz_opaque_callback_data"] = message.reference
    if error is not None:
        told["errors"] = [error]
    else:
        told["pricing"] = {"billable": True, "pricing_model": "PMP", "category": "service"}
    return told


def facebook_envelope(
    account: Account, at: float, *, changes: list[dict[str, Any]]
) -> dict[str, Any]:
    """One delivery with ``changes`` ({field, value}) of one page."""
    entry = {"id": account.account_id, "time": int(at), "changes": changes}
    return {"object": "page", "entry": [entry]}


def facebook_comment(comment: Comment, verb: str) -> dict[str, Any]:
    """A ``feed`` change about a comment. A removal tells no text."""
    value: dict[str, Any] = {
        "item": "comment",
        "verb": verb,
        "post_id": comment.post_id,
        "comment_id": comment.comment_id,
        "parent_id": comment.parent_id,
        "created_time": int(comment.at),
        "post": {"permalink_url": f"https://facebook.example/{comment.post_id}"},
    }
    if comment.author_id:
        value["from"] = {"id": comment.author_id, "name": comment.author_name}
    if verb not in ("remove", "hide", "unhide"):
        value["message"] = comment.text
    return {"field": "feed", "value": value}


def messenger_envelope(account: Account, at: float, item: dict[str, Any]) -> dict[str, Any]:
    """One delivery with one messaging event; its times are in milliseconds."""
    ms = int(at * 1000)
    entry = {"id": account.account_id, "time": ms, "messaging": [{**item, "timestamp": ms}]}
    return {"object": "page", "entry": [entry]}


def messenger_message(account: Account, message: Message) -> dict[str, Any]:
    """A message of a person, or the echo of one of ours."""
    told: dict[str, Any] = {"mid": message.message_id, "text": message.text}
    sender, recipient = message.person_id, account.account_id
    if message.direction == "out":
        sender, recipient = recipient, sender
        told |= {"is_echo": True, "app_id": account.app_id}
        if message.reference:
            told["metadata"] = message.reference
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "message": told}
