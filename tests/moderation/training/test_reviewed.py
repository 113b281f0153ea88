"""What people decided becomes rows to train on; what machines did does not."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.choices import RequestKind, RequestSource, RequestState, RestrictionGround
from compliance.models import AuditEvent, DataRequest, ProcessingRestriction
from inbox.models import Message
from moderation.choices import Outcome
from moderation.domain.assessment import CATEGORIES
from moderation.domain.training.reviewed import reviewed_items, tell_of_training
from moderation.models import Appeal, Decision
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_decision
from tests.factories.tenants import make_user

NOBODY = dict.fromkeys(CATEGORIES, False)


@pytest.fixture
def mo(north: Brand) -> User:
    return make_user("mo")


def _message(brand: Brand, text: str, number: int = 0) -> Message:
    account = make_account(brand, external_id=f"a{number}")
    conversation = make_conversation(account, language="de")
    return make_message(conversation, text)


def _by_hand(message: Message, mo: User, **fields: Any) -> Decision:
    return make_decision(
        message,
        **{
            "automation": "AUTOMATED_DECISION_NOT_AUTOMATED",
            "decided_by": mo,
            "actor_ref": "mo",
        }
        | fields,
    )


def _rows(brand: Brand) -> list[tuple[str, dict[str, bool]]]:
    with brand_scope(brand.pk):
        return [(row.text, dict(row.labels)) for row in reviewed_items(brand).examples]


def test_hidden_by_a_person_is_a_yes_and_left_visible_a_no_for_everything(
    north: Brand, mo: User
) -> None:
    with brand_scope(north.pk):
        _by_hand(_message(north, "Kauft jetzt!", 1), mo)
        _by_hand(_message(north, "Wo ist mein Paket?", 2), mo, action="approve")
        _by_hand(_message(north, "Schwierig", 3), mo, action="escalate")

    assert sorted(_rows(north)) == [
        ("Kauft jetzt!", {"spam": True}),
        ("Wo ist mein Paket?", NOBODY),
    ]


def test_what_a_machine_hid_is_no_row(north: Brand) -> None:
    with brand_scope(north.pk):
        make_decision(_message(north, "Kauft jetzt!"))

    assert _rows(north) == []


def test_a_machines_decision_that_a_person_upheld_is_one(north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        decision = make_decision(_message(north, "Kauft jetzt!"))
        now = timezone.now()
        appeal = Appeal.objects.create(
            brand=north, decision=decision, text="Nein", language="de", received_at=now, due_at=now
        )
    assert _rows(north) == []

    with brand_scope(north.pk):
        appeal.state, appeal.outcome = "decided", Outcome.UPHELD
        appeal.decided_by, appeal.decided_at = mo, now
        appeal.save()
    assert _rows(north) == [("Kauft jetzt!", {"spam": True})]


def test_the_last_word_counts(north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        message = _message(north, "Kauft mein Buch")
        first = _by_hand(message, mo, decided_at=timezone.now() - timedelta(hours=1))
        _by_hand(message, mo, action="restore", reverses=first)

    assert _rows(north) == [("Kauft mein Buch", NOBODY)]


def test_erased_texts_are_gone(north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        _by_hand(_message(north, "Kauft jetzt!"), mo, text_snapshot="")

    assert _rows(north) == []


def test_people_whose_data_may_only_be_stored_are_left_out(north: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        message = _message(north, "Kauft jetzt!", 1)
        _by_hand(message, mo)
        _by_hand(_message(north, "Kauft morgen!", 2), mo)
    assert len(_rows(north)) == 2

    with brand_scope(north.pk):
        now = timezone.now()
        ProcessingRestriction.objects.create(
            brand=north,
            request=_request(north),
            contact_ref=message.conversation.contact_id,
            ground=RestrictionGround.values[0],
            since=now,
        )
    assert [text for text, _labels in _rows(north)] == ["Kauft morgen!"]


def _request(brand: Brand) -> DataRequest:
    now = timezone.now()
    return DataRequest.objects.create(
        brand=brand,
        number=1,
        kind=RequestKind.RESTRICTION,
        source=RequestSource.values[0],
        state=RequestState.FULFILLED,
        received_at=now,
        received_on=now.date(),
        due_on=now.date(),
    )


def test_every_row_says_by_what_right_it_is_used(north: Brand, south: Brand, mo: User) -> None:
    with brand_scope(north.pk):
        decision = _by_hand(_message(north, "Kauft jetzt!"), mo)
        (row,) = reviewed_items(north).examples

    assert row.licence == (
        f"reviewed by people of {north} on {decision.decided_at:%Y-%m-%d}; own use"
    )
    assert row.language == "de"
    assert _rows(south) == []


def test_the_ledger_is_told_which_model_was_trained(north: Brand) -> None:
    card: Any = {
        "version": "de-1",
        "language": "de",
        "heads": {"spam": {}},
        "trained_on": [{"rows": 7}, {"rows": 3}],
    }

    with brand_scope(north.pk):
        tell_of_training(north, card, actor=SystemActor("system", "train"))
        event = AuditEvent.objects.get(kind="moderation.model.trained")

    assert json.loads(event.body)["facts"] == {
        "version": "de-1",
        "language": "de",
        "rows": 10,
        "categories": "spam",
    }
