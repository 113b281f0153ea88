"""A brand with a policy, and reviewed samples by the hundred."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.models import Message
from moderation.domain.policies import install_preset
from moderation.models import Assessment, QualitySample
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation
from tests.factories.moderation import make_assessment

TESTS = SystemActor("system", "tests")
type Measure = Callable[..., None]


@pytest.fixture
def scope(north: Brand) -> Iterator[None]:
    with brand_scope(north.pk):
        install_preset(north, actor=TESTS)
        yield


@pytest.fixture
def write(north: Brand, scope: None) -> Callable[[int], list[Message]]:
    """So many comments in one thread."""
    conversation = make_conversation(make_account(north))

    def make(count: int) -> list[Message]:
        now = timezone.now()
        return Message.objects.bulk_create(
            Message(
                brand=north,
                account_id=conversation.account_id,
                conversation=conversation,
                text=f"Gewinne jetzt {number}",
                direction="in",
                external_id=f"m-{now.timestamp()}-{number}",
                occurred_at=now,
                received_at=now,
            )
            for number in range(count)
        )

    return make


@pytest.fixture
def measure(north: Brand, write: Callable[[int], list[Message]]) -> Measure:
    """So many reviewed samples, of which some are wrong, of version ``lists-1``."""

    def make(count: int, wrong: int = 0, **fields: Any) -> None:
        now = timezone.now()
        messages = write(count)
        QualitySample.objects.bulk_create(
            QualitySample(
                brand=north,
                message=message,
                **{
                    "revision": 1,
                    "kind": "random",
                    "stratum": "would_hide",
                    "category": "spam",
                    "score": 0.95,
                    "model_version": "lists-1",
                    "drawn_at": now - timedelta(hours=1),
                    "reviewed_at": now,
                    "outcome": "false_hide" if number < wrong else "right",
                }
                | fields,
            )
            for number, message in enumerate(messages)
        )
        if not Assessment.objects.filter(verdict="auto_hide").exists():
            make_assessment(write(1)[0])

    return make
