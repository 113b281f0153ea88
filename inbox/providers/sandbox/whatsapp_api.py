"""WhatsApp's side of the sandbox network."""

from typing import Any

from inbox.providers.sandbox.delivery import Deliverer
from inbox.providers.sandbox.graph_api import (
    Refused,
    Reply,
    Request,
    finished,
    not_found,
    text_of,
)
from inbox.providers.sandbox.payloads import body_of, whatsapp_envelope, whatsapp_status
from inbox.providers.sandbox.world import Account, Person, World

WINDOW_S = 24 * 3600
MAX_CHARS = 4096


def answer(
    world: World, deliverer: Deliverer, account: Account, request: Request, node: str, edge: str
) -> Reply:
    """One call of the Cloud API. Raises: Refused."""
    if node != account.account_id:
        raise not_found(node)
    if request.method == "GET" and not edge:
        data = {"id": node, "verified_name": account.name, "display_phone_number": node}
        return Reply(200, data)
    if request.method != "POST" or edge != "messages":
        raise Refused(400, 100, f"Unsupported {request.method.lower()} request")
    values = request.values
    if text_of(values, "messaging_product") != "whatsapp":
        raise Refused(400, 131008, "Required parameter is missing: messaging_product")
    if text_of(values, "status") == "read":
        return Reply(200, {"success": True})
    return _send(world, deliverer, account, request)


def _send(world: World, deliverer: Deliverer, account: Account, request: Request) -> Reply:
    values = request.values
    text = text_of(values, "text", "body")
    if text_of(values, "type") != "text" or not text.strip():
        raise Refused(400, 131009, "Parameter value is not valid: only text with a body")
    if len(text) > MAX_CHARS:
        raise Refused(400, 131009, f"Parameter value is not valid: over {MAX_CHARS} characters")
    wanted = text_of(values, "to").lstrip("+") or text_of(values, "recipient")
    if not wanted:
        raise Refused(400, 131008, "Required parameter is missing: to")
    with world.lock:
        person = find_person(world, account, wanted)
        if person is not None and person.is_blocking:
            raise Refused(400, 131026, "Message undeliverable")
        is_open = person is not None and world.now() - person.last_wrote_at <= WINDOW_S
        is_late_refusal = (
            not is_open and world.take_fault("late_refusal", account.account_id) is not None
        )
        if not is_open and not is_late_refusal:
            details = "More than 24 hours have passed since the recipient last replied"
            raise Refused(
                400,
                131047,
                "Re-engagement message",
                error_data={"messaging_product": "whatsapp", "details": details},
            )
        message_id = f"wamid.SBX{world.next_number()}"
        world.do(
            "message",
            message_id=message_id,
            account_id=account.account_id,
            person_id=person.person_id if person else wanted,
            direction="out",
            text=text,
            at=world.now(),
            reference=text_of(values, "biz_opaque_callback_data"),
            context_id=text_of(values, "context", "message_id"),
        )
        if is_late_refusal:
            post_status(world, deliverer, account, message_id, "failed", delay_s=0.05)
        else:
            for number, status in enumerate(("sent", "delivered", "read")):
                delay_s = 0.05 + 0.3 * number
                post_status(world, deliverer, account, message_id, status, delay_s=delay_s)
    contact = {"input": wanted, "wa_id": person.phone if person else wanted}
    data = {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": message_id}],
    }
    return finished(world, account, data)


def find_person(world: World, account: Account, wanted: str) -> Person | None:
    """By user id or by number."""
    found = world.people.get((account.account_id, wanted))
    if found is not None:
        return found
    return next(
        (
            one
            for one in world.people.values()
            if one.account_id == account.account_id and one.phone == wanted
        ),
        None,
    )


def post_status(
    world: World,
    deliverer: Deliverer,
    account: Account,
    message_id: str,
    status: str,
    *,
    delay_s: float = 0.0,
) -> None:
    """Queue a status webhook and remember the status."""
    message = world.messages[message_id]
    person = world.people.get((account.account_id, message.person_id))
    error: dict[str, Any] | None = None
    if status == "failed":
        error = {
            "code": 131047,
            "title": "Re-engagement message",
            "error_data": {"details": "More than 24 hours have passed"},
        }
    told = whatsapp_status(message, person, status, world.now(), error)
    envelope = whatsapp_envelope(account, changes=[{"statuses": [told]}])
    world.do("message_changed", message_id=message_id, status=status)
    deliverer.post(account.app_id, body_of(envelope), delay_s=delay_s)
