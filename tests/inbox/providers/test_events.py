import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.providers.bounds import TooLong, bounded
from inbox.providers.errors import ErrorClass, PlatformError
from inbox.providers.events import (
    TEXT_LIMIT_BYTES,
    Attachment,
    Author,
    Event,
    EventKind,
    instant,
    storable,
    storable_json,
    storable_text,
)

AT = datetime(2026, 11, 18, 11, 15, tzinfo=UTC)
any_text = st.text(st.characters(), max_size=30)  # with surrogates and NUL


def event(**values: object) -> Event:
    base = Event("whatsapp", "PN1", EventKind.DM_TEXT, "wamid.1", AT, "PN1:DE.1")
    return replace(base, **values)


def test_json_round_trip_of_a_full_event() -> None:
    full = event(
        discriminator="d",
        parent_external_id="p",
        root_external_id="r",
        thread_id="t",
        author=Author("DE.1", "lena", "Lena", True, "49170"),
        text="Grüße 😀",
        attachments=(
            Attachment("image", "M1", "https://x.example/1", "image/png", "a", "b", True),
        ),
        status="failed",
        error=PlatformError("131047", "Window", "closed", ErrorClass.WINDOW_CLOSED),
        reply_ref="outbox:1",
        detail={"emoji": "👍"},
        raw={"item": {"n": 2**70, "deep": [1, [2.5, None, True]]}},
        problem="cut",
    )

    assert Event.from_json(json.loads(json.dumps(full.to_json()))) == full


@given(text=any_text, name=any_text, raw=st.dictionaries(any_text, any_text, max_size=3))
def test_json_round_trip_is_lossless(text: str, name: str, raw: dict[str, str]) -> None:
    one = event(text=storable(text), author=Author(storable(name)), raw=storable_json(raw))

    assert Event.from_json(json.loads(json.dumps(one.to_json()))) == one


@pytest.mark.parametrize(
    ("kind", "discriminator", "key"),
    [
        (EventKind.DM_TEXT, "", "dm:wamid.1"),
        (EventKind.DM_ECHO, "", "dm:wamid.1"),
        (EventKind.DM_STATUS, "read", "dm.status:wamid.1:read"),
        (EventKind.COMMENT_REPLY, "", "comment:wamid.1"),
        (EventKind.MENTION, "", "comment:wamid.1"),
        (EventKind.COMMENT_DELETE, "", "comment.delete:wamid.1"),
        (EventKind.COMMENT_VISIBILITY, "hidden/1", "comment.visibility:wamid.1:hidden/1"),
    ],
)
def test_dedupe_key(kind: EventKind, discriminator: str, key: str) -> None:
    assert event(kind=kind, discriminator=discriminator).dedupe_key == key


def test_target_is_the_original_of_an_edit_and_the_comment_itself() -> None:
    edit = event(kind=EventKind.DM_EDIT, parent_external_id="wamid.0")
    comment = event(kind=EventKind.COMMENT_EDIT, parent_external_id="post")

    assert edit.target_external_id == "wamid.0"
    assert comment.target_external_id == "wamid.1"


def test_text_loses_nul_and_lone_surrogates_but_keeps_bidi_controls() -> None:
    given_text = "a\x00b\ud83d c\udc00 \u202eevil\u202c 😀"

    assert storable_text(given_text) == ("ab\ufffd c\ufffd \u202eevil\u202c 😀", "")


def test_text_of_100_kb_is_kept_and_a_longer_one_cut_at_a_character() -> None:
    whole = "x" * TEXT_LIMIT_BYTES
    longer = "ü" * TEXT_LIMIT_BYTES

    assert storable_text(whole) == (whole, "")
    kept, problem = storable_text("x" + longer)
    assert kept == "x" + "ü" * (TEXT_LIMIT_BYTES // 2 - 1)
    assert problem == f"text cut from {TEXT_LIMIT_BYTES * 2 + 1} to {TEXT_LIMIT_BYTES - 1} bytes"


def test_raw_json_that_jsonb_refuses_is_made_storable() -> None:
    deep: object = "bottom"
    for _ in range(60):
        deep = [deep]

    clean = storable_json({"a\x00": float("inf"), "b": "\ud800", "deep": deep})

    assert clean["a"] == "inf"
    assert clean["b"] == "\ufffd"
    assert json.dumps(clean["deep"]).count("[") == 39
    assert "(nested too deeply)" in json.dumps(clean)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1795000500, AT),
        ("1795000500", AT),
        (1795000500000, AT),
        ("1795000500000", AT),
        (True, None),
        ("", None),
        ("soon", None),
        (None, None),
        (-5, None),
        (float("nan"), None),
        (float("inf"), None),
        ("9" * 400, None),
        (10**400, None),
    ],
)
def test_instant(value: object, expected: datetime | None) -> None:
    assert instant(value) == expected


def test_bounds_refuse_a_long_id_and_shorten_labels() -> None:
    with pytest.raises(TooLong, match="external_id"):
        bounded(event(external_id="x" * 201))
    with pytest.raises(TooLong, match="author"):
        bounded(event(author=Author("x" * 151)))

    short = bounded(
        event(author=Author("1", name="n" * 999), lane="l" * 999, discriminator="d" * 999)
    )

    assert short.author is not None
    assert len(short.author.name) == 300
    assert len(short.lane) == 250
    assert len(short.dedupe_key) < 400
    assert short.lane != bounded(event(lane="l" * 998)).lane
