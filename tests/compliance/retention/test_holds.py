"""Legal holds of a contact, a conversation, a span of time. Requirement C5."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from compliance.choices import HoldScope
from compliance.domain.holds import (
    Coverage,
    held_contacts,
    holds_on,
    open_holds,
    place_hold,
    release_hold,
    review_hold,
)
from compliance.models import AuditEvent
from inbox.models import Conversation
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def thread(north: Brand) -> Conversation:
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        return make_conversation(make_account(north))


@pytest.mark.parametrize("kind", list(HoldScope))
def test_a_hold_covers_what_it_names(
    north: Brand, aud: User, thread: Conversation, kind: HoldScope
) -> None:
    covers = {
        HoldScope.BRAND: Coverage(),
        HoldScope.CONTACT: Coverage(contact_ref=thread.contact_id),
        HoldScope.CONVERSATION: Coverage(conversation_ref=thread.pk),
        HoldScope.PERIOD: Coverage(since=START, until=START + DAY),
    }[kind]
    with brand_scope(north.pk):
        hold = place_hold(north, reason="Case 7", actor=aud, covers=covers)

        assert (hold.scope, hold.owner, hold.is_open) == (kind, aud, True)
        assert open_holds(north.pk) == [hold]
        mine = holds_on(north.pk, contact_ids=[thread.contact_id], conversation_ids=[thread.pk])
        assert mine == [hold]
        whose = {HoldScope.BRAND, HoldScope.PERIOD}
        others = holds_on(north.pk, contact_ids=[uuid4()], conversation_ids=[uuid4()])
        assert others == ([hold] if kind in whose else [])
        by_name = held_contacts(north.pk, [thread.contact_id])
        is_named = kind in {HoldScope.BRAND, HoldScope.CONTACT}
        assert by_name == ({thread.contact_id: [hold]} if is_named else {})
        event = AuditEvent.objects.get(kind="compliance.hold.placed")
        assert f'"scope":"{kind.value}"' in event.body
        release_hold(hold, reason="Settled", actor=aud)
        assert open_holds(north.pk) == []
        assert held_contacts(north.pk, [thread.contact_id]) == {}


def test_a_span_holds_both_its_ends(north: Brand, aud: User) -> None:
    with brand_scope(north.pk):
        hold = place_hold(
            north, reason="x", actor=aud, covers=Coverage(since=START, until=START + DAY)
        )

        def held(first: datetime, last: datetime) -> bool:
            return holds_on(north.pk, between=(first, last)) == [hold]

        second = timedelta(seconds=1)
        assert held(START - DAY, START)
        assert held(START + DAY, START + 2 * DAY)
        assert held(START - DAY, START + 2 * DAY)
        assert not held(START - DAY, START - second)
        assert not held(START + DAY + second, START + 2 * DAY)


def test_bad_holds_are_refused_in_words(
    north: Brand, south: Brand, aud: User, ada: User, thread: Conversation
) -> None:
    with brand_scope(south.pk, agency_ids=[south.agency_id]):
        foreign = make_conversation(make_account(south, external_id="77"))
    bad = [
        (Coverage(contact_ref=uuid4()), "contact", "no such contact"),
        (Coverage(conversation_ref=uuid4()), "conversation", "no such contact"),
        (Coverage(contact_ref=foreign.contact_id), "contact", "no such contact"),
        (Coverage(thread.contact_id, thread.pk), "conversation", "not both"),
        (Coverage(since=START, until=START - DAY), "until", "ends before it begins"),
    ]
    with brand_scope(north.pk):
        for covers, field, words in bad:
            with pytest.raises(InvalidInput, match=words) as error:
                place_hold(north, reason="x", actor=aud, covers=covers)
            assert error.value.field == field
        with pytest.raises(InvalidInput, match="allowed to release"):
            place_hold(north, reason="x", actor=aud, owner=ada)
        with pytest.raises(NotAllowed):
            place_hold(north, reason="x", actor=ada, covers=Coverage(thread.contact_id))
        assert open_holds(north.pk) == []


def test_a_review_sets_the_next_day(north: Brand, aud: User, ada: User) -> None:
    today = timezone.now().date()
    with brand_scope(north.pk):
        hold = place_hold(north, reason="x", actor=aud, review_on=today)
        hold.reminded_on = today
        hold.save()
        with pytest.raises(NotAllowed):
            review_hold(hold, review_on=today + DAY, reason="x", actor=ada)
        with pytest.raises(InvalidInput, match="is over"):
            review_hold(hold, review_on=today - DAY, reason="x", actor=aud)
        hold = review_hold(hold, review_on=today + 90 * DAY, reason="Still needed", actor=aud)
        assert (hold.review_on, hold.reminded_on) == (today + 90 * DAY, None)
        release_hold(hold, reason="Settled", actor=aud)
        with pytest.raises(InvalidState):
            review_hold(hold, review_on=today + DAY, reason="x", actor=aud)
