"""Dull rows of the inbox, without a trace in the ledger. Call inside the brand's scope."""

from typing import Any

from auditlog.context import disable_auditlog
from django.utils import timezone

from inbox.models import (
    ChannelAccount,
    ChannelApp,
    ChannelRoute,
    Contact,
    ContactHandle,
    Conversation,
    Message,
)
from tenants.models import Brand, uuid7


def make_app(brand: Brand, channel: str = "facebook", **fields: Any) -> ChannelApp:
    return ChannelApp.objects.create(
        agency=brand.agency,
        channel=channel,
        **{"name": channel, "app_secret": "app-secret", "verify_token": "verify"} | fields,
    )


@disable_auditlog()
def make_account(
    brand: Brand, channel: str = "facebook", external_id: str = "5551", **fields: Any
) -> ChannelAccount:
    app = fields.pop("app", None) or make_app(brand, channel)
    account = ChannelAccount.objects.create(
        brand=brand,
        app=app,
        channel=channel,
        external_id=external_id,
        **{
            "name": f"{brand.slug} {channel}",
            "base_url": "http://127.0.0.1:9",
            "access_token": "token",
            "is_sandbox": True,
        }
        | fields,
    )
    ChannelRoute.objects.create(
        channel=channel, external_id=external_id, brand=brand, account_ref=account.pk
    )
    return account


def make_conversation(account: ChannelAccount, **fields: Any) -> Conversation:
    """A thread with a new contact."""
    now = timezone.now()
    contact = fields.pop("contact", None) or Contact.objects.create(
        brand_id=account.brand_id, name="Lena Beispiel", first_seen_at=now, last_seen_at=now
    )
    handle = fields.pop("handle", f"person-{uuid7()}")
    ContactHandle.objects.create(
        brand_id=account.brand_id, contact=contact, channel=account.channel, external_id=handle
    )
    kind = "comment" if account.channel == "facebook" else "direct"
    return Conversation.objects.create(
        brand_id=account.brand_id,
        account=account,
        contact=contact,
        **{
            "kind": kind,
            "thread_key": handle,
            "last_message_at": now,
            "last_inbound_at": now,
            "preview": "Hallo",
        }
        | fields,
    )


def make_message(conversation: Conversation, text: str = "Hallo", **fields: Any) -> Message:
    now = timezone.now()
    return Message.objects.create(
        brand_id=conversation.brand_id,
        account_id=conversation.account_id,
        conversation=conversation,
        text=text,
        **{
            "direction": "in",
            "external_id": f"m-{uuid7()}",
            "occurred_at": now,
            "received_at": now,
        }
        | fields,
    )
