"""Licences and reviewed samples as programs see them."""

from django.utils import timezone

from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.api import make_program
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_licence, make_sample

VIEW = "moderation.quality.view"


def test_only_reviewed_samples_are_told(north: Brand) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        done, waiting = (make_sample(make_message(conversation)) for _ in range(2))
        done.outcome, done.reviewed_at = "false_hide", timezone.now()
        done.save(update_fields=["outcome", "reviewed_at"])

    answer = make_program(north, VIEW).get("quality-samples/").json()

    assert waiting.pk != done.pk
    assert [(row["id"], row["outcome"]) for row in answer["results"]] == [
        (str(done.pk), "false_hide")
    ]


def test_licences_say_how_far(north: Brand) -> None:
    with brand_scope(north.pk):
        make_licence(north, state="quarter")

    answer = make_program(north, VIEW).get("hiding-licences/").json()

    assert [(row["category"], row["state"]) for row in answer["results"]] == [("spam", "quarter")]
