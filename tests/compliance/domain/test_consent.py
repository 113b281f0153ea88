"""The last word of an address counts, per brand, channel and purpose, with its evidence."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import (
    OPT_OUT_PURPOSES,
    address_hash,
    confirm_once,
    grant,
    standing,
    withdraw,
)
from compliance.models import AuditDetail, AuditEvent, Consent
from tenants.actors import PIPELINE
from tenants.models import Brand
from tenants.scope import brand_scope

ADDRESS, CHANNEL = "49170000", "whatsapp"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARKETING = [Purpose.MARKETING]


def _say(word: Any, brand: Brand, *, at: datetime = NOON, **changes: Any) -> bool:
    details = {
        "channel": CHANNEL,
        "address": ADDRESS,
        "purposes": OPT_OUT_PURPOSES,
        "source": "message",
        "evidence": "message-1",
        "actor": PIPELINE,
    }
    return bool(word(brand.pk, at=at, **details | changes))


def _states(brand: Brand, address: str = ADDRESS, channel: str = CHANNEL) -> dict[str, str]:
    return {p: c.state for p, c in standing(brand.pk, channel=channel, address=address).items()}


def _confirms(brand: Brand, **changes: Any) -> bool:
    return confirm_once(brand.pk, **{"channel": CHANNEL, "address": ADDRESS, "at": NOON} | changes)


def test_stop_withdraws_automation_marketing_and_surveys(in_north: Brand) -> None:
    assert _say(withdraw, in_north)

    assert _states(in_north) == {
        Purpose.AUTOMATION: ConsentState.WITHDRAWN,
        Purpose.MARKETING: ConsentState.WITHDRAWN,
        Purpose.SURVEY: ConsentState.WITHDRAWN,
    }


def test_stop_twice_changes_nothing_and_keeps_the_first_time(in_north: Brand) -> None:
    _say(withdraw, in_north)

    assert not _say(withdraw, in_north, at=NOON + HOUR)
    assert set(Consent.objects.values_list("since", flat=True)) == {NOON}
    assert AuditEvent.objects.count() == 3


def test_a_newer_yes_wins(in_north: Brand) -> None:
    _say(withdraw, in_north)

    assert _say(grant, in_north, at=NOON + HOUR)
    assert set(_states(in_north).values()) == {ConsentState.GRANTED}


def test_an_older_yes_that_comes_late_does_not(in_north: Brand) -> None:
    _say(withdraw, in_north)

    assert not _say(grant, in_north, at=NOON - HOUR)
    assert set(_states(in_north).values()) == {ConsentState.WITHDRAWN}


def test_each_purpose_stands_for_itself(in_north: Brand) -> None:
    _say(grant, in_north, purposes=MARKETING)
    _say(withdraw, in_north, at=NOON + HOUR, purposes=[Purpose.AUTOMATION])

    assert _states(in_north) == {
        Purpose.AUTOMATION: ConsentState.WITHDRAWN,
        Purpose.MARKETING: ConsentState.GRANTED,
    }


def test_each_channel_stands_for_itself(in_north: Brand) -> None:
    _say(withdraw, in_north)

    assert _states(in_north, channel="facebook") == {}


def test_a_word_to_one_brand_is_none_to_another(north: Brand, south: Brand) -> None:
    for brand in (north, south):
        with brand_scope(brand.pk):
            _say(grant, brand)
    with brand_scope(north.pk):
        _say(withdraw, north, at=NOON + HOUR)
        assert set(_states(north).values()) == {ConsentState.WITHDRAWN}

    with brand_scope(south.pk):
        assert set(_states(south).values()) == {ConsentState.GRANTED}


def test_the_address_itself_is_nowhere_in_the_row(in_north: Brand) -> None:
    _say(withdraw, in_north)

    rows = list(Consent.objects.values())
    details = list(AuditDetail.objects.values_list("value", flat=True))
    assert len(rows) == 3
    assert ADDRESS not in str(rows)
    assert details
    assert ADDRESS not in str(details)


def test_the_hash_hides_case_and_spaces_and_differs_by_place() -> None:
    one, other = uuid4(), uuid4()
    found = address_hash(one, CHANNEL, " Lena@Example.test ")

    assert len(found) == 64
    assert found == address_hash(one, CHANNEL, "lena@example.test")
    assert found != address_hash(other, CHANNEL, "lena@example.test")
    assert found != address_hash(one, "facebook", "lena@example.test")


def test_the_hash_needs_the_key(settings: Any) -> None:
    brand = uuid4()
    before = address_hash(brand, CHANNEL, ADDRESS)

    settings.CONSENT_KEY = "another key"

    assert address_hash(brand, CHANNEL, ADDRESS) != before


def test_each_change_is_an_event_with_its_evidence(in_north: Brand) -> None:
    _say(grant, in_north, purposes=MARKETING)
    _say(withdraw, in_north, at=NOON + HOUR, purposes=MARKETING, evidence="message-2")

    events = list(AuditEvent.objects.order_by("id"))
    assert [e.kind for e in events] == [
        "compliance.consent.granted",
        "compliance.consent.withdrawn",
    ]
    last = {d.name: d.readable for d in AuditDetail.objects.filter(event=events[1])}
    assert last["before.state"] == "granted"
    assert (last["after.state"], last["after.evidence"]) == ("withdrawn", "message-2")


def test_an_opt_out_is_confirmed_once(in_north: Brand) -> None:
    assert not _confirms(in_north)  # there is nothing to confirm
    _say(withdraw, in_north)

    assert _confirms(in_north)
    assert not _confirms(in_north)


def test_a_new_opt_out_after_a_yes_is_confirmed_again(in_north: Brand) -> None:
    _say(withdraw, in_north)
    assert _confirms(in_north)
    _say(grant, in_north, at=NOON + HOUR)
    assert not _confirms(in_north)
    _say(withdraw, in_north, at=NOON + 2 * HOUR)

    assert _confirms(in_north)


@pytest.mark.parametrize("changes", [{"address": "49171111"}, {"channel": "facebook"}])
def test_a_confirmation_is_for_one_address_on_one_channel(
    in_north: Brand, changes: dict[str, str]
) -> None:
    _say(withdraw, in_north)

    assert not _confirms(in_north, **changes)
    assert _confirms(in_north)
