"""Reading ``data/<agency>-<brand>.json``. No clock, no chance: the same entries every time."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

BRANDS: Final = ("acme/north", "acme/south", "globex/main")
LONGEST_AGO_MINUTES: Final = 14 * 24 * 60


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the brand that people comment on; ``minutes_ago`` may exceed two weeks."""

    key: str
    title: str
    message: str
    permalink: str
    minutes_ago: int


@dataclass(frozen=True, slots=True)
class Person:
    """``phone`` is empty for commenters, and for WhatsApp people known by ``bsuid`` only."""

    id: str
    name: str
    handle: str
    followers: int
    phone: str
    bsuid: str


@dataclass(frozen=True, slots=True)
class Media:
    """``type`` as in WhatsApp messages: ``image`` or ``audio`` (``voice``: spoken right there)."""

    type: str
    mime_type: str
    voice: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the same person does to the entry ``after_minutes`` later; ``reply`` answers it."""

    action: Literal["edit", "remove", "reply"]
    after_minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One direct message or comment, ``minutes_ago`` (0..20160) before the demo starts.

    ``post`` is set for comments. ``topic`` says what it was written as (an intent of triage, or
    ``insult``, ``threat``, ``stop``, ``voice`` …); it never enters the product, only tests.
    """

    key: str
    brand: str
    channel: Literal["whatsapp", "facebook"]
    kind: Literal["dm", "comment"]
    person: Person
    post: Post | None
    minutes_ago: int
    language: str
    topic: str
    text: str
    media: Media | None
    follow_ups: tuple[FollowUp, ...]


@cache
def _data(brand: str) -> dict[str, Any]:
    if brand not in BRANDS:
        raise KeyError(f"There is no demo corpus for {brand!r}; there is for {', '.join(BRANDS)}.")
    path = files("engage.demo.corpus") / "data" / f"{brand.replace('/', '-')}.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def posts(brand: str) -> list[Post]:
    """Posts of the brand, oldest first.

    Raises: KeyError for a brand not in ``BRANDS``.
    """
    return [Post(**post) for post in _data(brand)["posts"]]


def load(brand: str) -> list[Entry]:
    """Entries of the brand (``agency/brand``), oldest first.

    Raises: KeyError for a brand not in ``BRANDS``.
    """
    post_of = {post.key: post for post in posts(brand)}
    people = {p["id"]: Person(**{"phone": "", "bsuid": "", **p}) for p in _data(brand)["people"]}
    return [
        Entry(
            brand=brand,
            person=people[raw["person"]],
            post=post_of.get(raw["post"]),
            media=Media(**{"voice": False, **raw["media"]}) if "media" in raw else None,
            follow_ups=tuple(FollowUp(**follow) for follow in raw.get("follow_ups", ())),
            **{key: raw[key] for key in _PLAIN},
        )
        for raw in _data(brand)["entries"]
    ]


_PLAIN: Final = ("key", "channel", "kind", "minutes_ago", "language", "topic", "text")
