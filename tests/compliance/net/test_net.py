"""What changes without an event is counted by the database itself, however it was written."""

import pytest
from django.db import connection, transaction

from compliance.domain.audit import record
from compliance.models import UnexplainedWrite
from inbox.models import Contact
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope

RULE = SystemActor("rule", "tests", "1")
pytestmark = pytest.mark.usefixtures("committed")


def found(brand: Brand) -> list[dict[str, int]]:
    with brand_scope(brand.pk):
        return [row.changes for row in UnexplainedWrite.objects.order_by("at", "pk")]


def forget(brand: Brand) -> int:
    return len(found(brand))


def contacts(brand: Brand, count: int) -> list[Contact]:
    from django.utils import timezone
    now = timezone.now()
    return [Contact(brand=brand, name=f"n{n}", first_seen_at=now, last_seen_at=now) for n in range(count)]


def test_try(north: Brand) -> None:
    start = forget(north)
    with brand_scope(north.pk):
        Contact.objects.bulk_create(contacts(north, 3))
    with brand_scope(north.pk):
        Contact.objects.bulk_create(contacts(north, 3))
        record("inbox.reply.sent", north, actor=RULE)
    with brand_scope(north.pk):
        Contact.objects.update(name="x")
        record("inbox.conversation.read", north, actor=RULE)
    print(found(north))
    assert found(north)[start:] == [{"inbox_contact:insert": 3}, {"inbox_contact:update": 6}]
