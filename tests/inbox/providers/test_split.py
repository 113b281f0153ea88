import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.providers.base import Connector, UnreadableDelivery
from inbox.providers.connectors import CONNECTORS
from inbox.providers.events import Attachment, Author, Event, EventKind

DATA = Path(__file__).parents[2] / "data"
RECEIVED = datetime(2026, 11, 20, tzinfo=UTC)


def samples() -> Iterator[Any]:
    for channel in CONNECTORS:
        for path in sorted((DATA / channel).glob("*.json")):
            yield pytest.param(channel, path, id=f"{channel}/{path.stem}")


def body_of(document: Any) -> bytes:
    """As Meta sends it, with non-ASCII characters escaped."""
    return json.dumps(document, ensure_ascii=True).encode()


def split(channel: str, document: Any) -> list[Event]:
    return list(CONNECTORS[channel].split(body_of(document), received_at=RECEIVED))


def whole(expected: dict[str, Any]) -> dict[str, Any]:
    """The expectation with the defaults of everything it does not name."""
    author = expected.get("author")
    blank = Event("", "", EventKind.UNSUPPORTED, "", RECEIVED, "").to_json()
    return {
        **blank,
        **expected,
        "author": None if author is None else asdict(Author(**author)),
        "attachments": [asdict(Attachment(**one)) for one in expected.get("attachments", [])],
    }


@pytest.mark.parametrize(("channel", "path"), list(samples()))
def test_split_documented_sample(channel: str, path: Path) -> None:
    sample = json.loads(path.read_text())

    events = split(channel, sample["body"])

    assert len(events) == len(sample["expect"])
    for event, expected in zip(events, sample["expect"], strict=True):
        found, wanted = event.to_json(), whole(expected)
        raw = found.pop("raw")
        wanted.pop("raw")
        for key, value in expected.items():
            if value == "*":
                assert found[key]
                wanted[key] = found[key]
        assert found == wanted
        assert "item" in raw
        assert raw["object"] == sample["body"]["object"]


def test_samples_are_all_there() -> None:
    assert [len(list((DATA / name).glob("*.json"))) for name in CONNECTORS] == [24, 28, 10, 1, 1]


def test_split_accepts_the_envelope_in_a_list() -> None:
    sample = json.loads((DATA / "whatsapp" / "text.json").read_text())["body"]

    assert [event.text for event in split("whatsapp", [sample, sample])] == [
        "Wo ist mein Paket?",
        "Wo ist mein Paket?",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"hello",
        b"7",
        b"[]",
        b"{}",
        b'{"entry":{}}',
        b'{"object":"page","entry":NaN}',
        b"[" * 200_000,
    ],
)
def test_split_unreadable_body(body: bytes) -> None:
    for connector in CONNECTORS.values():
        with pytest.raises(UnreadableDelivery):
            connector.split(body)


def test_split_other_networks_object_is_kept_as_unsupported() -> None:
    sample = json.loads((DATA / "facebook" / "comment_add.json").read_text())["body"]

    (event,) = split("whatsapp", sample)

    assert (event.kind, event.problem) == (
        EventKind.UNSUPPORTED,
        "object is not whatsapp_business_account",
    )
    assert event.raw["item"] == sample["entry"][0]


def test_split_ids_beyond_two_to_the_53_stay_exact() -> None:
    sample = json.loads((DATA / "facebook" / "comment_add.json").read_text())["body"]
    sample["entry"][0]["id"] = 90071992547409931
    sample["entry"][0]["changes"][0]["value"]["comment_id"] = 9007199254740993123

    (event,) = split("facebook", sample)

    assert (event.account_id, event.external_id) == ("90071992547409931", "9007199254740993123")


def test_split_a_number_too_long_to_read_costs_only_its_item() -> None:
    text = json.dumps(json.loads((DATA / "facebook" / "comment_add.json").read_text())["body"])
    body = text.replace('"entry": [', '"entry": [' + "9" * 5000 + ", 1e999, ").encode()

    events = list(CONNECTORS["facebook"].split(body))

    assert [one.kind for one in events] == [
        EventKind.MALFORMED,
        EventKind.MALFORMED,
        EventKind.COMMENT_ADD,
    ]


