"""Two rows of everything in each brand."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from compliance.domain.audit import record
from inbox.models import ChannelAccount, Conversation, Message, OutboxItem
from moderation.models import Case, Decision
from tenants.actors import SystemActor
from tenants.models import Brand, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision, make_statement

SETUP = SystemActor("system", "tests")


@dataclass
class Rows:
    """Of one brand, oldest first. ``events``: the audit events the set-up wrote."""

    brand: Brand
    channels: list[ChannelAccount]
    conversations: list[Conversation]
    messages: list[Message]
    cases: list[Case]
    decisions: list[Decision]
    replies: list[OutboxItem]
    events: list[Any]

    def of(self, collection: str) -> list[Any]:
        return getattr(self, {"audit-events": "events"}.get(collection, collection))


def make_rows(brand: Brand) -> Rows:
    with brand_scope(brand.pk):
        channels = [
            make_account(brand, channel, f"{brand.slug}-{channel}")
            for channel in ("facebook", "whatsapp")
        ]
        conversations = [make_conversation(channels[0], preview=f"{brand.slug} {n}") for n in "ab"]
        messages = [make_message(one, f"{brand.slug} says {one.preview}") for one in conversations]
        decisions = [make_decision(one) for one in messages]
        for one in decisions:
            make_statement(one)
        return Rows(
            brand,
            channels,
            conversations,
            messages,
            [make_case(one) for one in messages],
            decisions,
            [_reply(one) for one in conversations],
            [
                record("inbox.note.added", one, actor=SETUP, personal={"text": one.text})
                for one in messages
            ],
        )


def _reply(conversation: Conversation) -> OutboxItem:
    now = timezone.now()
    return OutboxItem.objects.create(
        brand_id=conversation.brand_id,
        account_id=conversation.account_id,
        conversation=conversation,
        action="comment_reply",
        text="Thank you",
        actor_ref="tests",
        idempotency_key=str(uuid7()),
        state="held",
        created_at=now,
        not_before=now,
    )


@pytest.fixture
def in_north(north: Brand) -> Rows:
    return make_rows(north)


@pytest.fixture
def in_south(south: Brand) -> Rows:
    return make_rows(south)
