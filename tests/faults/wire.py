"""Deliveries as the networks write and send them: signed, at least once, again until a 200."""

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from inbox.providers.meta import signature
from inbox.providers.sandbox import payloads
from inbox.providers.sandbox.world import Account, Comment, Person

RETRY_AFTER_S = 0.25
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Channel:
    """One connected account as its network sees it."""

    channel: str
    account_id: str
    webhook_url: str
    secret: str

    @property
    def account(self) -> Account:
        return Account(self.channel, self.account_id, token="", app_id="")


@dataclass(frozen=True)
class Delivery:
    """One body and the ids of the messages in it that must each exist once."""

    channel: Channel
    body: str
    ids: tuple[str, ...] = ()


@dataclass
class Network:
    """Delivers and remembers which messages were accepted: those of deliveries answered 200.

    ``unanswered`` counts attempts that got no 200 and were repeated.
    """

    accepted: list[str] = field(default_factory=list)
    unanswered: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._http = httpx.Client(timeout=10, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def post(self, delivery: Delivery) -> int:
        """One attempt; the status, or 0 without an answer."""
        raw = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": signature(raw, delivery.channel.secret),
        }
        try:
            url = delivery.channel.webhook_url
            return self._http.post(url, content=raw, headers=headers).status_code
        except httpx.HTTPError:
            return 0

    def deliver(self, delivery: Delivery) -> None:
        """Until it is accepted. Raises: TimeoutError."""
        deadline = time.monotonic() + PATIENCE_S
        while self.post(delivery) != 200:
            with self._lock:
                self.unanswered += 1
            if time.monotonic() > deadline:
                raise TimeoutError("a delivery was not accepted within a minute")
            time.sleep(RETRY_AFTER_S)
        with self._lock:
            self.accepted += delivery.ids

    def deliver_all(self, deliveries: Iterable[Delivery], *, at_once: int = 8) -> None:
        """Several at a time. Raises: TimeoutError."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self.deliver, deliveries))


def texts(
    channel: Channel, prefix: str, *, people: int, each: int = 1, say: str = "Hallo"
) -> Delivery:
    """One WhatsApp delivery: ``people`` persons with ``each`` messages, taking turns."""
    changes: list[dict[str, Any]] = []
    ids = []
    for turn in range(each):
        for number in range(people):
            message_id = f"wamid.{prefix}.{number}.{turn}"
            changes.append(text_change(message_id, f"{say} {message_id}", f"{prefix}-{number}"))
            ids.append(message_id)
    envelope = payloads.whatsapp_envelope(channel.account, changes=changes)
    return Delivery(channel, payloads.body_of(envelope), tuple(ids))


def text_change(message_id: str, text: str, who: str) -> dict[str, Any]:
    """One text; ``who`` names the person, known by a user id only."""
    person = Person("", "DE." + "".join(filter(str.isalnum, who)), name=f"Person {who}")
    told = payloads.whatsapp_message(message_id, person, time.time(), "text", {"body": text}, "")
    return {"contacts": [payloads.whatsapp_contact(person)], "messages": [told]}


def comment_change(
    channel: Channel, comment_id: str, *, verb: str = "add", text: str = "Hallo"
) -> dict[str, Any]:
    """One change about a comment under the page's post 1."""
    post_id = f"{channel.account_id}_1"
    comment = Comment(
        comment_id=comment_id,
        account_id=channel.account_id,
        post_id=post_id,
        parent_id=post_id,
        author_id=f"90{abs(hash(comment_id)) % 10**8}",
        author_name="Max D.",
        text=text,
        at=time.time(),
    )
    return payloads.facebook_comment(comment, verb)


def page_delivery(channel: Channel, changes: Sequence[Any], *ids: str) -> Delivery:
    """One Facebook delivery; ``ids`` are the comments that must exist once."""
    envelope = payloads.facebook_envelope(channel.account, time.time(), changes=list(changes))
    return Delivery(channel, payloads.body_of(envelope), ids)
