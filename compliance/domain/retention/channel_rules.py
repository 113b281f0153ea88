"""How long a network lets us keep what its members do there, as data."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("channel_rules.toml")
KINDS = ("activity", "profile")


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """``data``: one of ``KINDS``. ``mark``: P or S, as the file explains."""

    channel: str
    data: str
    hours: int
    source: str
    mark: str


class BadChannelRule(ValueError):
    """The file of rules cannot be used."""


@cache
def channel_rules() -> tuple[ChannelRule, ...]:
    """All of them. Raises: BadChannelRule."""
    return tuple(read_rules(_FILE.read_text(encoding="utf-8")))


def read_rules(text: str) -> Iterable[ChannelRule]:
    """Raises: BadChannelRule (unknown kind of data, no hours, no source, a rule told twice)."""
    seen = set()
    for number, entry in enumerate(tomllib.loads(text).get("rule", ()), 1):
        rule = ChannelRule(**entry)
        key = (rule.channel, rule.data)
        if rule.data not in KINDS or rule.hours <= 0 or not rule.source or key in seen:
            raise BadChannelRule(f"rule {number}: {entry}")
        seen.add(key)
        yield rule


def hours_of(channel: str, data: str) -> int | None:
    """The longest that ``data`` of the channel may be kept; None: the network sets no limit."""
    found = [r.hours for r in channel_rules() if (r.channel, r.data) == (channel, data)]
    return min(found, default=None)


def limited_channels() -> dict[str, int]:
    """Channel -> the hours after which a message may no longer be kept. A message carries its
    author's name, so the shorter of activity and profile counts."""
    found: dict[str, int] = {}
    for rule in channel_rules():
        found[rule.channel] = min(rule.hours, found.get(rule.channel, rule.hours))
    return found
