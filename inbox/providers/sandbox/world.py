"""Everything the sandbox network knows, in memory, and how it changes.

Every change is a named operation with plain JSON arguments. It is applied and written to a
journal (JSON Lines) in one step; reading the journal again gives the same world.
"""

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass(slots=True)
class App:
    """A developer app: its secret signs webhooks, ``webhook_url`` receives them."""

    app_id: str
    app_secret: str
    verify_token: str
    webhook_url: str


@dataclass(slots=True)
class Account:
    """A number or page. ``calls_per_minute`` 0 means no limit."""

    channel: str
    account_id: str
    token: str
    app_id: str
    name: str = ""
    calls_per_minute: int = 0


@dataclass(slots=True)
class Person:
    """Somebody outside, as one account sees them."""

    account_id: str
    person_id: str
    name: str = ""
    handle: str = ""
    phone: str = ""
    is_blocking: bool = False
    last_wrote_at: float = 0.0


@dataclass(slots=True)
class Message:
    """A direct message. ``comment_id``: it is a private reply to this comment."""

    message_id: str
    account_id: str
    person_id: str
    direction: str  # "in" or "out"
    text: str
    at: float
    kind: str = "text"
    reference: str = ""
    context_id: str = ""
    comment_id: str = ""
    status: str = ""
    is_removed: bool = False


@dataclass(slots=True)
class Comment:
    """A public comment; ``author_id`` is the page's id for our own replies."""

    comment_id: str
    account_id: str
    post_id: str
    parent_id: str
    author_id: str
    author_name: str
    text: str
    at: float
    is_hidden: bool = False
    is_removed: bool = False
    private_reply_id: str = ""
    changed_at: float = 0.0


@dataclass(slots=True)
class Webhook:
    """A delivery to an app. ``state``: waiting, done, dropped, failed."""

    webhook_id: str
    app_id: str
    body: str
    signature: str = "right"  # right, wrong, none
    state: str = "waiting"
    attempts: int = 0
    status_code: int = 0


@dataclass(slots=True)
class Fault:
    """The next ``count`` fitting calls go wrong. Not kept in the journal."""

    kind: str
    count: int
    account_id: str = ""
    hold_s: float = 0.0


@dataclass(slots=True)
class World:
    """All state. Hold ``lock`` while reading or changing; it is re-entrant."""

    journal: TextIO | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    apps: dict[str, App] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[str, list[float]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    clock_offset_s: float = 0.0
    counter: int = 0

    def now(self) -> float:
        """Seconds since 1970 on the sandbox's clock, which can be moved."""
        return time.time() + self.clock_offset_s

    def next_number(self) -> int:
        """Unique in this world, also after a restart."""
        with self.lock:
            self.counter += 1
            return self.counter

    def do(self, op: str, **arguments: Any) -> None:
        """Apply one operation and write it down. Raises: KeyError (unknown thing)."""
        with self.lock:
            self._apply(op, arguments)
            if self.journal is not None:
                line = {"op": op, "counter": self.counter, **arguments}
                self.journal.write(json.dumps(line) + "\n")
                self.journal.flush()

    def _apply(self, op: str, values: dict[str, Any]) -> None:
        match op:
            case "app":
                self.apps[values["app_id"]] = App(**values)
            case "account":
                self.accounts[values["account_id"]] = Account(**values)
            case "person":
                self.people[values["account_id"], values["person_id"]] = Person(**values)
            case "message":
                self.messages[values["message_id"]] = Message(**values)
            case "message_changed":
                _change(self.messages[values["message_id"]], values)
            case "comment":
                self.comments[values["comment_id"]] = Comment(**values)
            case "comment_changed":
                _change(self.comments[values["comment_id"]], values)
            case "webhook":
                self.webhooks[values["webhook_id"]] = Webhook(**values)
            case "webhook_changed":
                _change(self.webhooks[values["webhook_id"]], values)
            case "refused":
                self.refusals.append(values)
            case "clock":
                self.clock_offset_s = values["offset_s"]
            case _:
                raise KeyError(op)

    def take_fault(self, kind: str, account_id: str) -> Fault | None:
        """Use up one fault of this kind that fits the account."""
        with self.lock:
            for fault in self.faults:
                fits = fault.account_id in ("", account_id)
                if fault.kind == kind and fault.count > 0 and fits:
                    fault.count -= 1
                    return fault
        return None

    def is_over_limit(self, account: Account) -> bool:
        """Count one call; True if the last minute now holds more than the account may make."""
        with self.lock:
            now = time.monotonic()
            recent = [at for at in self.calls.get(account.account_id, []) if at > now - 60]
            recent.append(now)
            self.calls[account.account_id] = recent[-10_000:]
            return 0 < account.calls_per_minute < len(recent)

    def snapshot(self) -> dict[str, Any]:
        """State as JSON values; tokens and secrets left out."""
        with self.lock:
            waiting = sum(1 for one in self.webhooks.values() if one.state == "waiting")
            return {
                "now": self.now(),
                "accounts": [
                    {k: v for k, v in asdict(one).items() if k != "token"}
                    for one in self.accounts.values()
                ],
                "people": [asdict(one) for one in self.people.values()],
                "messages": [asdict(one) for one in self.messages.values()],
                "comments": [asdict(one) for one in self.comments.values()],
                "refusals": list(self.refusals),
                "faults": [asdict(one) for one in self.faults if one.count > 0],
                "webhooks": {
                    "waiting": waiting,
                    "total": len(self.webhooks),
                    "unfinished": [
                        {k: v for k, v in asdict(one).items() if k != "body"}
                        for one in self.webhooks.values()
                        if one.state != "done"
                    ][:100],
                },
            }


def _change(thing: Any, values: dict[str, Any]) -> None:
    """Set the named attributes; the slots refuse unknown ones."""
    for key, value in values.items():
        setattr(thing, key, value)


def open_world(path: Path | None) -> World:
    """A new world, or the one its journal tells of; None keeps it in memory only.

    A last line that a crash cut short is dropped. Raises: OSError, ValueError (any other line
    that cannot be read; the message names it).
    """
    if path is None:
        return World()
    world = World()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    content = path.read_bytes()
    whole, _, rest = content.rpartition(b"\n")
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            values = json.loads(line)
            world.counter = max(world.counter, values.pop("counter"))
            world._apply(values.pop("op"), values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}, line {number}: cannot be read ({error!r})") from error
    if rest:
        with path.open("r+b") as file:
            file.truncate(len(content) - len(rest))
    world.journal = path.open("a", encoding="utf-8")
    return world
