"""What can go wrong between us and a network, in the words the outbox understands."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorClass(StrEnum):
    """What the outbox must do next. Each network maps its own codes onto these."""

    AUTH_EXPIRED = "auth_expired"  # refresh once, then "reconnect needed"
    PERMISSION = "permission"  # a scope or role is missing; do not retry
    WINDOW_CLOSED = "window_closed"  # permanent for this content; another way may be open
    RATE_LIMITED = "rate_limited"  # later, see retry_after_s
    RECIPIENT_BLOCKED = "recipient_blocked"
    RECIPIENT_UNREACHABLE = "recipient_unreachable"
    TARGET_GONE = "target_gone"
    INVALID = "invalid"  # our mistake; permanent
    POLICY = "policy"  # account restricted; stop all automation
    TRANSIENT = "transient"  # nothing happened; back off and retry
    AMBIGUOUS = "ambiguous"  # it may have happened; reconcile before any retry


@dataclass(frozen=True, slots=True)
class PlatformError:
    """An error as the network reported it inside an event."""

    code: str
    title: str = ""
    details: str = ""
    error_class: ErrorClass = ErrorClass.INVALID


class PlatformFailure(Exception):
    """A call that did not succeed, or of which we cannot know whether it did.

    ``code`` is the network's own code ("131047", "10/2018278") or a lower-case word of ours
    ("address_refused"); ``retry_after_s`` is the network's hint in seconds, None without one.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        code: str = "",
        message: str = "",
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"{error_class.value} [{code}] {message}")
        self.error_class = error_class
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class ReadBackUnavailable(PlatformFailure):
    """The network cannot be asked whether this call took effect. Never means "it did not"."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorClass.AMBIGUOUS, "no_read_back", message)


class UnreadableDelivery(Exception):
    """The whole body is no JSON, or no envelope of this network. Belongs in the dead letters."""