def test_split_same_delivery_twice_gives_the_same_keys() -> None:
    for channel in CONNECTORS:
        for path in sorted((DATA / channel).glob("*.json")):
            body = json.loads(path.read_text())["body"]
            first, second = split(channel, body), split(channel, body)
            assert [one.dedupe_key for one in first] == [one.dedupe_key for one in second]


def test_split_hostile_text_is_stored_safely() -> None:
    sample = json.loads((DATA / "whatsapp" / "text.json").read_text())["body"]
    message = sample["entry"][0]["changes"][0]["value"]["messages"][0]
    message["text"]["body"] = "a\x00\ud800<script>\u202e" + "x" * 200_000

    (event,) = split("whatsapp", sample)

    assert event.text.startswith("a\ufffd<script>\u202exxx")
    assert event.problem.startswith("text cut from ")
    assert "\x00" not in json.dumps(event.to_json(), ensure_ascii=False)
    json.dumps(event.to_json(), ensure_ascii=False).encode()


def test_split_id_that_no_column_holds_is_malformed() -> None:
    sample = json.loads((DATA / "whatsapp" / "text.json").read_text())["body"]
    sample["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = "w" * 400

    (event,) = split("whatsapp", sample)

    assert (event.kind, event.problem) == (EventKind.MALFORMED, "external_id is too long")


def test_split_message_without_any_sender_is_malformed() -> None:
    sample = json.loads((DATA / "whatsapp" / "text.json").read_text())["body"]
    value = sample["entry"][0]["changes"][0]["value"]
    del value["contacts"], value["messages"][0]["from"]

    (event,) = split("whatsapp", sample)

    assert (event.kind, event.problem) == (
        EventKind.MALFORMED,
        "no sender: neither number nor user id",
    )


KEYS = """
    object entry id changes field value messages statuses contacts from text body type timestamp
    feed page comment item verb add post_id comment_id messaging message mid sender
    whatsapp_business_account metadata phone_number_id reaction edit time
"""
words = st.sampled_from(KEYS.split())
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.text()
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5),
    max_leaves=15,
)


def connectors() -> list[Connector]:
    return list(CONNECTORS.values())


@given(document=anything)
def test_split_any_json_gives_events_or_unreadable(document: Any) -> None:
    for connector in connectors():
        try:
            events = list(connector.split(body_of(document)))
        except UnreadableDelivery:
            continue
        assert all(Event.from_json(one.to_json()) == one for one in events)


@given(bad=anything, place=st.integers(0, 2), level=st.sampled_from(["entry", "change", "item"]))
def test_split_siblings_survive_one_bad_item(bad: Any, place: int, level: str) -> None:
    for channel, name, part in (
        ("whatsapp", "text", ("value", "messages")),
        ("facebook", "messenger_plain_text", ()),
    ):
        body = json.loads((DATA / channel / f"{name}.json").read_text())["body"]
        good = split(channel, body)[0]
        entry = body["entry"][0]
        if level == "entry":
            row = body["entry"]
        elif not part:
            row = entry["messaging"]
        elif level == "change":
            row = entry["changes"]
        else:
            row = entry["changes"][0][part[0]][part[1]]
        row += [json.loads(json.dumps(row[0])), json.loads(json.dumps(row[0]))]
        row.insert(place, bad)

        events = split(channel, body)

        assert [one.dedupe_key for one in events].count(good.dedupe_key) >= 3


@settings(max_examples=15)  # each example breaks every place of every fourth sample
@given(bad=anything)
def test_split_a_bad_field_never_becomes_a_crash(bad: Any) -> None:
    for channel in CONNECTORS:
        for path in sorted((DATA / channel).glob("*.json"))[::4]:
            body = json.loads(path.read_text())["body"]
            for holder, key in _places(body):
                kept = holder[key]
                holder[key] = bad
                try:
                    events = list(CONNECTORS[channel].split(body_of(body)))
                except UnreadableDelivery:
                    assert holder is body
                else:
                    assert all(len(one.dedupe_key) < 400 for one in events)
                holder[key] = kept


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else range(len(node))
    for key in keys:
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])
