"""A brand with one of everything that has a page, every text carrying one word."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from compliance.domain.exports import request_export
from compliance.models import Consent
from inbox.domain.channels import stop_sending
from inbox.models import AnswerTemplate, InboundEvent, OutboxItem, ReceivedDelivery
from moderation.domain.policies import install_preset
from moderation.models import Appeal
from tenants.actors import SystemActor
from tenants.models import ApiToken, Brand
from tenants.scope import brand_scope
from tests.factories.api import make_token
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision, make_statement

TESTS = SystemActor("system", "tests")


def furnish(brand: Brand, word: str) -> dict[str, Any]:
    """Rows of every kind; returns the keys that pages are opened by."""
    now = timezone.now()
    with brand_scope(brand.pk, agency_ids=[brand.agency_id]):
        install_preset(brand, actor=TESTS)
        name = f"{word} {brand.slug}"
        accounts = [
            make_account(brand, channel, external_id=f"{brand.slug}{channel}"[:20], name=name)
            for channel in ("whatsapp", "facebook")
        ]
        first = make_conversation(accounts[0], last_message_at=now)
        first.contact.name = name
        first.contact.save()
        make_message(first, f"Wo bleibt mein Paket? {word}")
        second = make_conversation(accounts[1], last_message_at=now - timedelta(hours=1))
        make_case(make_message(second, f"Ihr seid Vollidioten {word}"), category="insult")
        make_case(make_message(second, f"Gewinn! {word}"), category="spam", severity=1)
        decided = make_decision(make_message(second, f"Spam, Spam {word}"), decided_by=None)
        make_statement(decided)
        appeal = Appeal.objects.create(
            brand=brand,
            decision=decided,
            text=f"Das war Ironie {word}",
            language="de",
            received_at=now,
            due_at=now + timedelta(days=3),
        )
        AnswerTemplate.objects.create(
            brand=brand,
            name=name,
            shortcut="zeiten",
            conversation_kind="direct",
            language="de",
            text=f"Wir sind von 9 bis 17 Uhr da. {word}",
        )
        OutboxItem.objects.create(
            brand=brand,
            account=accounts[0],
            conversation=first,
            action="message",
            text=f"Held {word}",
            state="held",
            held_reasons=[{"gate": "approval", "code": "needs_approval", "message": word}],
            actor_ref="tests",
            idempotency_key=f"{word}{brand.slug}",
            created_at=now,
            not_before=now,
        )
        delivery = ReceivedDelivery.objects.create(
            agency=brand.agency,
            app=accounts[0].app,
            channel="whatsapp",
            body=f'{{"word": "{word}"}}'.encode(),
            body_sha256="0" * 64,
            received_at=now,
        )
        InboundEvent.objects.create(
            brand=brand,
            account=accounts[0],
            delivery_ref=delivery.pk,
            kind="message",
            dedupe_key=f"{word}{brand.slug}",
            lane=word,
            payload={"text": word},
            occurred_at=now,
            received_at=now,
            state="dead",
            not_before=now,
            problem=word,
        )
        Consent.objects.create(
            brand=brand,
            channel="whatsapp",
            address_hash=("ab" if brand.slug == "north" else "cd") * 32,
            purpose="service",
            state="opted_out",
            since=now,
            source="message",
        )
        export = request_export(brand, actor=TESTS, filters={}, purpose=f"Purpose {word}")
        stop_sending(accounts[1], actor=TESTS, reason=f"Reason {word}")
        make_token(brand, "inbox.conversation.view", name=name)
    return {
        "inbox.conversation": first.pk,
        "second": second.pk,
        "moderation.appeal": appeal.pk,
        "moderation.decision": decided.pk,
        "compliance.auditexport": export.pk,
        "tenants.apitoken": ApiToken.objects.get(brand=brand).pk,
    }
