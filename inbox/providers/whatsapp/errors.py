"""WhatsApp's own error codes, on sends and in failed statuses."""

from inbox.providers.errors import ErrorClass
from inbox.providers.meta import error_class

WHATSAPP_CODES: dict[int, ErrorClass] = {
    0: ErrorClass.AUTH_EXPIRED,
    131000: ErrorClass.TRANSIENT,
    131005: ErrorClass.PERMISSION,
    131008: ErrorClass.INVALID,
    131009: ErrorClass.INVALID,
    131016: ErrorClass.TRANSIENT,
    131026: ErrorClass.RECIPIENT_UNREACHABLE,
    131031: ErrorClass.POLICY,
    131042: ErrorClass.POLICY,
    131047: ErrorClass.WINDOW_CLOSED,
    131048: ErrorClass.RATE_LIMITED,
    # Withheld by the network's choice, or stopped by the person: permanent for this contact.
    131049: ErrorClass.RECIPIENT_BLOCKED,
    131050: ErrorClass.RECIPIENT_BLOCKED,
    130472: ErrorClass.RECIPIENT_BLOCKED,
    131051: ErrorClass.INVALID,
    131052: ErrorClass.TRANSIENT,
    131053: ErrorClass.TRANSIENT,
    131056: ErrorClass.RATE_LIMITED,
    131057: ErrorClass.TRANSIENT,
    131062: ErrorClass.INVALID,
    131064: ErrorClass.RATE_LIMITED,
    130429: ErrorClass.RATE_LIMITED,
    130497: ErrorClass.POLICY,
    133016: ErrorClass.RATE_LIMITED,
    135000: ErrorClass.TRANSIENT,
    80007: ErrorClass.RATE_LIMITED,
    **dict.fromkeys(range(132000, 132017), ErrorClass.INVALID),
    132068: ErrorClass.INVALID,
    132069: ErrorClass.INVALID,
}


def whatsapp_error_class(code: str) -> ErrorClass:
    """Class of a code as it stands in an event ("131047")."""
    if not code.isascii() or not code.isdigit():
        return ErrorClass.INVALID
    return error_class(int(code[:12]), by_code=WHATSAPP_CODES)
