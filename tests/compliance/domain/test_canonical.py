"""One way to write every value."""

from datetime import UTC, datetime, timedelta, timezone

import rfc8785
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from compliance.choices import ActorKind
from compliance.domain.canonical import canonical, commitment, instant, new_salt, plain, storable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(st.characters(codec="utf-8")))
def test_short_way_for_texts_is_the_canonical_way(text: str):
    assert canonical(text) == rfc8785.dumps(text).decode()


@given(JSON)
def test_every_value_can_be_written_and_stored(value: object):
    text = canonical(plain(value))

    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text


@given(st.text(st.characters()))
def test_storable_text_survives_postgresql(text: str):
    kept = storable(text)

    assert "\x00" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert storable(kept) == kept


def test_order_of_keys_follows_utf_16():
    # Source: RFC 8785 section 3.2.3; code point order would put the second key first.
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'


def test_instants_are_utc_with_microseconds():
    berlin = timezone(timedelta(hours=1))

    assert instant(datetime(2026, 11, 21, 9, 30, tzinfo=berlin)) == "2026-11-21T08:30:00.000000Z"
    assert plain(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"


def test_enums_and_translations_are_written_as_their_value():
    assert plain([ActorKind.USER, gettext_lazy("Person")]) == ["user", "Person"]


def test_commitment_binds_salt_and_value():
    salt = new_salt()

    assert len({salt, new_salt()}) == 2
    assert commitment(salt, "a") != commitment(salt, "b")
    assert commitment(salt, "a") != commitment(new_salt(), "a")
