"""What every network's connector offers. The inbox knows only this."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict

from inbox.providers.acts import Act, ActEffect, Acts
from inbox.providers.errors import (
    ErrorClass,
    PlatformError,
    PlatformFailure,
    ReadBackUnavailable,
    UnreadableDelivery,
)
from inbox.providers.events import Event

__all__ = [
    "AccountAccess",
    "Action",
    "Call",
    "Capabilities",
    "Connector",
    "ErrorClass",
    "PlatformError",
    "PlatformFailure",
    "ReadBackUnavailable",
    "SendResult",
    "UnreadableDelivery",
]

type Action = Literal["message", "comment_reply", "private_reply", "hide", "unhide", "delete"]


class Capabilities(TypedDict):
    """What the network allows at best; region, tier and scopes of one account may take away.

    A window of None means "no limit in time". ``max_bytes``: bound of a message in UTF-8, where the
    network counts bytes.
    """

    actions: tuple[Action, ...]
    reply_window_hours: int | None
    private_reply_window_hours: int | None
    private_replies_per_comment: int
    max_chars: int
    max_chars_comment: int
    max_bytes: int | None
    can_hide: bool
    hide_reversible: bool
    can_delete_foreign: bool
    can_private_reply: bool
    needs_template_after_window: bool
    read_back: tuple[Action, ...]
    receipts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """How to reach one account. ``sandbox`` alone opens the way to a loopback address."""

    base_url: str
    account_id: str
    token: str = field(repr=False)
    app_secret: str = field(repr=False)
    version: str = "v25.0"
    client_id: str = ""
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to do on the network.

    ``to``: contact id (message). ``target``: comment id (all other actions).
    ``reference``: id of our outbox row; comes back with echo or status where the network can.
    ``context_id``: message that is quoted. ``attempted_at``: when the first attempt began, so
    that a read-back does not take an older reply with the same words for this one.
    """

    action: Action
    to: str = ""
    target: str = ""
    text: str = ""
    reference: str = ""
    context_id: str = ""
    attempted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SendResult:
    """The network took the call. ``external_id`` is "" where nothing new came into being.

    ``usage_pct``: highest use of a rate limit that the answer reported; slow down above 80.
    """

    external_id: str = ""
    usage_pct: int | None = None


class Connector(ABC):
    """One network: reads its deliveries and speaks to its API. Holds no state of an account."""

    channel: str
    capabilities: Capabilities
    acts: Acts
    units: Mapping[str, int] = {}
    """What an act costs of the day's allowance of the app; empty where nothing is counted."""

    def batch_size(self, action: Action) -> int:
        """How many acts of this kind one call can carry."""
        return 1

    def send_many(self, account: "AccountAccess", calls: Sequence["Call"]) -> list["SendResult"]:
        """Acts of one kind in one call, all or none, for ``batch_size`` above 1.

        Raises: PlatformFailure, as ``send``.
        """
        return [self.send(account, call) for call in calls]

    def effect_of(self, act: Act, *, account_id: str, root_id: str) -> ActEffect:
        """What the act would mean for a comment under the post ``root_id`` ("" if unknown)."""
        return self.acts[act]

    @abstractmethod
    def handshake(self, params: Mapping[str, str], verify_token: str) -> str | None:
        """The challenge to answer as text/plain, or None: answer 403."""

    @abstractmethod
    def verify_signature(
        self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]
    ) -> bool:
        """Whether one of the candidate secrets signed exactly these bytes. Constant time."""

    @abstractmethod
    def look(self, account: AccountAccess) -> str:
        """What the network calls the account, "" if it does not say. Reads only; a person waits.

        Raises: PlatformFailure.
        """

    def known_as(self, account: AccountAccess) -> str:
        """The network's lasting id for what a person typed. Raises: PlatformFailure."""
        return account.account_id

    def account_hint(self, body: bytes) -> str:
        """The account that the bytes seem to name first, or "". Cheap, never raises.

        Not to be believed: it only keeps one account's flood out of another one's queue.
        """
        return ""

    @abstractmethod
    def split(self, body: bytes, *, received_at: datetime | None = None) -> Iterator[Event]:
        """The events of a delivery, in its order.

        One bad item becomes one event of kind ``malformed``; its siblings are not touched.
        ``received_at`` (UTC, default now) stands in where an item tells no time.
        Raises: UnreadableDelivery, before the first event, if the body as a whole is unreadable.
        """

    @abstractmethod
    def send(self, account: AccountAccess, call: Call) -> SendResult:
        """Do it once. Never retries by itself.

        Raises: PlatformFailure. Only ``AMBIGUOUS`` means that it may have happened nevertheless.
        """

    @abstractmethod
    def find_sent(self, account: AccountAccess, call: Call) -> SendResult | None:
        """Look whether an ambiguous call took effect. None: looked, and it is not there.

        Raises: ReadBackUnavailable (this network cannot tell), PlatformFailure.
        """
