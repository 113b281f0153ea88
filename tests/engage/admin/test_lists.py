"""What lists say: an appeal names its author, a consent its network, the trail one clock."""

from typing import Any

from django.test import Client
from django.utils import timezone

from compliance.models import Consent
from moderation.models import Appeal
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_decision

HOME = "/w/acme/north/admin/"
APPEALS_QUERIES = 12


def _appeal(brand: Brand, number: int) -> None:
    account = make_account(brand, external_id=f"page{number}")
    conversation = make_conversation(account)
    conversation.contact.name = f"Nora {number}"
    conversation.contact.save()
    decision = make_decision(make_message(conversation, f"Alles Betrug {number}"))
    Appeal.objects.create(
        brand=brand,
        decision=decision,
        text="Das war Ironie",
        language="de",
        received_at=timezone.now(),
        due_at=timezone.now(),
    )


def test_the_appeals_name_author_and_comment(
    client: Client, olga: User, north: Brand, count_queries: Any
) -> None:
    client.force_login(olga)
    url = f"{HOME}moderation/appeal/"
    costs = []
    for number in range(3):
        with brand_scope(north.pk):
            _appeal(north, number)
        client.get(url)
        with count_queries() as captured:
            html = client.get(url).content.decode()
        costs.append(len(captured))
    assert costs == [APPEALS_QUERIES] * 3
    assert "Nora 2" in html
    assert "Alles Betrug 2" in html
    User.objects.filter(pk=olga.pk).update(language="de")
    german = client.get(url).content.decode()
    assert "Decided by" not in german
    assert "Entschieden von" in german


def test_the_consents_name_the_network(client: Client, olga: User, north: Brand) -> None:
    with brand_scope(north.pk):
        Consent.objects.create(
            brand=north,
            channel="whatsapp",
            address_hash="ab" * 32,
            purpose="service",
            state="opted_out",
            since=timezone.now().replace(month=1, day=5, hour=10, minute=0),
            source="message",
        )
    client.force_login(olga)
    html = client.get(f"{HOME}compliance/consent/").content.decode()
    assert "WhatsApp" in html
    assert f"01/05/{timezone.now().year} 11 a.m." in html
