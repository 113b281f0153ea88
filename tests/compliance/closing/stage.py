"""A brand with something in its tables, and the way to its end."""

from typing import Any

from django.utils import timezone

from compliance.choices import ConsentState, Purpose
from compliance.domain.audit import record
from compliance.domain.closing.export_job import run_brand_export
from compliance.domain.closing.exports import open_brand_export, request_brand_export
from compliance.models import BrandExport, Consent
from compliance.scope import acting
from inbox.choices import DeliveryState
from inbox.models import (
    ChannelAccount,
    InboundEvent,
    MessageRevision,
    OutboxItem,
    ReceivedDelivery,
)
from tenants.actors import SystemActor
from tenants.domain.agencies import own_brand
from tenants.domain.freezing import freeze_brand, stop_intake
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_conversation, make_message
from tests.factories.moderation import make_case, make_decision, make_statement

MARKERS = ("Zorblatt", "quixhandle", "grunkle-secret", "flumbox")
"""Words that stand nowhere but in the brand's data: a name, a handle, a text, a note."""


SETUP = SystemActor("system", "tests")


def fill(brand: Brand, account: ChannelAccount, *, messages: int = 3, number: int = 1) -> None:
    """Rows with the markers in them. Runs in the scope of the brand and its agency."""
    handle = f"quixhandle-{number}"
    conversation = make_conversation(account, handle=handle, preview="grunkle-secret")
    contact = conversation.contact
    contact.name = "Zorblatt Beispiel"
    contact.save()
    made = [
        make_message(conversation, f"grunkle-secret {n}", author_label="Zorblatt")
        for n in range(messages)
    ]
    MessageRevision.objects.create(
        brand=brand, message=made[0], revision=1, text="grunkle-secret", replaced_at=timezone.now()
    )
    Consent.objects.create(
        brand=brand, channel=account.channel, address_hash=f"{number:064}",
        purpose=Purpose.MARKETING, state=ConsentState.GRANTED, since=timezone.now(),
        source="message",
    )  # fmt: skip
    OutboxItem.objects.create(
        brand=brand, account=account, conversation=conversation, action="message", state="sent",
        recipient=handle, text="Hallo Zorblatt", idempotency_key=f"k{number}", actor_ref="x",
        created_at=timezone.now(), not_before=timezone.now(),
    )  # fmt: skip
    delivery = ReceivedDelivery.objects.create(
        agency_id=brand.agency_id, app=account.app, channel=account.channel,
        body=b'{"text": "grunkle-secret"}', body_sha256="0" * 64, received_at=timezone.now(),
        state=DeliveryState.SPLIT,
    )  # fmt: skip
    InboundEvent.objects.create(
        brand=brand, account=account, delivery_ref=delivery.pk, kind="message", state="done",
        dedupe_key=f"d{number}", lane="quixhandle-1", payload={"text": "grunkle-secret"},
        occurred_at=timezone.now(), received_at=timezone.now(), not_before=timezone.now(),
    )  # fmt: skip
    ReceivedDelivery.objects.create(
        agency_id=brand.agency_id, app=account.app, channel=account.channel,
        body=f'{{"id": "{account.external_id}", "text": "flumbox"}}'.encode(),
        body_sha256="1" * 64, received_at=timezone.now(), state=DeliveryState.DEAD,
    )  # fmt: skip
    case = make_case(made[0])
    first = make_decision(made[0], case=case, facts="grunkle-secret", text_snapshot="flumbox")
    back = make_decision(made[0], action="none", reverses=first)
    make_statement(first, text="Dear Zorblatt")
    make_statement(back, text="Dear Zorblatt")
    record(
        "inbox.note.added", conversation, actor=SETUP, reason="Because Zorblatt asked",
        personal={"text": "grunkle-secret"},
    )  # fmt: skip
    with acting(SETUP, reason="Zorblatt wished it"):
        account.name = "flumbox page"
        account.save(update_fields=["name"])


def in_agency(agency: Agency) -> Any:
    """What the agency's workspace has in scope."""
    ids = [b.pk for b in Brand.including_agencies.filter(agency=agency)]
    return brand_scope(ids, agency_ids=[agency.pk])


def freeze_whole(brand: Brand, *, actor: User) -> None:
    own_brand(brand.agency)
    with brand_scope(brand.pk):
        freeze_brand(brand, reason="Contract ends", actor=actor)
        stop_intake(brand, reason="Contract ends", actor=actor)


def archive(brand: Brand, *, actor: User, take: bool = True) -> BrandExport:
    with brand_scope(brand.pk):
        export = request_brand_export(brand, purpose="Handing over", actor=actor)
    done = run_brand_export(export.pk, brand_id=brand.pk)
    assert done is not None
    assert done.state == "done", done.failure
    if take:
        with brand_scope(brand.pk):
            open_brand_export(done, actor=actor).close()
    with brand_scope(brand.pk):
        return BrandExport.objects.get(pk=done.pk)
