"""Putting what we owe the network into the outbox: once, held or queued, with its reasons."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from compliance.choices import Purpose
from compliance.domain.audit import record
from compliance.domain.gates import Refusal
from inbox.choices import TEXT_ACTIONS, OutboxAction, OutboxState
from inbox.domain import ahead
from inbox.domain.acts import check_act
from inbox.domain.items import Item
from inbox.domain.outgoing import wait_until, walk_gates
from inbox.domain.wake import wake
from inbox.models import Conversation, Message, OutboxItem
from tenants.actors import SystemActor
from tenants.exceptions import InvalidState
from tenants.permissions import Actor


def put(
    conversation: Conversation,
    *,
    action: str,
    idempotency_key: str,
    actor: Actor,
    now: datetime,
    message: Message | None = None,
    not_before: datetime | None = None,
    **fields: Any,
) -> OutboxItem:
    """Add one item and walk the gates: queued if all pass, held with the reasons if not.

    The same ``idempotency_key`` twice gives the first item back, unchanged. Delivery starts after
    the transaction commits. Callers check the permission.
    """
    key = {"brand_id": conversation.brand_id, "idempotency_key": idempotency_key[:200]}
    if there := OutboxItem.objects.filter(**key).first():
        return there
    item = OutboxItem(
        **key,
        account_id=conversation.account_id,
        conversation=conversation,
        message=message,
        action=action,
        actor_ref=(actor.ref if hasattr(actor, "ref") else str(actor.pk))[:150],
        created_at=now,
        not_before=not_before or now,
        **fields,
    )
    refusals = _judge(item, now=now)
    try:
        with ahead.add_guard():
            item.save(force_insert=True)
    except IntegrityError:
        if ahead.is_reading() or not (there := OutboxItem.objects.filter(**key).first()):
            raise
        return there
    _tell(item, refusals, actor=actor)
    return item


def settle(item: OutboxItem, *, actor: Actor, now: datetime) -> None:
    """Ask the gates and move the item to queued or held."""
    refusals = _judge(item, now=now)
    item.save(update_fields=["held_reasons", "state", "not_before"])
    _tell(item, refusals, actor=actor)


def try_again(item: OutboxItem, *, actor: Actor, now: datetime) -> None:
    """A failed act goes once more through the gates. The caller has locked the row and checked the
    permission. Raises: InvalidState (it has not failed)."""
    if item.state not in {OutboxState.FAILED, OutboxState.CANCELLED}:
        raise InvalidState
    item.attempts, item.first_attempt_at, item.lease_until = 0, None, None
    item.error_class, item.error_text, item.not_before = "", "", now
    item.save(
        update_fields=[
            "attempts",
            "first_attempt_at",
            "lease_until",
            "error_class",
            "error_text",
        ]
    )
    settle(item, actor=actor, now=now)


def _judge(item: OutboxItem, *, now: datetime) -> list[Refusal]:
    _outgoing, refusals = walk_gates(item, now=now)
    item.held_reasons = [refusal.to_json() for refusal in refusals]
    item.state = OutboxState.HELD if refusals else OutboxState.QUEUED
    if until := wait_until(refusals):
        item.state, item.not_before = OutboxState.QUEUED, max(item.not_before, until)
    return refusals


def _tell(item: OutboxItem, refusals: list[Refusal], *, actor: Actor) -> None:
    """The ledger, and the sender if the item may leave."""
    noun = "reply" if item.action in TEXT_ACTIONS else "action"
    record(
        f"inbox.{noun}.{'held' if item.state == OutboxState.HELD else 'queued'}",
        item,
        actor=actor,
        facts={"action": item.action, "purpose": item.purpose}
        | ({"refused_by": ".".join(r.code for r in refusals)[:90]} if refusals else {}),
        personal={"text": item.text} if item.text else None,
    )
    if item.state == OutboxState.QUEUED:
        wake("inbox.send_outbox", brand_id=item.brand_id)


def queue_automatic(
    item: Item,
    *,
    action: OutboxAction,
    text: str,
    purpose: Purpose,
    actor: SystemActor,
    key: str,
    needs_approval: bool = False,
) -> OutboxItem:
    """An automatic answer to the item's message; the approval gate decides whether it leaves."""
    return put(
        item.conversation,
        action=action,
        idempotency_key=key,
        actor=actor,
        now=item.now,
        message=item.message,
        recipient=item.handle.external_id,
        target_external_id=(item.message.external_id or "")
        if action != OutboxAction.MESSAGE
        else "",
        text=text,
        purpose=purpose,
        language=item.conversation.language or item.account.brand.language,
        is_automated=True,
        needs_approval=needs_approval,
    )


@transaction.atomic
def put_action(
    message: Message,
    *,
    action: OutboxAction,
    actor: Actor,
    idempotency_key: str,
    now: datetime,
    not_before: datetime | None = None,
    is_confirmed: bool = False,
) -> OutboxItem:
    """Hide, show or delete a comment at the network. The caller has decided and checked the
    permission; ``is_confirmed``: the person was told that nothing takes the act back.

    Raises: ActNotOffered, ActIsFinal.
    """
    check_act(message, action, actor=actor, is_confirmed=is_confirmed)
    return put(
        message.conversation,
        action=action,
        idempotency_key=idempotency_key,
        actor=actor,
        now=now,
        not_before=not_before,
        message=message,
        target_external_id=message.external_id or "",
        created_by_id=getattr(actor, "pk", None) if not isinstance(actor, SystemActor) else None,
        is_automated=isinstance(actor, SystemActor),
    )
