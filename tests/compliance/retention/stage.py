"""Rows of any age, and a policy in effect."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.utils import timezone

from compliance.domain.retention.in_effect import Line, put_in_effect
from compliance.domain.retention.preview import Preview, preview
from compliance.domain.retention.run_job import run_retention
from compliance.domain.retention.runs import request_run
from compliance.models import RetentionRun
from inbox.choices import DeliveryState
from inbox.models import (
    ChannelAccount,
    Contact,
    Conversation,
    InboundEvent,
    Message,
    MessageRevision,
    OutboxItem,
    ReceivedDelivery,
    Triage,
)
from tenants.models import Brand, User, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_conversation, make_message

LINES = {
    "general_conversation": Line(6, "erase"),
    "transactional_conversation": Line(12, "erase"),
    "commercial_letter": Line(72, "erase"),
    "moderation_decision": Line(12, "erase"),
    "audit_event": Line(36, "erase"),
}


def whole(brand: Brand) -> AbstractContextManager[None]:
    """What a run has in scope."""
    return brand_scope(brand.pk, agency_ids=[brand.agency_id])


def give_policy(brand: Brand, *, actor: User, **changes: Line | None) -> dict[str, Line]:
    lines = {name: line for name, line in (LINES | changes).items() if line is not None}
    with brand_scope(brand.pk):
        put_in_effect(brand, lines, actor=actor)
    return lines


def old_conversation(
    account: ChannelAccount, at: datetime, *, messages: int = 2, **fields: Any
) -> Conversation:
    """With messages, an earlier text, triage and an answer, all of that time."""
    conversation = make_conversation(
        account, last_message_at=at, last_inbound_at=at, preview="Hallo Zorblatt", **fields
    )
    Contact.objects.filter(pk=conversation.contact_id).update(first_seen_at=at, last_seen_at=at)
    for number in range(messages):
        message = make_message(
            conversation, f"Zorblatt {number}", occurred_at=at, received_at=at, author_label="Z"
        )
    MessageRevision.objects.create(
        brand_id=account.brand_id, message=message, revision=1, text="Zorblatt", replaced_at=at
    )
    Triage.objects.create(
        brand_id=account.brand_id, message=message, revision=1, language="de",
        intents=[], model_version="t", created_at=at,
    )  # fmt: skip
    OutboxItem.objects.create(
        brand_id=account.brand_id, account=account, conversation=conversation, message=message,
        action="message", state="sent", recipient="p", text="Hallo Zorblatt", actor_ref="x",
        idempotency_key=str(uuid7()), created_at=at, not_before=at,
    )  # fmt: skip
    return conversation


def old_event(account: ChannelAccount, at: datetime, *, lane: str = "5551:x") -> InboundEvent:
    """With the delivery that brought it. Runs in the scope of the brand and its agency."""
    brand = Brand.objects.get(pk=account.brand_id)
    delivery = ReceivedDelivery.objects.create(
        agency_id=brand.agency_id, app=account.app, channel=account.channel,
        body=b'{"text": "Zorblatt"}', body_sha256="0" * 64, received_at=at,
        state=DeliveryState.SPLIT,
    )  # fmt: skip
    return InboundEvent.objects.create(
        brand=brand, account=account, delivery_ref=delivery.pk, kind="message", state="done",
        dedupe_key=str(uuid7()), lane=lane, payload={"text": "Zorblatt"},
        occurred_at=at, received_at=at, not_before=at,
    )  # fmt: skip


def seen(brand: Brand) -> Preview:
    with whole(brand):
        return preview(brand)


def carry_out(brand: Brand, *, actor: User) -> RetentionRun:
    """Ask for a run with the right number and let a worker do it."""
    with brand_scope(brand.pk):
        run = request_run(brand, typed=str(preview(brand).rows), actor=actor)
    done = run_retention(run.pk, brand_id=brand.pk)
    with brand_scope(brand.pk):
        found = RetentionRun.objects.get(pk=run.pk)
    assert done is not None, found.failure
    return found


def texts(brand: Brand) -> list[str]:
    with brand_scope(brand.pk):
        return sorted(Message.objects.exclude(text="").values_list("text", flat=True))


NOW = timezone.now
